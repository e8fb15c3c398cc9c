import AWSModel
import Diagnostics
import Effects
import PropertyTree
import StackContracts
import StackEngine
import StackModel
import Testing

/// Templates that read from the stores, deployed in process.
@Suite struct ReferenceTests {
  private static func parameter(_ value: String, _ more: String = "") -> String {
    """
    Resources:
      Copy:
        Type: AWS::SSM::Parameter
        Properties: {Type: String, Name: copy, Value: "\(value)"\(more)}
    """
  }

  @Test func theTextStaysInPlanAndStateAndTheValueReachesTheResource() async throws {
    let bench = try await SecretsBench()
    try await bench.secrets(
      "CreateSecret", ["Name": "app", "SecretString": "{\"user\":\"u\",\"port\":5432}"])
    let body = Self.parameter(
      "{{resolve:secretsmanager:app:SecretString:user}}@{{resolve:secretsmanager:app:SecretString:port}}"
    )
    let plan = try #require(try await bench.plan(body).plan)
    let written =
      "{{resolve:secretsmanager:app:SecretString:user}}@{{resolve:secretsmanager:app:SecretString:port}}"
    #expect(plan.changes[0].after?.properties["Value"] == .string(written))
    #expect(plan.changes[0].after?.identity.attributes["Value"] == .string(written))
    let state = try await bench.deploy(body)
    #expect(state.resources[0].properties["Value"] == .string(written))
    #expect(try await bench.value("copy") == "u@5432")
    #expect(try await bench.plan(body).plan?.isEmpty == true)
    try await bench.end()
  }

  @Test func stagesAndVersionsOfSecrets() async throws {
    let bench = try await SecretsBench()
    let first = try await bench.secrets("CreateSecret", ["Name": "app", "SecretString": "one"])
    try await bench.secrets("PutSecretValue", ["SecretId": "app", "SecretString": "two"])
    let id = try #require(first["VersionId"]?.stringValue)
    for (reference, value) in [
      ("app", "two"), ("app:SecretString:::", "two"), ("app:SecretString::AWSPREVIOUS", "one"),
      ("app:SecretString::AWSPREVIOUS:", "one"), ("app:SecretString:::\(id)", "one"),
    ] {
      try await bench.deploy(Self.parameter("{{resolve:secretsmanager:\(reference)}}"))
      #expect(try await bench.value("copy") == value, "\(reference)")
    }
    try await bench.end()
  }

  @Test func anOlderValueThanTheNewestIsTakenBackByARollback() async throws {
    let bench = try await SecretsBench()
    try await bench.put("/v", "one")
    try await bench.deploy(Self.parameter("{{resolve:ssm:/v:1}}"))
    let broken = """
      Resources:
        Copy:
          Type: AWS::SSM::Parameter
          Properties: {Type: String, Name: copy, Value: "{{resolve:ssm:/v}}"}
        Mine: {Type: AWS::SecretsManager::Secret, Properties: {Name: mine, SecretString: "{}"}}
        Second:
          Type: AWS::SSM::Parameter
          DependsOn: [Copy, Mine]
          Properties: {Type: String, Value: "{{resolve:secretsmanager:mine:SecretString:no}}"}
      """
    try await bench.put("/v", "two")
    let state = try await bench.deploy(broken)
    #expect(state.status == .updateRollbackComplete)
    #expect(try await bench.value("copy") == "one")
    try await bench.end()
  }

  @Test func aMessageDoesNotRepeatASecret() async throws {
    let bench = try await SecretsBench()
    try await bench.secrets("CreateSecret", ["Name": "app", "SecretString": "hunter2 hunter2"])
    let body = Self.parameter("1", ", Tier: \"{{resolve:secretsmanager:app}}\"")
    let result = try await bench.plan(body)
    #expect(result.plan == nil)
    #expect(!"\(result.diagnostics)".contains("hunter2"))
    try await bench.end()
  }

