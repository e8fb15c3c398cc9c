import Diagnostics
import PropertyTree
import ServerlessTransform
import TemplateParsing
import Testing

@Suite struct TransformTests {
  private static let function = """
    Transform: AWS::Serverless-2016-10-31
    Resources:
      Worker:
        Type: AWS::Serverless::Function
        Properties:
          Runtime: python3.12
          Handler: app.handler
          CodeUri: src/
          AutoPublishAlias: live
          Events:
            Orders:
              Type: SQS
              Properties:
                Queue: arn:aws:sqs:us-east-1:000000000000:orders
    """

  private func root(_ text: String) throws -> TemplateNode {
    try #require(TemplateParser.document(Array(text.utf8), file: "t.yaml").root)
  }

  private func resources(_ node: TemplateNode) throws -> [String: TemplateNode] {
    let section = try #require(node.entries?.first { $0.key.value == "Resources" })
    let entries = try #require(section.value.entries)
    return Dictionary(uniqueKeysWithValues: entries.map { ($0.key.value, $0.value) })
  }

  @Test func templatesWithoutTheTransformStayAsTheyAre() throws {
    let plain = try root("Resources:\n  Q:\n    Type: AWS::Serverless::Function\n")
    let (expanded, diagnostics) = ServerlessTransform.expand(plain)
    #expect(expanded == plain)
    #expect(diagnostics.isEmpty)
    #expect(!ServerlessTransform.applies(to: plain))
  }

  /// Resources of an event point at the event, those of a function at the function.
  @Test func generatedResourcesPointAtWhatTheyComeFrom() throws {
    let (expanded, diagnostics) = ServerlessTransform.expand(try root(Self.function))
    #expect(diagnostics.isEmpty)
    let all = try resources(expanded)
    #expect(try #require(all["WorkerRole"]).span.start.line == 4)
    #expect(try #require(all["WorkerOrders"]).span.start.line == 11)
    #expect(try #require(all["WorkerAliaslive"]).span.start.line == 9)
  }

  @Test func expandedTemplatesAreRead() throws {
    let bytes = Array(Self.function.utf8)
    let (template, diagnostics) = TemplateParser.parse(bytes, file: "t.yaml") {
      let (root, diagnostics) = ServerlessTransform.expand($0)
      return TransformedDocument(root: root, diagnostics: diagnostics)
    }
    #expect(diagnostics.isEmpty)
    #expect(template?.resources.count == 5)
    #expect(template?.transforms.isEmpty == true)
  }

  @Test func nothingIsReadOfATemplateThatCannotBeExpanded() throws {
    let text = Self.function.split(separator: "\n").filter { !$0.contains("Runtime") }
      .joined(separator: "\n")
    let (template, diagnostics) = TemplateParser.parse(Array(text.utf8), file: "t.yaml") {
      let (root, diagnostics) = ServerlessTransform.expand($0)
      return TransformedDocument(root: root, diagnostics: diagnostics)
    }
    #expect(template == nil)
    #expect(diagnostics.map(\.code) == [.missingProperty])
  }

  /// A version is made anew when the content of a local folder changes.
  @Test func versionsFollowTheContentOfLocalCode() throws {
    let root = try root(Self.function)
    func version(_ hashes: [String: String]) throws -> String {
      let (expanded, _) = ServerlessTransform.expand(root, contentHashes: hashes)
      let ids = try resources(expanded).keys.filter { $0.hasPrefix("WorkerVersion") }
      return try #require(ids.first)
    }
    let first = try version(["src/": "a"])
    #expect(try version(["src/": "a"]) == first)
    #expect(try version(["src/": "b"]) != first)
    #expect(try version(["other/": "b"]) == version([:]))
  }

  @Test func parametersCountWhereIdsDependOnThem() throws {
    let text =
      "Parameters:\n  Name:\n    Type: String\n    Default: live\n"
      + Self.function.split(separator: "\n").map {
        $0.hasSuffix("live") ? "      AutoPublishAlias: !Ref Name" : String($0)
      }.joined(separator: "\n")
    let root = try root(text)
    let preset = try resources(ServerlessTransform.expand(root).root)
    #expect(preset["WorkerAliaslive"] != nil)
    let given = try resources(
      ServerlessTransform.expand(root, parameterValues: ["Name": "blue"]).root)
    #expect(given["WorkerAliasblue"] != nil)
  }

