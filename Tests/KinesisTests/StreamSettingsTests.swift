import AWSModel
import Effects
import PropertyTree
import ResourceModel
import ServiceKit
import Testing

@testable import Kinesis

/// Mode, encryption and shard count: what tools set in their first minute.
@Suite struct StreamSettingsTests {
  private func summary(_ bench: KinesisBench) async throws -> PropertyValue {
    let answer = try await bench.call("DescribeStreamSummary", ["StreamName": "s"])
    return try #require(answer["StreamDescriptionSummary"])
  }

  @Test(
    arguments: [
      ([:], "ON_DEMAND", 4), (["ShardCount": 2], "PROVISIONED", 2),
      (["StreamModeDetails": ["StreamMode": "ON_DEMAND"]], "ON_DEMAND", 4),
      (["ShardCount": 1, "MaxRecordSizeInKiB": 1024], "PROVISIONED", 1),
    ] as [(PropertyObject, String, Int)])
  func aStreamWithoutACountGrowsByItself(
    _ more: PropertyObject, _ mode: String, _ count: Int
  ) async throws {
    let bench = try KinesisBench()
    var input: PropertyObject = ["StreamName": "s"]
    for (key, value) in more { input[key] = value }
    try await bench.call("CreateStream", .object(input))
    let shown = try await summary(bench)
    #expect(shown["StreamModeDetails"]?["StreamMode"] == .string(mode))
    #expect(shown["OpenShardCount"] == .int(Int64(count)))
  }

  @Test func encryptionIsKeptAndShown() async throws {
    let bench = try KinesisBench()
    try await bench.call("CreateStream", ["StreamName": "s", "ShardCount": 1])
    #expect(try await summary(bench)["EncryptionType"] == "NONE")
    let input: PropertyValue = [
      "StreamName": "s", "EncryptionType": "KMS", "KeyId": "alias/aws/kinesis",
    ]
    try await bench.call("StartStreamEncryption", input)
    for description in [
      try await summary(bench),
      try await bench.call("DescribeStream", ["StreamName": "s"])["StreamDescription"] ?? .null,
    ] {
      #expect(description["EncryptionType"] == "KMS")
      #expect(description["KeyId"] == "alias/aws/kinesis")
    }
    try await bench.put("s", "a")
    try await bench.call("StopStreamEncryption", input)
    #expect(try await summary(bench)["KeyId"] == nil)
    let none = try await bench.failure(
      "StartStreamEncryption", ["StreamName": "s", "EncryptionType": "NONE", "KeyId": "k"])
    #expect(none.code == "InvalidArgumentException")
    let missing = try await bench.failure(
      "StartStreamEncryption", ["StreamName": "t", "EncryptionType": "KMS", "KeyId": "k"])
    #expect(missing.code == "ResourceNotFoundException")
  }

  @Test(arguments: [(4, 8, true), (4, 9, false), (4, 2, true), (5, 3, true), (5, 2, false)])
  func oneStepDoublesOrHalvesAtMost(_ from: Int, _ to: Int, _ isAllowed: Bool) async throws {
    let bench = try KinesisBench()
    try await bench.call(
      "CreateStream", ["StreamName": "s", "ShardCount": .int(Int64(from))])
    let input: PropertyValue = [
      "StreamName": "s", "TargetShardCount": .int(Int64(to)), "ScalingType": "UNIFORM_SCALING",
    ]
    if isAllowed {
      try await bench.call("UpdateShardCount", input)
      #expect(try await summary(bench)["OpenShardCount"] == .int(Int64(to)))
    } else {
      let fault = try await bench.failure("UpdateShardCount", input)
      #expect(fault.code == "InvalidArgumentException")
      #expect(fault.message.contains(to > from ? "scale up over double" : "scale down below half"))
      #expect(try await summary(bench)["OpenShardCount"] == .int(Int64(from)))
    }
  }

  @Test func anIteratorMayBeQuoted() async throws {
    let bench = try KinesisBench()
    try await bench.call("CreateStream", ["StreamName": "s", "ShardCount": 1])
    try await bench.put("s", "a")
    #expect(try await bench.keys("\"\(try await bench.iterator("s"))\"") == ["a"])
    for text in ["\"", "\"\"", "\"x", "x\""] {
      let fault = try await bench.failure("GetRecords", ["ShardIterator": .string(text)])
      #expect(fault.code == "InvalidArgumentException", "\(text)")
    }
  }

  @Test func templatesEncryptAndScale() async throws {
    let bench = try KinesisBench()
    let handler = try #require(bench.service.resources.first)
    func request(_ properties: PropertyValue) -> ResourceRequest {
      ResourceRequest(
        environment: StackEnvironment(scope: .standard, stackName: "st", stackID: "id"),
        logicalID: "S", physicalID: "s", properties: properties, now: bench.clock.now)
    }
    let encryption: PropertyValue = ["EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"]
    let made = request(["ShardCount": 1, "StreamEncryption": encryption])
    #expect(handler.check(made.properties).isEmpty)
    try await bench.environment.database.write { try handler.create(made, in: $0) }
    #expect(try await summary(bench)["KeyId"] == "alias/aws/kinesis")
    let live = try await bench.environment.database.write {
      try handler.liveProperties(made, in: $0)
    }
    #expect(live?["StreamEncryption"] == encryption)
    let doubled = request(["ShardCount": 2])
    try await bench.environment.database.write { try handler.update(doubled, in: $0) }
    #expect(try await summary(bench)["EncryptionType"] == "NONE")
    let tooMany = request(["ShardCount": 5])
    await #expect(throws: ServiceError.self) {
      try await bench.environment.database.write { try handler.update(tooMany, in: $0) }
    }
    #expect(
      !handler.check(["StreamEncryption": ["EncryptionType": "AES", "KeyId": "k"]]).isEmpty)
  }
}