  @Test func aSecretThatGoesAwayStopsNoDeletion() async throws {
    let bench = try await SecretsBench()
    try await bench.secrets("CreateSecret", ["Name": "app", "SecretString": "x"])
    try await bench.deploy(Self.parameter("{{resolve:secretsmanager:app}}"))
    try await bench.secrets(
      "DeleteSecret", ["SecretId": "app", "ForceDeleteWithoutRecovery": true])
    let plan = try #require(
      try await bench.local.engine.planDestroy(DestroyRequest(stackName: "s")).plan)
    let state = try await bench.local.engine.apply(plan) { _ in }
    #expect(state.status == .deleteComplete)
    #expect(try await bench.fault { try await bench.value("copy") } == "ParameterNotFound")
    try await bench.end()
  }

  @Test func aTemplateByItselfNeedsNoStore() async throws {
    let bench = try await SecretsBench()
    let body = """
      Parameters:
        Name: {Type: "AWS::SSM::Parameter::Value<String>", Default: /none}
        Names: {Type: "AWS::SSM::Parameter::Value<List<String>>", Default: /none}
        Key: {Type: "AWS::SSM::Parameter::Name", Default: /none}
      Resources:
        Copy:
          Type: AWS::SSM::Parameter
          Properties:
            Name: "{{resolve:ssm:/none}}"
            Type: String
            Value: !Sub "${Name}-${Key}-{{resolve:secretsmanager:none}}"
            Description: !Select [1, !Ref Names]
      """
    var request = DeployRequest(stackName: "s", templateBody: body, templateFile: "t.yaml")
    request.isStandalone = true
    #expect(try await bench.local.engine.plan(request).diagnostics.map(\.message) == [])
    let codes = try await bench.plan(body).diagnostics.map(\.code)
    #expect(Set(codes) == [.unresolvedValue])
    try await bench.end()
  }

  @Test func generatedSecretsChangeWithTheirRuleAlone() async throws {
    let bench = try await SecretsBench()
    func body(_ length: Int, _ description: String) -> String {
      """
      Resources:
        Secret:
          Type: AWS::SecretsManager::Secret
          Properties:
            Description: \(description)
            GenerateSecretString: {PasswordLength: \(length)}
      """
    }
    func text(_ state: StackState) async throws -> String {
      let id = state.resources[0].identity.physicalID
      return try await bench.secrets("GetSecretValue", ["SecretId": .string(id)])["SecretString"]?
        .stringValue ?? ""
    }
    let first = try await text(bench.deploy(body(20, "one")))
    #expect(first.count == 20)
    #expect(try await text(bench.deploy(body(20, "two"))) == first)
    #expect(try await text(bench.deploy(body(21, "two"))).count == 21)
    try await bench.end()
  }

  @Test func aResourcePolicyComesAndGoesWithItsResource() async throws {
    let bench = try await SecretsBench()
    let secret = """
      Resources:
        Secret: {Type: AWS::SecretsManager::Secret, Properties: {Name: mine}}
      """
    let policy = """

        Policy:
          Type: AWS::SecretsManager::ResourcePolicy
          Properties:
            SecretId: !Ref Secret
            ResourcePolicy: {Statement: [{Effect: Allow, Principal: "*", Action: "*", Resource: "*"}]}
      """
    try await bench.deploy(secret + policy)
    let kept = try await bench.secrets("GetResourcePolicy", ["SecretId": "mine"])
    #expect(kept["ResourcePolicy"]?.stringValue?.contains("\"Effect\":\"Allow\"") == true)
    try await bench.deploy(secret)
    let gone = try await bench.secrets("GetResourcePolicy", ["SecretId": "mine"])
    #expect(gone["ResourcePolicy"] == nil)
    try await bench.end()
  }

  @Test func aCustomNameThatIsTakenIsFoundInThePlan() async throws {
    let bench = try await SecretsBench()
    try await bench.secrets("CreateSecret", ["Name": "mine"])
    try await bench.put("copy", "1")
    let body =
      Self.parameter("1") + """

          Secret: {Type: AWS::SecretsManager::Secret, Properties: {Name: mine}}
        """
    let result = try await bench.plan(body)
    #expect(result.plan == nil)
    #expect(result.diagnostics.count { $0.severity == .error } == 2)
    try await bench.end()
  }
}
