import ArgumentParser
import Effects
import PropertyTree
import StackContracts
import Testing

@testable import Commands

/// `leat shards` as people see it.
@Suite struct ShardsTests {
  /// A stream of two shards, the first of which is split later; the last minutes are uneven.
  private static func fill(_ bench: CommandBench) async throws {
    try await bench.makeStream(shards: 2)
    for number in 0..<10 { try await bench.put("k\(number)", "\(number)") }
    await bench.world.clock.advance(milliseconds: 3_600_000)
    try await bench.kinesis(
      "SplitShard",
      [
        "StreamName": "s", "ShardToSplit": "0",
        "NewStartingHashKey": "42535295865117307932921825928971026432",
      ])
    for _ in 0..<3 {
      try await bench.put("hot", String(repeating: "x", count: 997), hash: "1")
    }
    try await bench.put("cold", "y", hash: "340282366920938463463374607431768211455")
    await bench.world.clock.advance(milliseconds: 65_000)
  }

  static let forms: [(name: String, arguments: [String])] = [
    ("shards", []), ("shards-json", ["--json"]), ("shards-recent", ["--recent", "2h"]),
    ("shards-quiet", ["--recent", "1s"]),
  ]

  @Test(arguments: forms.indices) func aStreamIsShownAsItsGoldenSays(_ index: Int) async throws {
    let form = Self.forms[index]
    try await CommandBench.with { bench in
      try await Self.fill(bench)
      let command = try await ShardsCommand.asyncParse(["s"] + form.arguments)
      try await command.show(over: bench.connection, bench.context(command.common))
      try CommandBench.check(bench.said().out, golden: form.name)
    }
  }

  @Test func anEmptyStreamHasNoHeat() async throws {
    try await CommandBench.with { bench in
      try await bench.makeStream()
      let command = try await ShardsCommand.asyncParse(["s"])
      try await command.show(over: bench.connection, bench.context(command.common))
      #expect(
        bench.said().out == """
          SHARD  STATE  HASH RANGE         SPACE  FROM  RECORDS  BYTES  HEAT  OLDEST
          0      open   00000000-ffffffff  100 %  -     0        0 B    -     -
          1 of 1 shards open; 0 records, 0 B; 0 records in the last 5m.

          """)
    }
  }

  @Test func whatRetentionHasEndedIsNotCounted() async throws {
    try await CommandBench.with { bench in
      try await bench.makeStream()
      try await bench.put("k", "old")
      await bench.world.clock.advance(milliseconds: 24 * 3_600_000 + 1)
      try await bench.put("k", "new")
      let command = try await ShardsCommand.asyncParse(["s", "--json", "--recent", "30d"])
      try await command.show(over: bench.connection, bench.context(command.common))
      let shard = try JSONReader.read(bench.said().out)["shards"]?.listValue?.first
      #expect(shard?["records"] == 1 && shard?["recentRecords"] == 1 && shard?["bytes"] == 4)
      #expect(shard?["oldest"] == "2026-11-22T05:00:00.001Z")
    }
  }

  /// Record size, rate, consumers; the shards, and the limit that decides.
  static let needs: [(size: String, rate: String, consumers: Int, shards: Int, by: String)] = [
    ("2KiB", "5000/s", 1, 10, "bytesIn"), ("100", "5000", 1, 5, "recordsIn"),
    ("1MiB", "1/s", 1, 1, "bytesIn"), ("1MiB", "1.01/s", 1, 2, "bytesIn"),
    ("1", "1", 1, 1, "bytesIn"), ("500", "90000/m", 3, 2, "recordsIn"),
    ("1KiB", "1024/s", 5, 3, "bytesOut"), ("10 MiB", "60/m", 2, 10, "bytesIn"),
    ("1024", "1000", 2, 1, "bytesIn"),
  ]

  @Test(arguments: needs.indices) func theCalculatorTakesTheTightestLimit(_ index: Int)
    async throws
  {
    let row = Self.needs[index]
    let bytes = try #require(ByteCount.parse(row.size))
    let rate = try #require(Rate(row.rate))
    let calculator = ShardCalculator(
      recordBytes: bytes, rate: rate.perSecond, consumers: row.consumers)
    #expect(calculator.shards == row.shards && calculator.decisive.member == row.by)
    #expect(calculator.tree["shards"] == .int(Int64(row.shards)))
    #expect(calculator.tree["decidedBy"] == .string(row.by))
  }

  @Test func theCalculatorsWordsAreAsItsGoldenSays() throws {
    let calculators = [
      ShardCalculator(recordBytes: 2048, rate: 5000, consumers: 1),
      ShardCalculator(recordBytes: 1024, rate: 1024, consumers: 5),
    ]
    try CommandBench.check(
      calculators.map { $0.lines.joined(separator: "\n") + "\n" }.joined(separator: "\n"),
      golden: "shards-calculate")
  }

  /// Arguments, part of the message.
  static let wrong: [(arguments: [String], message: String)] = [
    ([], "name a stream, or give --calculate"), (["s", "--rate", "1/s"], "belong to --calculate"),
    (["s", "--recent", "soon"], "--recent does not take `soon`"),
    (["--calculate", "--rate", "1/s"], "needs --record-size and --rate"),
    (["s", "--calculate", "--rate", "1/s", "--record-size", "1"], "leave `s` out"),
    (["--calculate", "--rate", "1/s", "--record-size", "11MiB"], "1 byte to 10 MiB"),
    (["--calculate", "--rate", "-1", "--record-size", "1"], "--rate"),
    (["--calculate", "--rate", "1", "--record-size", "1", "--consumers", "0"], "1 and more"),
  ]

  @Test(arguments: wrong.indices) func aWrongCommandLineSaysWhy(_ index: Int) async {
    let row = Self.wrong[index]
    do {
      _ = try await ShardsCommand.asyncParse(row.arguments)
      Issue.record("\(row.arguments) was taken")
    } catch {
      #expect(ShardsCommand.message(for: error).contains(row.message))
      #expect(ShardsCommand.exitCode(for: error).rawValue == 64)
    }
  }

  static let bytes: [(text: String, count: Int?)] = [
    ("500", 500), ("2KiB", 2048), ("2k", 2048), ("2kb", 2000), ("1.5 MiB", 1_572_864),
    ("1MB", 1_000_000), ("0", nil), ("KiB", nil), ("5 GiB", nil), ("x", nil), ("", nil),
  ]

  @Test(arguments: bytes.indices) func sizesAreReadAsPeopleWriteThem(_ index: Int) {
    #expect(ByteCount.parse(Self.bytes[index].text) == Self.bytes[index].count)
  }

  @Test func amountsAreWrittenShort() {
    let counts: [(Double, String)] = [
      (0, "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (1536, "1.5 KiB"), (10_240_000, "9.8 MiB"),
      (5e12, "4.5 TiB"),
    ]
    for (count, text) in counts { #expect(ByteCount.text(count) == text) }
    let spans: [(Int64, String)] = [
      (0, "0s"), (999, "0s"), (59_000, "59s"), (301_000, "5m 1s"), (7_200_000, "2h"),
      (7_201_000, "2h"), (273_600_000, "3d 4h"), (-5, "0s"),
    ]
    for (span, text) in spans { #expect(Span.text(milliseconds: span) == text) }
  }
}
