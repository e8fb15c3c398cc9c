import AWSModel
import Effects
import PropertyTree
import ServiceKit
import Testing

@testable import Kinesis

/// Sizes, rates, modes and policies of streams: limits that AWS counts.
@Suite struct StreamRulesTests {
  static let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s"

  private func bench(_ more: PropertyObject = ["ShardCount": 1]) async throws -> KinesisBench {
    let bench = try KinesisBench()
    var input: PropertyObject = ["StreamName": "s"]
    for (key, value) in more { input[key] = value }
    try await bench.call("CreateStream", .object(input))
    return bench
  }

  private func summary(_ bench: KinesisBench) async throws -> PropertyValue {
    let answer = try await bench.call("DescribeStreamSummary", ["StreamName": "s"])
    return try #require(answer["StreamDescriptionSummary"])
  }

  private static func data(_ bytes: Int) -> PropertyValue {
    .string(Base64.encode([UInt8](repeating: 7, count: bytes)))
  }

  // MARK: Records up to 10 MiB

  @Test func aRecordIsAsLongAsItsStreamAllows() async throws {
    let bench = try await bench()
    let long: PropertyValue = [
      "StreamName": "s", "PartitionKey": "k", "Data": Self.data(1 << 20 + 1),
    ]
    #expect(try await summary(bench)["MaxRecordSizeInKiB"] == 1024)
    let refused = try await bench.failure("PutRecord", long)
    #expect(refused.code == "ValidationException" && refused.message.contains("1048576"))
    try await bench.call(
      "UpdateMaxRecordSize", ["StreamARN": .string(Self.arn), "MaxRecordSizeInKiB": 10_240])
    #expect(try await summary(bench)["MaxRecordSizeInKiB"] == 10_240)
    try await bench.call("PutRecord", long)
    let longest: PropertyValue = [
      "StreamName": "s", "PartitionKey": "k", "Data": Self.data(10 << 20),
    ]
    try await bench.call("PutRecord", longest)
    let first = try await bench.call(
      "GetRecords", ["ShardIterator": .string(try await bench.iterator("s"))])
    #expect(first["Records"]?.listValue?.count == 1, "the second does not fit into 10 MiB")
    let second = try await bench.call(
      "GetRecords", ["ShardIterator": try #require(first["NextShardIterator"])])
    let text = try #require(second["Records"]?.listValue?.first?["Data"]?.stringValue)
    #expect(Base64.decode(text)?.count == 10 << 20)
    for size in [1023, 10_241] as [Int64] {
      let fault = try await bench.failure(
        "UpdateMaxRecordSize",
        ["StreamARN": .string(Self.arn), "MaxRecordSizeInKiB": .int(size)])
      #expect(fault.code == "ValidationException")
    }
  }

  @Test func theHotWayKnowsTheStreamsRecordSize() async throws {
    let bench = try await bench(["ShardCount": 1, "MaxRecordSizeInKiB": 2048])
    for (bytes, isTaken) in [(2 << 20, true), (2 << 20 + 1, false)] {
      let data = Base64.encode([UInt8](repeating: 7, count: bytes))
      for call in [
        ("PutRecord", #"{"StreamName":"s","PartitionKey":"k","Data":"\#(data)"}"#),
        ("PutRecords", #"{"StreamName":"s","Records":[{"PartitionKey":"k","Data":"\#(data)"}]}"#),
      ] {
        let result = try await bench.hot(call.0, call.1)
        #expect((try? result.get()) != nil ? isTaken : !isTaken, "\(call.0) \(bytes)")
      }
    }
  }

  // MARK: Encryption

  @Test func recordsSayWhetherTheyCameEncrypted() async throws {
    let bench = try await bench()
    let key: PropertyValue = ["StreamName": "s", "EncryptionType": "KMS", "KeyId": "k"]
    let put = #"{"StreamName":"s","PartitionKey":"k","Data":"AQ=="}"#
    let puts = #"{"StreamName":"s","Records":[{"PartitionKey":"k","Data":"AQ=="}]}"#
    var told: [PropertyValue?] = []
    for change in [nil, "StartStreamEncryption", "StopStreamEncryption"] {
      if let change { try await bench.call(change, key) }
      for (name, text) in [("PutRecord", put), ("PutRecords", puts)] {
        told.append(try await bench.hot(name, text).get()["EncryptionType"])
        told.append(try await bench.call(name, try JSONReader.read(text))["EncryptionType"])
      }
      await bench.clock.advance(milliseconds: 1_000)
    }
    let none: [PropertyValue?] = [nil, nil, nil, nil]
    #expect(told == none + ["KMS", "KMS", "KMS", "KMS"] + none)
    let read = try await bench.call(
      "GetRecords", ["ShardIterator": .string(try await bench.iterator("s"))])
    #expect((read["Records"]?.listValue ?? []).map { $0["EncryptionType"] } == told)
  }

  // MARK: Modes and counts

  @Test(arguments: ["SplitShard", "MergeShards", "UpdateShardCount"])
  func shardsOfAnOnDemandStreamAreItsOwn(_ operation: String) async throws {
    let bench = try await bench([:])
    let inputs: [String: PropertyValue] = [
      "SplitShard": [
        "StreamName": "s", "ShardToSplit": "shardId-000000000000", "NewStartingHashKey": "7",
      ],
      "MergeShards": [
        "StreamName": "s", "ShardToMerge": "shardId-000000000000",
        "AdjacentShardToMerge": "shardId-000000000001",
      ],
      "UpdateShardCount": [
        "StreamName": "s", "TargetShardCount": 8, "ScalingType": "UNIFORM_SCALING",
      ],
    ]
    let fault = try await bench.failure(operation, try #require(inputs[operation]))
    #expect(fault.code == "ValidationException")
    #expect(
      fault.message
        == "Request is invalid. Stream s under account 000000000000 is in On-Demand mode.")
  }

  @Test func aStreamIsScaledTenTimesADay() async throws {
    let bench = try await bench(["ShardCount": 2])
    func scale(to count: Int64) -> PropertyValue {
      ["StreamName": "s", "TargetShardCount": .int(count), "ScalingType": "UNIFORM_SCALING"]
    }
    for turn in 0..<10 {
      try await bench.call("UpdateShardCount", scale(to: turn % 2 == 0 ? 4 : 2))
      await bench.clock.advance(milliseconds: 60_000)
    }
    #expect(
      try await bench.failure("UpdateShardCount", scale(to: 4)).code == "LimitExceededException")
    // The first of them is a day old.
    await bench.clock.advance(milliseconds: 86_400_000 - 600_000)
    try await bench.call("UpdateShardCount", scale(to: 4))
  }

  @Test func aStreamChangesItsModeTwiceADay() async throws {
    let bench = try await bench()
    func change(to mode: PropertyValue) -> PropertyValue {
      ["StreamARN": .string(Self.arn), "StreamModeDetails": ["StreamMode": mode]]
    }
    try await bench.call("UpdateStreamMode", change(to: "ON_DEMAND"))
    try await bench.call("UpdateStreamMode", change(to: "ON_DEMAND"))
    try await bench.call("UpdateStreamMode", change(to: "PROVISIONED"))
    let third = try await bench.failure("UpdateStreamMode", change(to: "ON_DEMAND"))
    #expect(third.code == "LimitExceededException")
    await bench.clock.advance(milliseconds: 86_400_000)
    try await bench.call("UpdateStreamMode", change(to: "ON_DEMAND"))
  }

  @Test func anAccountHasSoManyShardsAndOnDemandStreams() async throws {
    let bench = try await bench(["ShardCount": 10_000])
    try await bench.call("CreateStream", ["StreamName": "t", "ShardCount": 9_999])
    let fault = try await bench.failure("CreateStream", ["StreamName": "u", "ShardCount": 2])
    #expect(fault.code == "LimitExceededException")
    #expect(fault.message.contains("Current shard count for the account: 19999. Limit: 20000."))
    try await bench.call("CreateStream", ["StreamName": "u", "ShardCount": 1])
    let split = try await bench.failure(
      "SplitShard",
      ["StreamName": "u", "ShardToSplit": "shardId-000000000000", "NewStartingHashKey": "7"])
    #expect(split.code == "LimitExceededException")
    try await bench.call("DeleteStream", ["StreamName": "t"])
    for number in 0..<50 {
      try await bench.call("CreateStream", ["StreamName": .string("d\(number)")])
    }
    let limits = try await bench.call("DescribeLimits", [:])
    #expect(limits["OpenShardCount"] == 10_001 && limits["OnDemandStreamCount"] == 50)
    #expect(
      try await bench.failure("CreateStream", ["StreamName": "more"]).code
        == "LimitExceededException")
  }

  // MARK: Warm throughput and the account's commitment

  @Test func warmThroughputNeedsACommitmentAndMakesShards() async throws {
    let bench = try await bench([:])
    let input: PropertyValue = ["StreamName": "s", "WarmThroughputMiBps": 9]
    let early = try await bench.failure("UpdateStreamWarmThroughput", input)
    #expect(early.code == "InvalidArgumentException")
    try await bench.call(
      "UpdateAccountSettings", ["MinimumThroughputBillingCommitment": ["Status": "ENABLED"]])
    let answer = try await bench.call("UpdateStreamWarmThroughput", input)
    #expect(answer["WarmThroughput"] == ["TargetMiBps": 9, "CurrentMiBps": 9])
    let shown = try await summary(bench)
    #expect(shown["WarmThroughput"] == answer["WarmThroughput"] && shown["OpenShardCount"] == 9)
    try await bench.call(
      "UpdateStreamWarmThroughput", ["StreamName": "s", "WarmThroughputMiBps": 0])
    #expect(try await summary(bench)["OpenShardCount"] == 4)
    let far = try await bench.failure(
      "UpdateStreamWarmThroughput", ["StreamName": "s", "WarmThroughputMiBps": 10_241])
    #expect(far.code == "LimitExceededException")
    try await bench.call("CreateStream", ["StreamName": "warm", "WarmThroughputMiBps": 6])
    let made = try await bench.call("ListShards", ["StreamName": "warm"])
    #expect(made["Shards"]?.listValue?.count == 6)
    #expect(made["Shards"]?.listValue?.allSatisfy { $0["ParentShardId"] == nil } == true)
  }

  @Test func aCommitmentLastsADayAtLeast() async throws {
    let bench = try KinesisBench()
    func status() async throws -> PropertyValue? {
      try await bench.call("DescribeAccountSettings", [:])["MinimumThroughputBillingCommitment"]
    }
    func set(_ status: PropertyValue) async throws {
      try await bench.call(
        "UpdateAccountSettings", ["MinimumThroughputBillingCommitment": ["Status": status]])
    }
    #expect(try await status() == ["Status": "DISABLED"])
    try await set("ENABLED")
    let started = bench.clock.now.epochSeconds
    #expect(
      try await status() == [
        "Status": "ENABLED", "StartedAt": .double(started),
        "EarliestAllowedEndAt": .double(started + 86_400),
      ])
    await bench.clock.advance(milliseconds: 3_600_000)
    try await set("DISABLED")
    #expect(try await status()?["Status"] == "ENABLED_UNTIL_EARLIEST_ALLOWED_END")
    try await set("ENABLED")
    #expect(try await status()?["Status"] == "ENABLED")
    try await set("DISABLED")
    await bench.clock.advance(milliseconds: 86_400_000 - 3_600_000)
    #expect(
      try await status() == [
        "Status": "DISABLED", "StartedAt": .double(started),
        "EndedAt": .double(started + 86_400),
      ])
  }

