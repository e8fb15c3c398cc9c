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

  func checkPolicy(_ arn: String, account: AccountID, _ transaction: Transaction) throws {
    guard arn == "arn:aws:iam::aws:policy/ReadOnlyAccess" else {
      throw ServiceError("NoSuchEntity", "Policy \(arn) does not exist.", status: 404)
    }
  }

  func checkSessionPolicy(_ document: String) throws(ServiceError) {
    guard document.hasPrefix("{") else { throw ServiceError("MalformedPolicyDocument", "no") }
  }

  func clients(ofProvider url: String, account: AccountID, _ transaction: Transaction) throws
    -> [String]?
  {
    url == "id.example.com/main" ? ["app"] : nil
  }
}

/// Knows the key of one user.
private struct OneUser: UserKeyDirectory {
  static let key = "AKIAONEUSERONEUSER00"

  func key(_ id: String) -> UserKey? {
    id == Self.key ? UserKey(account: AccountID("111122223333"), isActive: true) : nil
  }

  func user(ofKey id: String, _ transaction: Transaction) throws -> UserDescription? {
    guard key(id) != nil else { return nil }
    return UserDescription(
      arn: ARN(service: "iam", region: "", account: "111122223333", resource: "user/ann"),
      uniqueID: "AIDAABCDEFGHIJKLMNOPQ")
  }

  func secret(ofKey id: String, _ transaction: Transaction) throws -> String? { nil }

  func noteUse(ofKey id: String, _ use: AccessKeyUse) {}
}

/// STS by itself.
private final class STSBench: Sendable {
  private let bench: ServiceBench<STSService>

  init(_ world: TestWorld = TestWorld(at: TestWorld.midnight)) throws {
    bench = try ServiceBench(world) {
      STSService(
        environment: $0.with {
          Capabilities().offering(OneRole(), as: .roles).offering(OneUser(), as: .userKeys)
        })
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
    let account = try account(of: key) ?? AccountID("999900001111")
    let scope = Scope(account: account, region: Region("eu-west-1"))
    return try await bench.invoke(
      name, .object(input), context: RequestContext(scope: scope, requestID: "", accessKeyID: key)
    ).members
  }

  /// The account that a request with a key acts in.
  func account(of key: String) throws -> AccountID? {
    try service.account(
      ofAccessKey: key,
      for: AccessKeyUse(service: "sts", region: "eu-west-1", moment: clock.now))
  }

  func fault(_ name: String, _ input: PropertyObject, key: String = "") async throws
    -> ServiceError
  {
    do {
      let answer = try await call(name, input, key: key)
      Issue.record("\(name) answered \(JSONWriter.compact(answer))")
      return ServiceError("", "")
    } catch let error as ServiceError { return error }
  }

  /// The access key of a new session of the role.
  func assume(_ more: PropertyObject = [:], key: String = "") async throws -> PropertyValue {
    var input = SessionTests.request
    for (key, value) in more { input[key] = value }
    return try await call("AssumeRole", input, key: key)
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
    #expect(try sts.account(of: key)?.text == "111122223333")
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
    (["Policy": "x"], "MalformedPolicyDocument", 400),
    (["PolicyArns": [["arn": "arn:aws:iam::aws:policy/None"]]], "NoSuchEntity", 404),
    (["TransitiveTagKeys": ["none"]], "ValidationError", 400),
    (
      ["Tags": [["Key": "A", "Value": ""], ["Key": "a", "Value": ""]]], "InvalidParameterValue",
      400
    ),
    (
      ["SerialNumber": "arn:aws:iam::111122223333:mfa/ann", "TokenCode": "123456"], "AccessDenied",
      403
    ),
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
    for (key, seconds, expected) in [
      (OneUser.key, nil, "2026-11-21T12:00:00.000Z"),
      (OneUser.key, 900, "2026-11-21T00:15:00.000Z"), ("", nil, "2026-11-21T01:00:00.000Z"),
      ("", 7200, "2026-11-21T01:00:00.000Z"), ("", 900, "2026-11-21T00:15:00.000Z"),
    ] {
      var input: PropertyObject = [:]
      if let seconds { input["DurationSeconds"] = .int(Int64(seconds)) }
      let token = try await sts.call("GetSessionToken", input, key: key)
      #expect(token["Credentials"]?["Expiration"] == .string(expected))
    }
    for seconds in [899, 129_601] as [Int64] {
      let fault = try await sts.fault("GetSessionToken", ["DurationSeconds": .int(seconds)])
      #expect(fault.code == "ValidationError")
    }
    try sts.end()
  }

  @Test func aSessionTokenIsTheSameCaller() async throws {
    let sts = try STSBench()
    for key in ["", OneUser.key] {
      let token = try accessKey(try await sts.call("GetSessionToken", key: key))
      #expect(
        try await sts.call("GetCallerIdentity", key: token)
          == sts.call("GetCallerIdentity", key: key))
      for (name, input) in [
        ("GetSessionToken", [:]), ("GetFederationToken", ["Name": "bob"]),
      ] as [(String, PropertyObject)] {
        let fault = try await sts.fault(name, input, key: token)
        #expect(fault.code == "AccessDenied" && fault.status == 403)
        #expect(fault.message == "Cannot call \(name) with session credentials")
      }
    }
    let user = try await sts.call("GetCallerIdentity", key: OneUser.key)
    #expect(user["Arn"] == "arn:aws:iam::111122223333:user/ann")
    #expect(user["UserId"] == "AIDAABCDEFGHIJKLMNOPQ" && user["Account"] == "111122223333")
    try sts.end()
  }

