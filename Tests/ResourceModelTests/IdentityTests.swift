import AWSModel
import PropertyTree
import ResourceModel
import Testing

/// Identities follow from the declaration.
@Suite struct IdentityTests {
  static let environment = StackEnvironment(
    scope: Scope(account: AccountID("111122223333"), region: Region("eu-west-1")),
    stackName: "orders", stackID: "arn:aws:cloudformation:eu-west-1:111122223333:stack/orders/1",
    endpoint: "http://127.0.0.1:4566")

  static let queue = ResourceDeclaration(
    "AWS::SQS::Queue", naming: .property("QueueName"),
    physicalID: "{endpoint}/{account}/{name}",
    attributes: [
      "Arn": "arn:aws:sqs:{region}:{account}:{name}", "QueueName": "{name}",
      "QueueUrl": "{id}", "Policy": "{RedrivePolicy.Target}", "Delay": "{DelaySeconds|0}",
    ])

  @Test func aQueueIsAURL() {
    let identity = Self.queue.identity("jobs", properties: [:], in: Self.environment)
    #expect(identity.physicalID == "http://127.0.0.1:4566/111122223333/jobs")
    #expect(identity.reference == .string("http://127.0.0.1:4566/111122223333/jobs"))
    #expect(identity.attributes["Arn"] == "arn:aws:sqs:eu-west-1:111122223333:jobs")
    #expect(identity.attributes["QueueUrl"] == .string(identity.physicalID))
    #expect(identity.attributes["Policy"] == nil)
    #expect(identity.attributes["Delay"] == "0")
  }

  @Test func aPhysicalIDIsTakenForTheNameInIt() {
    var moved = Self.environment
    moved.endpoint = "http://127.0.0.1:9000"
    for given in ["jobs", "http://127.0.0.1:4566/111122223333/jobs"] {
      let identity = Self.queue.identity(given, properties: [:], in: moved)
      #expect(identity.physicalID == "http://127.0.0.1:9000/111122223333/jobs")
      #expect(identity.attributes["QueueName"] == "jobs")
    }
  }

  @Test func propertiesKeepTheirTypesAndWhatIsUnknownStaysUnknown() {
    let parameter = ResourceDeclaration(
      "AWS::SSM::Parameter", naming: .property("Name", form: .marked),
      attributes: ["Value": "{Value}", "Text": "v={Value}"])
    let known = parameter.identity("p", properties: ["Value": 5], in: Self.environment)
    #expect(known.attributes["Value"] == 5)
    #expect(known.attributes["Text"] == "v=5")
    let unknown = parameter.identity(
      "p", properties: ["Value": .unknown("later")], in: Self.environment)
    #expect(unknown.attributes["Value"]?.containsUnknown == true)
    #expect(unknown.attributes["Text"]?.containsUnknown == true)
  }

  static let forms: [(form: GeneratedName, name: String)] = [
    (.standard, "orders-Worker-[A-Z0-9]{12}"), (.lowercase, "orders-worker-[a-z0-9]{12}"),
    (.marked, "CFN-Worker-[A-Z0-9]{12}"),
    (.uuid, "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
    (.hexadecimal(prefix: "i-", digits: 17), "i-[0-9a-f]{17}"),
    (.letters(prefix: "", count: 10), "[a-z0-9]{10}"),
  ]

  @Test(arguments: forms.indices) func generatedNamesAreOfTheirForm(_ index: Int) throws {
    let rule = NamingRule(property: nil, lengthMax: 64, form: Self.forms[index].form)
    let name = { (generation: Int) in
      rule.generate(
        stack: "orders", logicalID: "Worker", account: "1", region: "r", generation: generation)
    }
    let form = try Regex(Self.forms[index].name)
    #expect(name(0).wholeMatch(of: form) != nil, "\(name(0))")
    #expect(name(0) == name(0))
    #expect(name(0) != name(1))
  }

  @Test func createOnlyPropertiesAndLengthsComeFromThePublicSchema() {
    let role = ResourceDeclaration("AWS::IAM::Role", naming: .property("RoleName", lengthMax: 64))
      .schema(supported: ["RoleName", "Path", "Tags.*"])
    #expect(role.createOnly == ["RoleName", "Path"])
    #expect(role.naming?.lengthMax == 64)
    let stream = ResourceDeclaration("AWS::Kinesis::Stream", naming: .property("Name"))
      .schema(supported: ["Name", "ShardCount"])
    #expect(stream.createOnly == ["Name"])
    #expect(stream.naming?.lengthMax == 128)
    let table = ResourceDeclaration("AWS::Glue::Table", naming: .property("TableInput.Name"))
      .schema(supported: ["DatabaseName", "TableInput", "TableInput.Name"])
    #expect(table.createOnly == ["DatabaseName", "TableInput.Name"])
  }
}
