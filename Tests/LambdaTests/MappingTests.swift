import AWSModel
import PropertyTree
import ServiceKit
import ServiceTesting
import Testing

@Suite struct MappingTests {
  private func numbers(_ range: Range<Int>) -> [String] { range.map { "\($0)" } }

  @Test func recordsArriveAsLambdaSaysThem() async throws {
    let fixture = try await MappingFixture()
    try await fixture.map()
    try await fixture.put(["a \"key\"|{\"x\":1}", "k|y"])
    let event = try #require(fixture.function.events.first)
    let record = try #require(event["Records"]?.listValue?.first)
    #expect(fixture.function.batches == [["{\"x\":1}", "y"]])
    #expect(record["kinesis"]?["partitionKey"] == "a \"key\"")
    #expect(record["kinesis"]?["kinesisSchemaVersion"] == "1.0")
    #expect(record["kinesis"]?["approximateArrivalTimestamp"] == .double(1_795_237_200))
    let number = try #require(record["kinesis"]?["sequenceNumber"]?.stringValue)
    #expect(record["eventID"] == .string("shardId-000000000000:\(number)"))
    #expect(record["eventName"] == "aws:kinesis:record")
    #expect(record["eventSource"] == "aws:kinesis")
    #expect(record["eventVersion"] == "1.0")
    #expect(record["awsRegion"] == "us-east-1")
    #expect(record["eventSourceARN"] == .string(MappingFixture.stream))
    #expect(record["invokeIdentityArn"] == "arn:aws:iam::000000000000:role/function")
    try await fixture.end()
  }

  @Test func batchesAreAsLargeAsAsked() async throws {
    let fixture = try await MappingFixture()
    try await fixture.put(numbers(0..<7))
    try await fixture.map(["BatchSize": 3])
    #expect(fixture.function.batches == [["0", "1", "2"], ["3", "4", "5"], ["6"]])
    try await fixture.end()
  }

  @Test func aWindowGathersUntilItIsOver() async throws {
    let fixture = try await MappingFixture()
    try await fixture.map(["MaximumBatchingWindowInSeconds": 10, "BatchSize": 4])
    try await fixture.put(["a"])
    await fixture.advance(5)
    try await fixture.put(["b"])
    #expect(fixture.function.batches.isEmpty)
    await fixture.advance(5)
    #expect(fixture.function.batches == [["a", "b"]])
    // A full batch does not wait.
    try await fixture.put(numbers(0..<5))
    #expect(fixture.function.batches.dropFirst() == [["0", "1", "2", "3"]])
    await fixture.advance(10)
    #expect(fixture.function.batches.last == ["4"])
    try await fixture.end()
  }

  @Test func latestBeginsWithWhatComes() async throws {
    let fixture = try await MappingFixture()
    try await fixture.put(["old"])
    try await fixture.map(["StartingPosition": "LATEST"])
    try await fixture.put(["new"])
    #expect(fixture.function.all == ["new"])
    try await fixture.end()
  }

  @Test func aTimestampBeginsInBetween() async throws {
    let fixture = try await MappingFixture()
    try await fixture.put(["old"])
    await fixture.advance(10)
    let moment = fixture.world.clock.now.epochSeconds
    try await fixture.put(["new"])
    try await fixture.map([
      "StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": .double(moment),
    ])
    #expect(fixture.function.all == ["new"])
    try await fixture.end()
  }

  @Test func aPositionOutlivesTheProcess() async throws {
    let fixture = try await MappingFixture()
    try await fixture.map()
    try await fixture.put(["a"])
    try await fixture.kill()
    try await fixture.put(["b"])
    #expect(fixture.function.all == ["a", "b"])
    try await fixture.end()
  }

