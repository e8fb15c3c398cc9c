import AWSModel
import Effects
import PropertyTree
import ServiceKit
import ServiceTesting
import Testing

@testable import Kinesis

/// Rates of shards, where a server holds its clients to them.
@Suite struct ThrottleTests {
  /// Two shards, so that one can be full and the other not.
  private func bench(shards: Int64 = 1) async throws -> KinesisBench {
    let bench = try ServiceBench(TestWorld()) { environment in
      var environment = environment
      environment.throttles = true
      return KinesisService(environment: environment)
    }
    try await bench.call("CreateStream", ["StreamName": "s", "ShardCount": .int(shards)])
    return bench
  }

  private static func records(_ count: Int, bytes: Int = 1, hash: String? = nil) -> PropertyValue {
    let data = Base64.encode([UInt8](repeating: 7, count: bytes))
    var record: PropertyObject = ["PartitionKey": "k", "Data": .string(data)]
    if let hash { record["ExplicitHashKey"] = .string(hash) }
    return .list(Array(repeating: .object(record), count: count))
  }

  private func put(_ bench: KinesisBench, _ records: PropertyValue) async throws -> [String?] {
    let answer = try await bench.call("PutRecords", ["StreamName": "s", "Records": records])
    let codes = (answer["Records"]?.listValue ?? []).map { $0["ErrorCode"]?.stringValue }
    #expect(answer["FailedRecordCount"] == .int(Int64(codes.count { $0 != nil })))
    return codes
  }

  @Test func aShardTakesAThousandRecordsASecond() async throws {
    let bench = try await bench()
    for _ in 0..<2 { #expect(try await put(bench, Self.records(500)).allSatisfy { $0 == nil }) }
    let answer = try await bench.call(
      "PutRecords", ["StreamName": "s", "Records": Self.records(1)])
    let refused = try #require(answer["Records"]?.listValue?.first)
    #expect(refused["ErrorCode"] == "ProvisionedThroughputExceededException")
    #expect(
      refused["ErrorMessage"]
        == "Rate exceeded for shard shardId-000000000000 in stream s under account 000000000000.")
    let one: PropertyValue = ["StreamName": "s", "PartitionKey": "k", "Data": "AQ=="]
    let fault = try await bench.failure("PutRecord", one)
    #expect(fault.code == "ProvisionedThroughputExceededException" && fault.status == 400)
    // A tenth of a second brings a tenth of them.
    await bench.clock.advance(milliseconds: 100)
    #expect(try await put(bench, Self.records(150)).count { $0 == nil } == 100)
    // A second that is not used is not kept.
    await bench.clock.advance(milliseconds: 60_000)
    for _ in 0..<2 { #expect(try await put(bench, Self.records(500)).allSatisfy { $0 == nil }) }
    #expect(try await put(bench, Self.records(2)).allSatisfy { $0 != nil })
  }

  @Test func aFullShardKeepsOutItsRecordsOnly() async throws {
    let bench = try await bench(shards: 2)
    let low = Self.records(3, bytes: 500_000, hash: "0").listValue ?? []
    let high = Self.records(1, hash: String(UInt128.max)).listValue ?? []
    let codes = try await put(bench, .list(low + high))
    let full = "ProvisionedThroughputExceededException"
    #expect(codes == [nil, nil, full, nil], "1 MiB a second, each shard for itself")
  }

  @Test func aLongRecordWaitsForAFullSecondAndTakesWhatItNeeds() async throws {
    let bench = try await bench()
    try await bench.call(
      "UpdateMaxRecordSize",
      ["StreamARN": .string(StreamRulesTests.arn), "MaxRecordSizeInKiB": 4096])
    #expect(try await put(bench, Self.records(1, bytes: 3 << 20)) == [nil])
    await bench.clock.advance(milliseconds: 2_000)
    #expect(try await put(bench, Self.records(1)) != [nil], "it has taken three seconds' worth")
    await bench.clock.advance(milliseconds: 1_000)
    #expect(try await put(bench, Self.records(1)) == [nil])
  }

  @Test func aShardIsReadFiveTimesASecond() async throws {
    let bench = try await bench()
    let input: PropertyValue = ["ShardIterator": .string(try await bench.iterator("s"))]
    for _ in 0..<5 { try await bench.call("GetRecords", input) }
    let fault = try await bench.failure("GetRecords", input)
    #expect(fault.code == "ProvisionedThroughputExceededException")
    await bench.clock.advance(milliseconds: 200)
    try await bench.call("GetRecords", input)
  }

  @Test func aLargeReadKeepsTheNextOnesWaiting() async throws {
    let bench = try await bench()
    for _ in 0..<6 {
      #expect(try await put(bench, Self.records(1, bytes: 1 << 20)) == [nil])
      await bench.clock.advance(milliseconds: 1_001)
    }
    let input: PropertyValue = ["ShardIterator": .string(try await bench.iterator("s"))]
    #expect(try await bench.call("GetRecords", input)["Records"]?.listValue?.count == 6)
    await bench.clock.advance(milliseconds: 1_900)
    #expect(
      try await bench.failure("GetRecords", input).code
        == "ProvisionedThroughputExceededException", "6 MiB take three seconds, less the first")
    await bench.clock.advance(milliseconds: 200)
    try await bench.call("GetRecords", input)
  }

  @Test func theHotWaysHoldTheRatesToo() async throws {
    let bench = try await bench()
    for _ in 0..<2 { _ = try await put(bench, Self.records(500)) }
    let put = try await bench.hot(
      "PutRecord", #"{"StreamName":"s","PartitionKey":"k","Data":"AQ=="}"#)
    #expect(throws: ServiceError.self) { try put.get() }
    let iterator = try await bench.iterator("s")
    let read = #"{"ShardIterator":"\#(iterator)"}"#
    for turn in 0..<6 {
      let result = try await bench.hot("GetRecords", read)
      #expect((try? result.get()) != nil ? turn < 5 : turn == 5, "each read counts once")
    }
  }

  @Test func aSubscriptionIsGivenTwoMegabytesASecond() async throws {
    let bench = try await bench()
    for _ in 0..<4 {
      #expect(try await put(bench, Self.records(1, bytes: 1 << 20)) == [nil])
      await bench.clock.advance(milliseconds: 1_001)
    }
    let made = try await bench.call(
      "RegisterStreamConsumer",
      ["StreamARN": .string(StreamRulesTests.arn), "ConsumerName": "app"])
    let output = try await bench.invoke(
      "SubscribeToShard",
      [
        "ConsumerARN": try #require(made["Consumer"]?["ConsumerARN"]),
        "ShardId": "shardId-000000000000", "StartingPosition": ["Type": "TRIM_HORIZON"],
      ])
    let reader = SubscriptionTests.Reader(try #require(output.events))
    let start = bench.clock.now
    for turn in 0..<4 as Range<Int64> {
      if turn > 0 {
        // Due at the earliest when the event before has had its half a second.
        await bench.clock.advance(milliseconds: 501)
      }
      #expect(try await reader.keys(1) == ["k"])
      #expect(bench.clock.now.milliseconds - start.milliseconds == turn * 501)
    }
  }

  @Test func withoutTheSwitchNothingIsHeld() async throws {
    let bench = try KinesisBench()
    try await bench.call("CreateStream", ["StreamName": "s", "ShardCount": 1])
    for _ in 0..<4 { #expect(try await put(bench, Self.records(500)).allSatisfy { $0 == nil }) }
    let input: PropertyValue = ["ShardIterator": .string(try await bench.iterator("s"))]
    for _ in 0..<20 { try await bench.call("GetRecords", input) }
  }
}