  // MARK: Distribution

  @Test func recordsGoRoundTheShardsOfAStreamThatAsksForIt() async throws {
    let bench = try await bench(["RecordDistributionStrategy": "AUTO"])
    #expect(try await summary(bench)["RecordDistributionStrategy"] == "AUTO")
    let puts = try await bench.call(
      "PutRecords",
      [
        "StreamName": "s",
        "Records": .list(
          (0..<8).map { $0 % 2 == 0 ? ["Data": "AQ=="] : ["Data": "AQ==", "PartitionKey": "k"] }),
      ])
    let shards = (puts["Records"]?.listValue ?? []).compactMap { $0["ShardId"]?.stringValue }
    #expect(shards.count == 8 && Set(shards).count == 4)
    let hot = try await bench.hot(
      "PutRecord", #"{"StreamName":"s","PartitionKey":"k","Data":"AQ=="}"#
    ).get()
    #expect(hot["ShardId"]?.stringValue == shards[0], "the next one in turn")
    try await bench.call(
      "UpdateStreamRecordDistributionStrategy",
      ["StreamARN": .string(Self.arn), "RecordDistributionStrategy": "USER_PARTITION_KEY"])
    let keyless = try await bench.failure("PutRecord", ["StreamName": "s", "Data": "AQ=="])
    #expect(
      keyless.message == "1 validation error detected: Value null at 'partitionKey' failed to "
        + "satisfy constraint: Member must not be null")
    let provisioned = try await bench.failure(
      "CreateStream",
      ["StreamName": "t", "ShardCount": 1, "RecordDistributionStrategy": "AUTO"])
    #expect(provisioned.code == "InvalidArgumentException")
  }

  @Test func aDryRunChangesNothing() async throws {
    let bench = try await bench()
    let iterator = try await bench.iterator("s")
    for (operation, input) in [
      ("PutRecord", ["StreamName": "s", "PartitionKey": "k", "Data": "AQ==", "DryRun": true]),
      (
        "PutRecords",
        [
          "StreamName": "s", "Records": [["PartitionKey": "k", "Data": "AQ=="]], "DryRun": true,
        ]
      ), ("GetRecords", ["ShardIterator": .string(iterator), "DryRun": true]),
      (
        "GetShardIterator",
        [
          "StreamName": "s", "ShardId": "shardId-000000000000", "ShardIteratorType": "LATEST",
          "DryRun": true,
        ]
      ),
    ] as [(String, PropertyValue)] {
      let fault = try await bench.failure(operation, input)
      #expect(fault.code == "DryRunOperationException", "\(operation)")
    }
    #expect(try await bench.keys(iterator).isEmpty)
    let missing = try await bench.failure(
      "PutRecord", ["StreamName": "t", "PartitionKey": "k", "Data": "AQ==", "DryRun": true])
    #expect(missing.code == "ResourceNotFoundException")
  }

  // MARK: Policies

  static let policy = """
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "1"},
     "Action": "kinesis:GetRecords", "Resource": "*"}]}
    """

  @Test func policiesOfStreamsAndConsumersAreKept() async throws {
    let bench = try await bench()
    let made = try await bench.call(
      "RegisterStreamConsumer", ["StreamARN": .string(Self.arn), "ConsumerName": "app"])
    let consumer = try #require(made["Consumer"]?["ConsumerARN"]?.stringValue)
    for arn in [Self.arn, consumer] {
      let resource: PropertyValue = ["ResourceARN": .string(arn)]
      #expect(try await bench.call("GetResourcePolicy", resource)["Policy"] == "{}")
      let missing = try await bench.failure("DeleteResourcePolicy", resource)
      #expect(missing.message == "No resource policy found for resource ARN \(arn).")
      try await bench.call(
        "PutResourcePolicy", ["ResourceARN": .string(arn), "Policy": .string(Self.policy)])
      #expect(
        try await bench.call("GetResourcePolicy", resource)["Policy"] == .string(Self.policy))
    }
    try await bench.call("DeleteResourcePolicy", ["ResourceARN": .string(Self.arn)])
    #expect(
      try await bench.call("GetResourcePolicy", ["ResourceARN": .string(Self.arn)])["Policy"]
        == "{}")
    let other = try await bench.failure(
      "GetResourcePolicy", ["ResourceARN": .string("\(Self.arn)/consumer/app:1")])
    #expect(other.code == "ResourceNotFoundException")
    for text in ["", "[]", "{}", #"{"Statement": []}"#, #"{"Statement": [{"Effect": "May"}]}"#] {
      let fault = try await bench.failure(
        "PutResourcePolicy", ["ResourceARN": .string(Self.arn), "Policy": .string(text)])
      #expect(fault.code == "InvalidArgumentException", "\(text)")
    }
  }
}