  @Test func disablingKeepsThePositionAndDeletionForgetsIt() async throws {
    let fixture = try await MappingFixture()
    let uuid = try await fixture.map()
    try await fixture.put(["a"])
    try await fixture.update(uuid, ["Enabled": false])
    #expect(try await fixture.mapping(uuid)["State"] == "Disabled")
    try await fixture.put(["b"])
    #expect(fixture.function.all == ["a"])
    try await fixture.update(uuid, ["Enabled": true])
    #expect(try await fixture.mapping(uuid)["State"] == "Enabled")
    #expect(fixture.function.all == ["a", "b"])
    try await fixture.call("lambda", "DeleteEventSourceMapping", ["UUID": .string(uuid)])
    try await fixture.put(["c"])
    #expect(fixture.function.all == ["a", "b"])
    try await fixture.map()
    #expect(fixture.function.all == ["a", "b", "a", "b", "c"])
    try await fixture.end()
  }

  @Test func onlyWhatAFilterWantsIsHandedOver() async throws {
    let fixture = try await MappingFixture()
    try await fixture.map([
      "FilterCriteria": [
        "Filters": [
          ["Pattern": #"{"data":{"kind":["a"]},"partitionKey":["k"]}"#],
          ["Pattern": #"{"data":["plain"]}"#],
        ]
      ]
    ])
    try await fixture.put([
      #"k|{"kind":"a","n":1}"#, #"k|{"kind":"b"}"#, #"other|{"kind":"a"}"#, "k|plain", "k|text",
      #"k|{"kind":"a","n":2}"#,
    ])
    #expect(
      fixture.function.batches == [[#"{"kind":"a","n":1}"#, "plain", #"{"kind":"a","n":2}"#]])
    try await fixture.end()
  }

  @Test func keysKeepTheirOrderInParallel() async throws {
    let fixture = try await MappingFixture()
    let uuid = try await fixture.map(["ParallelizationFactor": 4, "BatchSize": 2])
    let records = (0..<40).map { "k\($0 % 7)|\($0)" }
    try await fixture.put(Array(records[..<20]))
    // Other numbers of lanes keep the place of every key.
    try await fixture.update(uuid, ["ParallelizationFactor": 3])
    try await fixture.put(Array(records[20..<30]))
    try await fixture.kill()
    try await fixture.update(uuid, ["ParallelizationFactor": 1])
    try await fixture.put(Array(records[30...]))
    let all = fixture.function.all.compactMap(Int.init)
    #expect(all.sorted() == Array(0..<40))
    for key in 0..<7 {
      let some = all.filter { $0 % 7 == key }
      #expect(some == some.sorted())
    }
    try await fixture.end()
  }

  @Test func aLaneThatFailsHoldsUpItsOwnKeysAlone() async throws {
    let fixture = try await MappingFixture()
    let uuid = try await fixture.map(["ParallelizationFactor": 10, "BatchSize": 10])
    fixture.function.become { event, _ in
      if ScriptedFunction.data(event).contains("bad") { throw ScriptedFunction.Failed() }
      return .null
    }
    try await fixture.put(["a|bad"] + (0..<30).map { "k\($0)|\($0)" })
    fixture.function.become { _, _ in .null }
    let before = fixture.function.all.filter { $0 != "bad" }
    #expect(before.count > 15)
    // The slow lane's place does not bring the others' records again.
    try await fixture.update(uuid, ["ParallelizationFactor": 2])
    await fixture.advance(120)
    let done = fixture.function.all.filter { $0 != "bad" }
    #expect(Set(done).count == 30)
    try await fixture.end()
  }

  @Test func childrenFollowTheirParents() async throws {
    let fixture = try await MappingFixture()
    try await fixture.map(["BatchSize": 1])
    fixture.function.become { _, call in
      if call < 4 { throw ScriptedFunction.Failed() }
      return .null
    }
    try await fixture.put(["a"])
    try await fixture.call(
      "kinesis", "SplitShard",
      [
        "StreamName": "source", "ShardToSplit": "shardId-000000000000",
        "NewStartingHashKey": "170141183460469231731687303715884105728",
      ])
    try await fixture.put(["b", "c"])
    #expect(Set(fixture.function.all) == ["a"])
    await fixture.advance(60)
    #expect(fixture.function.all.suffix(3) == ["a", "b", "c"])
    try await fixture.call(
      "kinesis", "MergeShards",
      [
        "StreamName": "source", "ShardToMerge": "shardId-000000000001",
        "AdjacentShardToMerge": "shardId-000000000002",
      ])
    try await fixture.put(["d"])
    #expect(fixture.function.all.last == "d")
    try await fixture.kill()
    try await fixture.put(["e"])
    #expect(fixture.function.all.suffix(2) == ["d", "e"])
    try await fixture.end()
  }

  @Test func tumblingWindowsHandTheirStateOn() async throws {
    let fixture = try await MappingFixture()
    try await fixture.map(["TumblingWindowInSeconds": 60])
    fixture.function.become { event, _ in
      let count = event["state"]?["count"]?.integerValue ?? 0
      return [
        "state": ["count": .int(count + Int64(ScriptedFunction.data(event).count))]
      ]
    }
    try await fixture.put(["a", "b"])
    await fixture.advance(30)
    // The state is on disk.
    try await fixture.kill()
    try await fixture.put(["c"])
    await fixture.advance(31)
    try await fixture.put(["d"])
    let events = fixture.function.events
    #expect(fixture.function.batches == [["a", "b"], ["c"], [], ["d"]])
    #expect(events.map { $0["state"] } == [[:], ["count": 2], ["count": 3], [:]])
    #expect(events.map { $0["isFinalInvokeForWindow"] } == [false, false, true, false])
    #expect(events.map { $0["isWindowTerminatedEarly"] } == [false, false, false, false])
    #expect(
      events[0]["window"] == ["start": "2026-11-21T05:00:00Z", "end": "2026-11-21T05:01:00Z"])
    #expect(events[0]["shardId"] == "shardId-000000000000")
    #expect(events[0]["eventSourceARN"] == .string(MappingFixture.stream))
    try await fixture.end()
  }

  @Test func aStateThatIsTooLargeEndsItsWindow() async throws {
    let fixture = try await MappingFixture()
    try await fixture.map(["TumblingWindowInSeconds": 60])
    fixture.function.become { _, _ in ["state": .string(String(repeating: "x", count: 1 << 20))] }
    try await fixture.put(["a"])
    #expect(fixture.function.events.map { $0["isWindowTerminatedEarly"] } == [false, true])
    #expect(fixture.function.events.map { $0["isFinalInvokeForWindow"] } == [false, true])
    try await fixture.end()
  }

  @Test func aStreamOfTheSameNameIsAnother() async throws {
    let fixture = try await MappingFixture()
    let uuid = try await fixture.map()
    try await fixture.put(["a", "b"])
    try await fixture.call("kinesis", "DeleteStream", ["StreamName": "source"])
    await fixture.settle()
    let result = try await fixture.mapping(uuid)["LastProcessingResult"]?.stringValue
    #expect(result?.hasPrefix("PROBLEM: ") == true)
    try await fixture.call("kinesis", "CreateStream", ["StreamName": "source", "ShardCount": 1])
    try await fixture.put(["c"])
    await fixture.advance(30)
    #expect(fixture.function.all == ["a", "b", "c"])
    try await fixture.end()
  }

  @Test func aConsumerReadsItsStream() async throws {
    let fixture = try await MappingFixture()
    let made = try await fixture.call(
      "kinesis", "RegisterStreamConsumer",
      ["StreamARN": .string(MappingFixture.stream), "ConsumerName": "reader"])
    let arn = made["Consumer"]?["ConsumerARN"] ?? .null
    try await fixture.map(["EventSourceArn": arn])
    try await fixture.put(["a"])
    #expect(fixture.function.all == ["a"])
    #expect(
      fixture.function.events.first?["Records"]?.listValue?.first?["eventSourceARN"] == arn)
    try await fixture.end()
  }
}