  /// One broken resource doesn't hide what is wrong with the others.
  @Test func findingsOfAllResourcesAreCollected() throws {
    let text = """
      Transform: AWS::Serverless-2016-10-31
      Resources:
        A: {Type: AWS::Serverless::Function, Properties: {Handler: a}}
        B: {Type: AWS::Serverless::SimpleTable, Properties: {PrimaryKey: {Name: a}}}
        C: {Type: AWS::Serverless::Function, Properties: [1]}
        D: 7
        E: {Type: AWS::Serverless::Function, Properties: {Events: [1], Globals: {}}}
      """
    let (_, diagnostics) = ServerlessTransform.expand(try root(text))
    let lines = Set(diagnostics.compactMap { $0.span?.start.line })
    #expect(lines == [3, 4, 5, 7])
  }

  /// Odd documents are refused or passed on, never a crash.
  @Test(arguments: [
    "[]", "1", "{}", "Resources: 1", "Resources: []", "Resources: {A: 1, B: [], C: {Type: []}}",
    "Globals: 1\nResources: {}", "Globals: {Function: []}\nResources: {}",
    "Resources: {F: {Type: AWS::Serverless::Function, Properties: {Events: {A: {Type: Api}}}}}",
    "Resources: {F: {Type: AWS::Serverless::Function, Connectors: [1]}}",
    "Resources: {A: {Type: AWS::Serverless::Api, Properties: {Auth: 1, StageName: [], Cors: []}}}",
    "Resources: {A: {Type: AWS::Serverless::HttpApi, Properties: {Auth: [], Tags: 1}}}",
    "Resources: {A: {Type: AWS::Serverless::Api, Properties: {StageName: a, DefinitionBody: "
      + "{swagger: '2.0', paths: {/a: {get: {Fn::If: [1]}}, '': null}}, Cors: '*'}}}",
    "Resources: {M: {Type: AWS::Serverless::StateMachine, Properties: {Definition: {'': {}}}}}",
    "Resources: {C: {Type: AWS::Serverless::Connector, Properties: {Source: 1, Destination: [],"
      + " Permissions: [1]}}}",
    "Resources: {F: {Type: AWS::Serverless::Function, Properties: {Runtime: a, Handler: b, "
      + "AutoPublishAlias: c, DeploymentPreference: {Type: [], Alarms: {'Fn::If': 1}, Hooks: []}}}}",
    "Resources: {F: {Type: AWS::Serverless::Function, Properties: {Runtime: a, Handler: b, "
      + "Events: {E: {Type: SelfManagedKafka, Properties: {KafkaBootstrapServers: 1, Topics: [1], "
      + "SourceAccessConfigurations: [1, {}]}}}}}}",
    "Resources: {A: {Type: AWS::Serverless::Api, Properties: {StageName: a, Domain: {DomainName: [],"
      + " CertificateArn: {}, BasePath: [1], Route53: []}}}}",
    "Resources: {G: {Type: AWS::Serverless::GraphQLApi, Properties: {Auth: [], Functions: [1]}}}",
    "Resources: {G: {Type: AWS::Serverless::GraphQLApi, Properties: {SchemaInline: a, Auth: {Type: "
      + "API_KEY}, DataSources: {Lambda: {a: 1}}, Resolvers: {Query: {a: {Pipeline: [[]]}}}}}}",
    "Resources: {P: {Type: AWS::Serverless::CapacityProvider, Properties: {VpcConfig: []}}}",
    "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\nConditions: {A: {Condition: "
      + "A}, B: {'Fn::Not': []}}\nResources: {F: {Type: AWS::Serverless::Function, Properties: {A: "
      + "{'Fn::If': [A, 1, 2]}, B: {'Fn::Select': [9, []]}, C: {'Fn::Split': ['', a]}}}}",
  ])
  func oddDocumentsDoNotCrash(_ text: String) throws {
    for form in ["Transform: AWS::Serverless-2016-10-31\n" + text, text] {
      guard let node = TemplateParser.document(Array(form.utf8), file: "t.yaml").root else {
        continue
      }
      let first = ServerlessTransform.expand(node)
      #expect(first.diagnostics == ServerlessTransform.expand(node).diagnostics)
    }
  }
}
