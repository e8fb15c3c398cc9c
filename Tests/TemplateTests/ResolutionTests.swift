import AWSModel
import Diagnostics
import PropertyTree
import ResourceFacts
import ResourceModel
import Testing

@testable import StackResolution

@Suite struct ResolutionTests {
  @Test func identifyIsCalledOnceForEachResourceInOrder() {
    let compilation = Compilation(
      """
      Resources:
        C: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${B}-c"}}
        B: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${A}-b"}}
        A: {Type: AWS::SQS::Queue, Properties: {QueueName: a}}
        Free: {Type: AWS::SQS::Queue}
      """)
    #expect(compilation.identified == ["A", "B", "C", "Free"])
    #expect(compilation.properties("C") == ["QueueName": "a-b-c"])
  }

  @Test func previousValuesStandBetweenGivenOnesAndDefaults() {
    let text = """
      Parameters:
        A: {Type: String, Default: a0}
        B: {Type: String, Default: b0}
        C: {Type: String, Default: c0}
      Resources:
        Q:
          Type: AWS::SQS::Queue
          Properties: {QueueName: !Sub "${A}-${B}-${C}"}
      """
    let compilation = Compilation(
      text, parameters: ["A": "a2"], previous: ["A": "a1", "B": "b1", "Gone": "x"])
    #expect(compilation.properties("Q") == ["QueueName": "a2-b1-c0"])
    #expect(compilation.diagnostics.isEmpty)
  }

  @Test func secretsAreMarked() throws {
    let compilation = Compilation(
      """
      Parameters:
        Password: {Type: String, NoEcho: true}
      Resources:
        Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Password}}
      """, parameters: ["Password": "hunter2"])
    let parameter = try #require(compilation.stack?.parameters.first)
    #expect(parameter.isSecret)
    #expect(parameter.value == "hunter2")
    #expect(parameter.shownValue == "****")
  }

  @Test func secretsAreNotQuoted() {
    let compilation = Compilation(
      """
      Parameters:
        Password: {Type: String, NoEcho: true}
      Resources:
        S: {Type: AWS::Kinesis::Stream, Properties: {Name: !Sub "x ${Password}"}}
      """, parameters: ["Password": "hunter2"])
    #expect(compilation.codes == ["LT3007"])
    #expect(compilation.diagnostics.allSatisfy { !$0.message.contains("hunter2") })
  }

  @Test func valuesHaveTheirPlaces() throws {
    let compilation = Compilation(
      """
      Conditions: {Yes: !Equals [a, a]}
      Resources:
        Q:
          Type: AWS::SQS::Queue
          Properties:
            QueueName: !If [Yes, chosen, other]
            Tags:
              - !If [Yes, !Ref "AWS::NoValue", {Key: x, Value: y}]
              - {Key: a, Value: b}
      """)
    let resource = try #require(compilation.stack?.resources.first)
    #expect(resource.span.location == "template.yaml:3:3")
    let name = resource.span(of: PropertyPath().appending("QueueName"))
    #expect(name.location == "template.yaml:6:28")
    let value = resource.span(of: PropertyPath([.key("Tags"), .index(0), .key("Value")]))
    #expect(value.location == "template.yaml:9:27")
  }

