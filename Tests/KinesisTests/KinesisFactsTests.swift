import AWSModel
import Effects
import PropertyTree
import ServiceKit
import Testing

@testable import Kinesis

/// Facts of Kinesis that emulators get wrong, one test each.
@Suite struct KinesisFactsTests {
  private func bench(shards: Int64) async throws -> KinesisBench {
    let bench = try KinesisBench()
    try await bench.call("CreateStream", ["StreamName": "s", "ShardCount": .int(shards)])
    return bench
  }

  @Test(arguments: [
    ("0", "shardId-000000000000"),
    ("170141183460469231731687303715884105727", "shardId-000000000000"),
    ("170141183460469231731687303715884105728", "shardId-000000000001"),
    ("340282366920938463463374607431768211455", "shardId-000000000001"),
  ])
  func anExplicitHashKeyOverridesThePartitionKeyUpToTheLastShardsEnd(
    _ hash: String, _ shard: String
  ) async throws {
    let bench = try await bench(shards: 2)
    for key in ["a", "b", "c"] {
      let text =
        #"{"StreamName":"s","PartitionKey":"\#(key)","Data":"AQ==","ExplicitHashKey":"\#(hash)"}"#
      #expect(try await bench.hot("PutRecord", text).get()["ShardId"] == .string(shard))
      let thorough = try await bench.call("PutRecord", try JSONReader.read(text))
      #expect(thorough["ShardId"] == .string(shard))
    }
  }

  @Test func sequenceNumbersHave56DigitsAndGrowWithinAShard() async throws {
    let bench = try await bench(shards: 1)
    var numbers: [String] = []
    for key in 0..<20 {
      numbers.append(try await bench.put("s", "k\(key)"))
      if key % 5 == 0 { await bench.clock.advance(milliseconds: 1_500) }
    }
    #expect(numbers.allSatisfy { $0.utf8.count == 56 && $0.allSatisfy(\.isNumber) })
    #expect(numbers == numbers.sorted() && Set(numbers).count == 20)
  }

  @Test func aMalformedRecordFailsTheWholeCall() async throws {
    let bench = try await bench(shards: 1)
    for bad in [
      ["PartitionKey": "", "Data": "AQ=="], ["PartitionKey": "k", "Data": "?"],
      ["PartitionKey": "k", "Data": "AQ==", "ExplicitHashKey": "no"], ["Data": "AQ=="],
      [
        "PartitionKey": "k", "Data": "AQ==",
        "ExplicitHashKey": "340282366920938463463374607431768211456",
      ],
    ] as [PropertyValue] {
      let good: PropertyValue = ["PartitionKey": "k", "Data": "AQ=="]
      let fault = try await bench.failure(
        "PutRecords", ["StreamName": "s", "Records": [good, bad, good]])
      #expect(fault.status == 400, "\(JSONWriter.compact(bad))")
    }
    #expect(try await bench.keys(try await bench.iterator("s")).isEmpty, "none was taken")
  }

  @Test func oneAnswerHoldsTenThousandRecordsAtMost() async throws {
    let bench = try await bench(shards: 1)
    let records = PropertyValue.list(
      Array(repeating: ["PartitionKey": "k", "Data": "AQ=="], count: 500))
    for _ in 0..<21 {
      try await bench.call("PutRecords", ["StreamName": "s", "Records": records])
    }
    let first = try await bench.call(
      "GetRecords", ["ShardIterator": .string(try await bench.iterator("s"))])
    #expect(first["Records"]?.listValue?.count == 10_000)
    let next = try #require(first["NextShardIterator"]?.stringValue)
    #expect(try await bench.keys(next).count == 500)
  }

  @Test func oneAnswerHoldsTenMebibytesAtMost() async throws {
    let bench = try await bench(shards: 1)
    let data = Base64.encode([UInt8](repeating: 7, count: 1 << 20 - 1))
    for key in 0..<11 { try await bench.put("s", String(key % 10), data) }
    let first = try await bench.call(
      "GetRecords", ["ShardIterator": .string(try await bench.iterator("s"))])
    #expect(first["Records"]?.listValue?.count == 10, "10 MiB to the byte, keys counted")
  }
}
