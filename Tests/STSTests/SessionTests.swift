import AWSModel
import Effects
import PropertyTree
import STS
import ServiceKit
import ServiceTesting
import Testing

/// Knows one role, in one account.
private struct OneRole: RoleDirectory {
  func role(named name: String, account: AccountID, _ transaction: Transaction) throws
    -> RoleDescription?
  {
    guard name == "worker", account.text == "111122223333" else { return nil }
    return RoleDescription(
      arn: ARN(service: "iam", region: "", account: account.text, resource: "role/jobs/worker"),
      uniqueID: "AROAABCDEFGHIJKLMNOPQ", sessionSecondsMax: 7200)
  }
}

/// STS by itself.
private final class STSBench: Sendable {
  private let bench: ServiceBench<STSService>

  init(_ world: TestWorld = TestWorld(at: TestWorld.midnight)) throws {
    bench = try ServiceBench(world) {
      STSService(
        environment: $0.with { Capabilities().offering(OneRole(), as: .roles) })
    }
  }

  var clock: VirtualClock { bench.clock }
  var service: STSService { bench.service }

  /// The same data directory, opened by another process.
  func restarted() async throws -> STSBench {
    let world = bench.world.afterKill()
    try bench.database.close()
    let next = try STSBench(world)
    try await next.service.start()
    return next
  }

  func end() throws { try bench.end() }

  func call(_ name: String, _ input: PropertyObject = [:], key: String = "") async throws
    -> PropertyValue
  {
    // A session's key acts in the session's account, as the dispatcher sees to.
    let account = service.account(ofAccessKey: key) ?? AccountID("999900001111")
    let scope = Scope(account: account, region: Region("eu-west-1"))
    return try await bench.invoke(
      name, .object(input), context: RequestContext(scope: scope, requestID: "", accessKeyID: key)
    ).members
  }

  func fault(_ name: String, _ input: PropertyObject) async throws -> ServiceError {
    do {
      let answer = try await call(name, input)
      Issue.record("\(name) answered \(JSONWriter.compact(answer))")
      return ServiceError("", "")
    } catch let error as ServiceError { return error }
  }

  /// The access key of a new session of the role.
  func assume(_ more: PropertyObject = [:]) async throws -> PropertyValue {
    var input = SessionTests.request
    for (key, value) in more { input[key] = value }
    return try await call("AssumeRole", input)
  }
}

@Suite struct SessionTests {
  static let request: PropertyObject = [
    "RoleArn": "arn:aws:iam::111122223333:role/jobs/worker", "RoleSessionName": "run-1",
  ]

  private func accessKey(_ answer: PropertyValue) throws -> String {
    try #require(answer["Credentials"]?["AccessKeyId"]?.stringValue)
  }