  @Test func unknownValuesOfProvidersGoThrough() throws {
    struct Custom: ResourceProvider {
      let schema = ResourceSchema(
        type: "AWS::CloudFormation::CustomResource", naming: nil, supported: ["ServiceToken.*"],
        attributes: ["*"])
      func identity(
        physicalID: String, properties: PropertyValue, in environment: StackEnvironment
      ) -> ResourceIdentity {
        ResourceIdentity(
          physicalID: physicalID, reference: "custom", attributes: ["Data": .unknown("C.Data")])
      }
    }
    let text = """
      Resources:
        C: {Type: AWS::CloudFormation::CustomResource, Properties: {ServiceToken: a}}
        Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !GetAtt C.Data, DelaySeconds: 5}}
      Outputs:
        O: {Value: !GetAtt C.Data}
      """
    let template = TemplateFixture.parse(text)
    let queue = Fixture.catalog["AWS::SQS::Queue"]
    let catalog = try ResourceCatalog([Custom()] + [queue].compactMap { $0 })
    let (stack, found) = StackResolver.resolve(
      template, environment: Fixture.environment, catalog: catalog
    ) { catalog.placeholderIdentity(of: $0, in: Fixture.environment) }
    #expect(found.isEmpty)
    #expect(stack?.resources.last?.properties["QueueName"] == .unknown("C.Data"))
    #expect(stack?.outputs.first?.value == "(known after apply: C.Data)")
  }

  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"), ("ÿ😀", "w7/wn5iA"),
  ])
  func base64(_ text: String, _ encoded: String) {
    #expect(Base64.encode(Array(text.utf8)) == encoded)
  }

  @Test(arguments: [
    ("^[a-z]{1,3}\\Z", "ab", true), ("^[a-z]{1,3}\\Z", "ab\n", true),
    ("^[a-z]{1,3}\\Z", "a\nb", false),
    ("^[a-z]+$", "abc", true), ("^[a-z]+$", "", false), ("^[a-z]+$", "aB", false),
    ("^[a-zA-Z0-9_.-]+$", "a.b_c-9", true), ("^[\\w\\-]{2,3}$", "a-", true),
    ("^[\\w\\-]{2,3}$", "abcd", false), ("^[a-z]{3}$", "abc", true), ("^[a-z]{3}$", "ab", false),
    ("^[a-z]{2,}$", "abcdef", true), ("^[a-z]*$", "", true), ("^[a-z]+$", "é", false),
    ("arn:.*", "x arn:y", true), ("^arn:.*$", "x arn:y", false), ("^[^a]+$", "bcd", true),
    ("^[^a]+$", "bad", false), ("(?i)^abc$", "ABC", true), ("[", "anything", true),
  ])
  func patterns(_ pattern: String, _ text: String, _ isMatch: Bool) {
    #expect(PatternCache().matches(text, pattern) == isMatch)
  }

  /// Schemas are written for other dialects: whatever they hold, matching neither fails nor hangs.
  @Test func everyPatternOfTheFactsCanBeAsked() throws {
    let cache = PatternCache()
    var count = 0
    for type in ResourceFacts.describedTypes {
      let facts = try #require(ResourceFacts.facts(of: type))
      for pattern in facts.shapes.compactMap(\.pattern) {
        count += 1
        for text in [
          "", "a", "arn:aws:iam::123456789012:role/r", String(repeating: "a", count: 60),
        ] {
          #expect(cache.matches(text, pattern) == cache.matches(text, pattern))
        }
      }
    }
    #expect(count > 300)
  }

  /// Any dependency graph without cycles comes out with dependencies first, each resource once.
  @Test(arguments: 0..<50)
  func anyGraphIsOrdered(_ seed: Int) throws {
    var random = SplitMix(state: UInt64(seed))
    let count = 2 + random.next(30)
    // Edges lead to a smaller rank; ranks are shuffled against the template's order.
    var ranks = Array(0..<count)
    for index in ranks.indices { ranks.swapAt(index, random.next(count)) }
    var text = "Resources:\n"
    var wanted: [String: Set<String>] = [:]
    for index in 0..<count {
      let targets = Set(
        (0..<random.next(4)).map { _ in random.next(count) }
          .filter { ranks[$0] < ranks[index] }.map { "R\($0)" })
      wanted["R\(index)"] = targets
      text +=
        "  R\(index): {Type: AWS::SQS::Queue, DependsOn: [\(targets.sorted().joined(separator: ", "))]}\n"
    }
    let compilation = Compilation(text)
    #expect(compilation.diagnostics.isEmpty, "seed \(seed)")
    let order = compilation.identified
    #expect(order.count == count)
    let positions = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
    for (source, targets) in wanted {
      for target in targets {
        let isBefore = try #require(positions[target]) < #require(positions[source])
        #expect(isBefore, "seed \(seed): \(target) before \(source)")
      }
    }
  }

  @Test func twoThousandResourcesInAChainTakeNoTime() {
    var text = "Resources:\n"
    for index in 0..<2000 {
      let name = index == 0 ? "q" : "!Select [0, [!Ref R\(index - 1)]]"
      text += "  R\(index): {Type: AWS::SQS::Queue, Properties: {QueueName: \(name)}}\n"
    }
    let clock = SuspendingClock()
    var compilation: Compilation?
    let duration = clock.measure { compilation = Compilation(text) }
    #expect(compilation?.identified.count == 2000)
    #expect(compilation?.properties("R1999") == ["QueueName": "q"])
    // Debug builds take about half a second; a quadratic step would take minutes.
    #expect(duration < .seconds(15))
  }
}