  @Test func federatedUsersActUnderTheirNames() async throws {
    let sts = try STSBench()
    let answer = try await sts.call(
      "GetFederationToken",
      [
        "Name": "bob", "Tags": [["Key": "team", "Value": "data"]],
        "PolicyArns": [["arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"]],
      ], key: OneUser.key)
    #expect(
      answer["FederatedUser"] == [
        "FederatedUserId": "111122223333:bob",
        "Arn": "arn:aws:sts::111122223333:federated-user/bob",
      ])
    let key = try accessKey(answer)
    #expect(
      try await sts.call("GetCallerIdentity", key: key)["Arn"]
        == "arn:aws:sts::111122223333:federated-user/bob")
    #expect(
      try await sts.call("GetAccessKeyInfo", ["AccessKeyId": .string(key)])["Account"]
        == "111122223333")
    try sts.end()
  }

  @Test func chainedSessions() async throws {
    let sts = try STSBench()
    let first = try accessKey(
      try await sts.assume([
        "Tags": [["Key": "team", "Value": "data"], ["Key": "own", "Value": "x"]],
        "TransitiveTagKeys": ["team"], "SourceIdentity": "ann",
      ]))
    let next = try await sts.assume(key: first)
    #expect(next["SourceIdentity"] == "ann" && next["PackedPolicySize"] != nil)
    for (more, code) in [
      (["DurationSeconds": 3601], "ValidationError"),
      (["Tags": [["Key": "Team", "Value": "other"]]], "InvalidParameterValue"),
      (["SourceIdentity": "bob"], "AccessDenied"),
    ] as [(PropertyObject, String)] {
      var input = Self.request
      for (key, value) in more { input[key] = value }
      #expect(try await sts.fault("AssumeRole", input, key: first).code == code, "\(more)")
    }
    #expect(try await sts.call("GetCallerIdentity", key: first)["Account"] == "111122223333")
    try sts.end()
  }

  @Test func sessionsOutliveARestartUntilTheyExpire() async throws {
    let first = try STSBench()
    let short = try accessKey(try await first.assume(["DurationSeconds": 900]))
    let long = try accessKey(try await first.assume(["DurationSeconds": 7200]))
    await first.clock.advance(milliseconds: 1_000_000)
    let sts = try await first.restarted()
    #expect(throws: AccessKeyFaults.expired) { try sts.account(of: short) }
    #expect(try sts.account(of: long)?.text == "111122223333")
    #expect(
      try await sts.call("GetCallerIdentity", key: long)["Arn"]
        == "arn:aws:sts::111122223333:assumed-role/worker/run-1")
    try sts.end()
  }

  @Test func expiredSessionsAreRefusedAndForgottenADayLater() async throws {
    let sts = try STSBench()
    let short = try accessKey(try await sts.assume(["DurationSeconds": 900]))
    await sts.clock.advance(milliseconds: 899_999)
    #expect(try sts.account(of: short)?.text == "111122223333")
    await sts.clock.advance(milliseconds: 1)
    #expect(throws: AccessKeyFaults.expired) { try sts.account(of: short) }
    await sts.clock.advance(milliseconds: 86_400_000)
    let next = try accessKey(try await sts.assume())
    #expect(try sts.account(of: short) == nil)
    #expect(try sts.account(of: next) != nil)
    try sts.end()
  }
}