  @Test func withoutASessionTheCallerIsTheAccount() async throws {
    let sts = try STSBench()
    #expect(
      try await sts.call("GetCallerIdentity", key: "AKIAUNKNOWN") == [
        "UserId": "999900001111", "Account": "999900001111",
        "Arn": "arn:aws:iam::999900001111:root",
      ])
    try sts.end()
  }

  @Test func anAssumedRoleActsInItsAccount() async throws {
    let sts = try STSBench()
    let answer = try await sts.assume()
    #expect(
      answer["AssumedRoleUser"] == [
        "AssumedRoleId": "AROAABCDEFGHIJKLMNOPQ:run-1",
        "Arn": "arn:aws:sts::111122223333:assumed-role/worker/run-1",
      ])
    let credentials = try #require(answer["Credentials"])
    #expect(credentials["Expiration"] == "2026-11-21T01:00:00.000Z")
    #expect(credentials["SecretAccessKey"]?.stringValue?.count == 40)
    #expect(credentials["SessionToken"]?.stringValue?.isEmpty == false)
    let key = try accessKey(answer)
    #expect(key.hasPrefix("ASIA") && key.count == 20)
    #expect(sts.service.account(ofAccessKey: key)?.text == "111122223333")
    #expect(
      try await sts.call("GetCallerIdentity", key: key) == [
        "UserId": "AROAABCDEFGHIJKLMNOPQ:run-1", "Account": "111122223333",
        "Arn": "arn:aws:sts::111122223333:assumed-role/worker/run-1",
      ])
    #expect(try accessKey(try await sts.assume()) != key)
    try sts.end()
  }

  static let faults: [(PropertyObject, String, Int)] = [
    (["RoleArn": "arn:aws:iam::111122223333:role/jobs/other"], "AccessDenied", 403),
    (["RoleArn": "arn:aws:iam::999900001111:role/jobs/worker"], "AccessDenied", 403),
    (["RoleArn": "arn:aws:iam::111122223333:role/worker"], "AccessDenied", 403),
    (["RoleArn": "arn:aws:iam::111122223333:user/worker"], "ValidationError", 400),
    (["RoleArn": "worker"], "ValidationError", 400),
    (["RoleSessionName": "r"], "ValidationError", 400),
    (["RoleSessionName": "a b"], "ValidationError", 400),
    (["RoleSessionName": .string(String(repeating: "s", count: 65))], "ValidationError", 400),
    (["DurationSeconds": 899], "ValidationError", 400),
    (["DurationSeconds": 7201], "ValidationError", 400),
  ]

  @Test(arguments: faults.indices) func faultsOfAssumeRole(_ index: Int) async throws {
    let sts = try STSBench()
    let (wrong, code, status) = Self.faults[index]
    var input = Self.request
    for (key, value) in wrong { input[key] = value }
    let fault = try await sts.fault("AssumeRole", input)
    #expect(fault.code == code && fault.status == status, "\(fault)")
    try sts.end()
  }

  @Test func durations() async throws {
    let sts = try STSBench()
    for (seconds, expected) in [
      (900, "2026-11-21T00:15:00.000Z"), (7200, "2026-11-21T02:00:00.000Z"),
    ] {
      let answer = try await sts.assume(["DurationSeconds": .int(Int64(seconds))])
      #expect(answer["Credentials"]?["Expiration"] == .string(expected))
    }
    let token = try await sts.call("GetSessionToken")
    #expect(token["Credentials"]?["Expiration"] == "2026-11-21T12:00:00.000Z")
    for seconds in [899, 129_601] as [Int64] {
      let fault = try await sts.fault("GetSessionToken", ["DurationSeconds": .int(seconds)])
      #expect(fault.code == "ValidationError")
    }
    try sts.end()
  }

  @Test func aSessionTokenIsTheSameCaller() async throws {
    let sts = try STSBench()
    let role = try accessKey(try await sts.assume())
    let token = try accessKey(try await sts.call("GetSessionToken", key: role))
    #expect(
      try await sts.call("GetCallerIdentity", key: token)
        == sts.call("GetCallerIdentity", key: role))
    try sts.end()
  }

  @Test func sessionsOutliveARestartUntilTheyExpire() async throws {
    let first = try STSBench()
    let short = try accessKey(try await first.assume(["DurationSeconds": 900]))
    let long = try accessKey(try await first.assume(["DurationSeconds": 7200]))
    await first.clock.advance(milliseconds: 1_000_000)
    let sts = try await first.restarted()
    #expect(sts.service.account(ofAccessKey: short) == nil)
    #expect(sts.service.account(ofAccessKey: long)?.text == "111122223333")
    #expect(
      try await sts.call("GetCallerIdentity", key: long)["Arn"]
        == "arn:aws:sts::111122223333:assumed-role/worker/run-1")
    try sts.end()
  }

  @Test func expiredSessionsAreForgottenWithTheNextOne() async throws {
    let sts = try STSBench()
    let short = try accessKey(try await sts.assume(["DurationSeconds": 900]))
    await sts.clock.advance(milliseconds: 900_000)
    let next = try accessKey(try await sts.assume())
    #expect(sts.service.account(ofAccessKey: short) == nil)
    #expect(sts.service.account(ofAccessKey: next) != nil)
    try sts.end()
  }
}
