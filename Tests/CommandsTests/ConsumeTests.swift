import Archives
import ArgumentParser
import Crypto
import Effects
import Foundation
import PropertyTree
import StackContracts
import Testing

@testable import Commands

/// `leat consume` as people see it: what stands on standard output and error.
@Suite struct ConsumeTests {
  /// An aggregate of the Kinesis Producer Library: mark, message, checksum.
  private static func aggregate(_ records: [(key: String, data: String)]) -> [UInt8] {
    var message: [UInt8] = []
    for (key, _) in records { message += [0x0A, UInt8(key.utf8.count)] + Array(key.utf8) }
    for (index, record) in records.enumerated() {
      let data = Array(record.data.utf8)
      let body = [0x08, UInt8(index), 0x1A, UInt8(data.count)] + data
      message += [0x1A, UInt8(body.count)] + body
    }
    return [0xF3, 0x89, 0x9A, 0xC2] + message + Array(Insecure.MD5.hash(data: message))
  }

  private static func fill(_ bench: CommandBench) async throws {
    try await bench.makeStream()
    try await bench.put("user-1", #"{"n": 1, "big": 12345678901234567890, "x": 1.0}"#)
    await bench.world.clock.advance(milliseconds: 1500)
    try await bench.put("user-2", "plain text\nof two lines\u{1B}[31m")
    try await bench.put("user-1", [0, 0xFF, 0x80])
    await bench.world.clock.advance(milliseconds: 60_000)
    try await bench.put("outer", aggregate([("user-1", #"{"n":2}"#), ("user-3", "three")]))
    try await bench.put("logs", Gzip.compress(Array(#"{ "packed" : [1, 2] }"#.utf8)))
    try await bench.put("broken", Gzip.compress(Array("cut".utf8)).dropLast())
  }

  static let forms: [(name: String, arguments: [String])] = [
    ("table", []), ("json", ["--format", "json"]), ("raw", ["--format", "raw"]),
    ("as-stored", ["--as-stored", "--json"]), ("key", ["--key", "user-1", "--key", "user-3"]),
    ("filter", ["--filter", #"(.n? // 0) == 1 or $record.partitionKey == "user-3" # both"#]),
    ("filter-faults", ["--filter", ".n > 1"]),
    ("count", ["--count", "4", "--format", "raw"]),
  ]

  @Test(arguments: forms.indices) func aStreamIsPrintedAsItsGoldenSays(_ index: Int) async throws {
    let form = Self.forms[index]
    try await CommandBench.with { bench in
      try await Self.fill(bench)
      let command = try await ConsumeCommand.asyncParse(["s"] + form.arguments)
      try await command.consume(
        over: bench.connection, bench.context(command.common), Interruption())
      let said = bench.said()
      try CommandBench.check(
        said.out + "--- standard error\n" + said.error, golden: "consume-\(form.name)")
    }
  }

  @Test func aTerminalGetsOneLineARecord() async throws {
    try await CommandBench.with { bench in
      try await bench.makeStream()
      try await bench.put("k", String(repeating: "long ", count: 50))
      let narrow = try await bench.consume("s", isInteractive: true, width: 72).out
      #expect(narrow.split(separator: "\n").allSatisfy { $0.count <= 72 })
      #expect(narrow.contains("long long") && narrow.contains("…"))
      #expect(try await bench.consume("s").out.contains(String(repeating: "long ", count: 50)))
    }
  }

  /// `--from`, the numbers of the records that are shown.
  static let starts: [(from: String, numbers: String)] = [
    ("oldest", "1234"), ("-10m", "234"), ("-9m59s", "34"), ("-5m", "34"), ("-0s", "4"),
    ("-1d", "1234"), ("2026-11-21T05:20:00Z", "234"), ("2026-11-21T05:20:00.001Z", "34"),
    ("2026-11-21 06:20:00+01:00", "234"), ("2026-11-21", "1234"), ("1795238700", "34"),
  ]

  @Test(arguments: starts) func readingBeginsWhereItIsTold(_ row: (from: String, numbers: String))
    async throws
  {
    try await CommandBench.with { bench in
      try await bench.makeStream()
      for (number, minutes) in [(1, 20), (2, 5), (3, 5), (4, 0)] {
        try await bench.put("k", "\(number)")
        await bench.world.clock.advance(milliseconds: Int64(minutes) * 60_000)
      }
      let said = try await bench.consume("s", "--from", row.from, "--format", "raw")
      #expect(said.out.filter { $0 != "\n" } == row.numbers)
    }
  }

  @Test func readingGoesOnBehindARecord() async throws {
    try await CommandBench.with { bench in
      try await bench.makeStream()
      for number in 1...5 { try await bench.put("k", "\(number)") }
      let first = try await bench.consume("s", "--count", "2", "--format", "raw")
      #expect(first.out == "1\n2\n")
      // The advice is the rest of a command line.
      let words = first.error.split(separator: "\n").last?.split(separator: " ").map(String.init)
      let advice = try #require(words?.drop { $0 != "--shard" })
      let command = try await ConsumeCommand.asyncParse(["s", "--format", "raw"] + advice)
      try await command.consume(
        over: bench.connection, bench.context(command.common), Interruption())
      let rest = bench.said()
      #expect(
        rest.out == "3\n4\n5\n" && rest.error == "3 records, from 1 shard; nothing is left.\n")
    }
  }

  @Test func childrenAreReadAfterTheirParents() async throws {
    try await CommandBench.with { bench in
      try await bench.makeStream()
      let middle = "170141183460469231731687303715884105728"
      var sent: [String] = []
      func put(_ count: Int) async throws {
        for number in 0..<count {
          sent.append("\(sent.count)")
          try await bench.put("k\(number % 7)", "k\(number % 7) \(sent.count)")
        }
      }
      try await put(20)
      try await bench.kinesis(
        "SplitShard",
        [
          "StreamName": "s", "ShardToSplit": "shardId-000000000000",
          "NewStartingHashKey": .string(middle),
        ])
      try await put(30)
      try await bench.kinesis(
        "MergeShards",
        [
          "StreamName": "s", "ShardToMerge": "shardId-000000000001",
          "AdjacentShardToMerge": "shardId-000000000002",
        ])
      try await put(20)
      let said = try await bench.consume("s", "--format", "raw")
      let lines = said.out.split(separator: "\n").map(String.init)
      #expect(lines.count == 70 && said.error == "70 records, from 4 shards; nothing is left.\n")
      for key in 0..<7 {
        let numbers = lines.filter { $0.hasPrefix("k\(key) ") }.compactMap { Int($0.dropFirst(3)) }
        #expect(numbers == numbers.sorted() && numbers.count >= 8)
      }
      // A shard by its number, or by its id: without its children.
      for shard in ["3", "shardId-000000000003"] {
        let one = try await bench.consume("s", "--shard", shard, "--format", "raw")
        #expect(one.out.split(separator: "\n").map(String.init) == Array(lines.suffix(20)))
      }
      let two = try await bench.consume("s", "--shard", "1", "--shard", "2", "--json")
      #expect(two.out.count { $0 == "\n" } == 30)
    }
  }

  @Test func followingSeesWhatComesAndTheShardsThatAreMade() async throws {
    try await CommandBench.with { bench in
      try await bench.makeStream()
      try await bench.put("k", "before")
      let clock = TurnClock(bench.world.clock)
      let interruption = Interruption()
      let command = try await ConsumeCommand.asyncParse(
        ["s", "--from", "latest", "--follow", "--format", "raw"])
      var context = bench.context(command.common)
      context.effects.clock = clock
      async let end: Void = clock.ending { [context] in
        try await command.consume(over: bench.connection, context, interruption)
      }
      var turns = clock.turns.makeAsyncIterator()
      // At the moment at which it began, but later.
      var goOn = try #require(await turns.next())
      try await bench.put("k", "one")
      await goOn()
      goOn = try #require(await turns.next())
      #expect(bench.said().out == "one\n")
      // Longer than an iterator lives.
      await bench.world.clock.advance(milliseconds: 400_000)
      try await bench.put("k", "two")
      try await bench.kinesis(
        "SplitShard",
        [
          "StreamName": "s", "ShardToSplit": "0",
          "NewStartingHashKey": "170141183460469231731687303715884105728",
        ])
      try await bench.put("k", "three", hash: "1")
      try await bench.put("k", "four", hash: "340282366920938463463374607431768211455")
      await goOn()
      goOn = try #require(await turns.next())
      #expect(bench.said().out == "two\nthree\nfour\n")
      interruption.ask()
      await goOn()
      try await end
      let said = bench.said()
      #expect(said.out == "" && said.error.hasPrefix("4 records, from 3 shards; stopped"))
      #expect(said.error.components(separatedBy: "go on with").count == 4)
    }
  }

  @Test func mistakesAreExplained() async throws {
    try await CommandBench.with { bench in
      try await bench.makeStream("orders")
      try await bench.makeStream("payments", shards: 2)
      let cases: [(arguments: [String], message: String, hint: String)] = [
        (["ordres"], "there is no stream `ordres`", "did you mean `orders`?"),
        (["zzzzzzzz"], "there is no stream `zzzzzzzz`", "there are: orders, payments"),
        (
          ["payments", "--shard", "7"], "the stream has no shard `7`", "it has: 0, 1"
        ),
        (
          ["payments", "--shard", "shardId-00000000001"],
          "the stream has no shard `shardId-00000000001`", "did you mean `shardId-000000000001`?"
        ),
        (
          ["orders", "--from", "2030-01-01"],
          "--from 2030-01-01 is later than now, 2026-11-21T05:00:00.000Z",
          "--from latest --follow waits for what comes"
        ),
      ]
      for (arguments, message, hint) in cases {
        let command = try await ConsumeCommand.asyncParse(arguments)
        let failure = await #expect(throws: StackFailure.self) {
          try await command.consume(
            over: bench.connection, bench.context(command.common), Interruption())
        }
        #expect(failure?.message == message && failure?.hint == hint)
      }
    }
  }

  /// Arguments, part of the message.
  static let wrong: [(arguments: [String], message: String)] = [
    ([], "Missing expected argument '<stream>'"),
    (["s", "--from", "yesterday"], "--from does not take `yesterday`, but oldest, latest"),
    (["s", "--from", "2026-02-30"], "--from does not take"),
    (["s", "--from", "2026-11-21T25:00"], "--from does not take"),
    (["s", "--from", "latest"], "add --follow"),
    (["s", "--from", String(repeating: "4", count: 56)], "add --shard"),
    (["s", "--filter", ".a ="], "--filter is no jq expression: syntax error"),
    (["s", "--filter", "nothing(1)"], "nothing/1 is not defined"),
    (["s", "--count", "0"], "--count is at least 1"),
    (["s", "--format", "xml"], "'xml'"), (["s", "--json", "--format", "raw"], "--format json"),
  ]

  @Test(arguments: wrong.indices) func aWrongCommandLineSaysWhy(_ index: Int) async {
    let row = Self.wrong[index]
    do {
      _ = try await ConsumeCommand.asyncParse(row.arguments)
      Issue.record("\(row.arguments) was taken")
    } catch {
      #expect(ConsumeCommand.message(for: error).contains(row.message))
      #expect(ConsumeCommand.exitCode(for: error).rawValue == 64)
    }
  }
}
