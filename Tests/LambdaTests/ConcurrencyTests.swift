import AWSModel
import Effects
import PropertyTree
import ServiceKit
import Testing

@testable import Lambda

/// Reserved and provisioned concurrency, and the settings beside a function's configuration.
@Suite struct ConcurrencyTests {
  @Test func noMoreRunThanAreReserved() async throws {
    let fixture = try Fixture()
    let file = "\(fixture.directory)/go"
    try await fixture.deploy(
      "f", runtime: "python3.11",
      """
      import os, time
      def handler(event, context):
          open("\(file).begun", "w").close()
          while not os.path.exists("\(file)"): time.sleep(0.005)
      """)
    _ = try await fixture.call(
      "PutFunctionConcurrency", ["FunctionName": "f", "ReservedConcurrentExecutions": 1])
    async let first = fixture.invoke("f")
    let files = LiveFileSystem()
    while !files.exists("\(file).begun") { await Task.yield() }
    do {
      _ = try await fixture.invoke("f")
      Issue.record("a second invocation ran")
    } catch let fault as ServiceError {
      #expect(fault.code == "TooManyRequestsException" && fault.status == 429)
      #expect(
        fault.fields["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded")
    }
    try files.writeAtomically([], to: file)
    #expect(try await first.functionError == nil)
    _ = try await fixture.call("DeleteFunctionConcurrency", ["FunctionName": "f"])
    #expect(
      try await fixture.call("GetFunctionConcurrency", ["FunctionName": "f"]).members == [:])
    _ = try await fixture.call(
      "PutFunctionConcurrency", ["FunctionName": "f", "ReservedConcurrentExecutions": 0])
    #expect(
      await VersionTests.fault { _ = try await fixture.invoke("f") }
        == "TooManyRequestsException: Rate Exceeded.")
    try await fixture.close()
  }

  @Test func boundsOfTheAccount() async throws {
    let fixture = try Fixture()
    _ = try await fixture.call("CreateFunction", VersionTests.members("f", ["Publish": true]))
    let cases: [(String, PropertyObject, String)] = [
      (
        "PutFunctionConcurrency", ["ReservedConcurrentExecutions": 901],
        "InvalidParameterValueException: Specified ReservedConcurrentExecutions for function "
          + "decreases account's UnreservedConcurrentExecution below its minimum value of [100]."
      ),
      (
        "PutProvisionedConcurrencyConfig",
        ["Qualifier": "$LATEST", "ProvisionedConcurrentExecutions": 1],
        "InvalidParameterValueException: Provisioned Concurrency Configs cannot be applied to "
          + "unpublished function versions."
      ),
      (
        "GetProvisionedConcurrencyConfig", ["Qualifier": "1"],
        "ProvisionedConcurrencyConfigNotFoundException: No Provisioned Concurrency Config found for "
          + "this function"
      ),
    ]
    for (operation, more, expected) in cases {
      var members: PropertyObject = ["FunctionName": "f"]
      for (key, value) in more { members[key] = value }
      #expect(
        await VersionTests.fault { _ = try await fixture.call(operation, members) } == expected)
    }
    _ = try await fixture.call(
      "PutProvisionedConcurrencyConfig",
      ["FunctionName": "f", "Qualifier": "1", "ProvisionedConcurrentExecutions": 3])
    _ = try await fixture.call(
      "CreateAlias", ["FunctionName": "f", "Name": "a", "FunctionVersion": "1"])
    #expect(
      await VersionTests.fault {
        _ = try await fixture.call(
          "PutProvisionedConcurrencyConfig",
          ["FunctionName": "f", "Qualifier": "a", "ProvisionedConcurrentExecutions": 1])
      }?.hasPrefix("ResourceConflictException") == true)
    #expect(
      await VersionTests.fault {
        _ = try await fixture.call(
          "PutFunctionConcurrency", ["FunctionName": "f", "ReservedConcurrentExecutions": 2])
      }?.hasPrefix("InvalidParameterValueException: ReservedConcurrentExecutions  2 should not be")
        == true)
    let listed = try await fixture.call(
      "ListProvisionedConcurrencyConfigs", ["FunctionName": "f"]
    ).members["ProvisionedConcurrencyConfigs"]?.listValue?.first
    #expect(listed?["Status"] == "READY")
    #expect(
      listed?["FunctionArn"] == "arn:aws:lambda:eu-west-1:111122223333:function:f:1")
    try await fixture.close()
  }

  @Test func codeSigningConfigurationsAreKeptAndInUse() async throws {
    let fixture = try Fixture()
    _ = try await fixture.call("CreateFunction", VersionTests.members("f"))
    let profile: PropertyValue =
      "arn:aws:signer:eu-west-1:111122223333:/signing-profiles/ours/1234567890"
    func members(_ policy: PropertyValue) -> PropertyObject {
      [
        "AllowedPublishers": ["SigningProfileVersionArns": [profile]],
        "CodeSigningPolicies": ["UntrustedArtifactOnDeployment": policy],
      ]
    }
    #expect(
      await VersionTests.fault {
        _ = try await fixture.call("CreateCodeSigningConfig", members("Enforce"))
      }?.hasPrefix("UnsupportedOperation") == true)
    let made = try await fixture.call("CreateCodeSigningConfig", members("Warn")).members
    let arn = try #require(made["CodeSigningConfig"]?["CodeSigningConfigArn"])
    _ = try await fixture.call(
      "PutFunctionCodeSigningConfig", ["FunctionName": "f", "CodeSigningConfigArn": arn])
    let users = try await fixture.call(
      "ListFunctionsByCodeSigningConfig", ["CodeSigningConfigArn": arn]
    ).members["FunctionArns"]
    #expect(users == ["arn:aws:lambda:eu-west-1:111122223333:function:f"])
    let target: PropertyObject = ["CodeSigningConfigArn": arn]
    #expect(
      await VersionTests.fault { _ = try await fixture.call("DeleteCodeSigningConfig", target) }?
        .hasPrefix("ResourceConflictException") == true)
    _ = try await fixture.call("DeleteFunctionCodeSigningConfig", ["FunctionName": "f"])
    _ = try await fixture.call("DeleteCodeSigningConfig", target)
    #expect(
      await VersionTests.fault { _ = try await fixture.call("GetCodeSigningConfig", target) }?
        .hasPrefix("CodeSigningConfigNotFoundException") == true)
    try await fixture.close()
  }
}
