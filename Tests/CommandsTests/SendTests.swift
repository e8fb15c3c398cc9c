import ArgumentParser
import Effects
import PropertyTree
import StackContracts
import Synchronization
import Testing

@testable import Commands

/// `leat send` as people see it, and what arrives.
@Suite struct SendTests {
  /// Runs `leat send s …`; the records then in the stream, with their keys.
  private func sent(
    _ bench: CommandBench, _ arguments: String..., file: (name: String, text: String)? = nil
  ) async throws -> [(key: String, data: String)] {
    var arguments = ["s"] + arguments
    if let file {
      try bench.world.effects.files.writeAtomically(Array(file.text.utf8), to: file.name)
      arguments += ["--file", file.name]
    }
    let command = try await SendCommand.asyncParse(arguments)
    try await command.send(bench.context(command.common), Interruption()) {
      try await $0(bench.connection)
    }
    _ = bench.said()
    let shown = try await bench.consume("s", "--as-stored", "--json").out
    return try shown.split(separator: "\n").map { line in
      let record = try JSONReader.read(String(line))
      let data = record["data"] ?? .null
      return (
        record["partitionKey"]?.stringValue ?? "",
        record["encoding"] == "json" ? JSONWriter.compact(data) : data.stringValue ?? ""
      )
    }
  }

  /// File's name, its text, further arguments, the records.
  static let files: [(name: String, text: String, arguments: [String], records: [String])] = [
    ("/a.jsonl", "{\"n\":1}\n\n{\"n\":2}\r\n[3]\n", [], [#"{"n":1}"#, #"{"n":2}"#, "[3]"]),
    (
      "/a.json", "[{\"n\": 1},\n {\"s\": \"a, [b]\"}, 7, \"x\"]", [],
      [#"{"n":1}"#, #"{"s":"a, [b]"}"#, "7", #""x""#]
    ),
    ("/a.json", "{\n  \"n\": 1\n}\n", [], [#"{"n":1}"#]),
    ("/a.json", "{\"n\":1}\n{\"n\":2}\n", [], [#"{"n":1}"#, #"{"n":2}"#]),
    ("/a.jsonl", "[1,2]", [], ["[1,2]"]), ("/a.jsonl", "[1,2]", ["--format", "json"], ["1", "2"]),
    (
      "/a.csv", "id,name\r\n1,\"Ann, B.\"\r\n2,\"say \"\"hi\"\"\nyou\"\r\n", [],
      [#"{"id":"1","name":"Ann, B."}"#, #"{"id":"2","name":"say \"hi\"\nyou"}"#]
    ),
    ("/a.CSV", "\u{FEFF}id,é\n007,\n", [], [#"{"id":"007","é":""}"#]),
    ("/a.tsv", "id\tname\n1\ta,b\n", [], [#"{"id":"1","name":"a,b"}"#]),
    ("/a.txt", "id,name\n1,a\n", ["--format", "csv"], [#"{"id":"1","name":"a"}"#]),
    ("/a.txt", "one\u{2028}line\n", [], ["one\u{2028}line"]),
    ("/a.txt", "x\ny\n", ["--count", "3"], ["x", "y", "x"]),
  ]

  @Test(arguments: files.indices) func aFileIsSentInItsForm(_ index: Int) async throws {
    let row = Self.files[index]
    try await CommandBench.with { bench in
      try await bench.makeStream()
      var command = ["s", "--file", row.name]
      command += row.arguments
      try bench.world.effects.files.writeAtomically(Array(row.text.utf8), to: row.name)
      let parsed = try await SendCommand.asyncParse(command)
      try await parsed.send(bench.context(parsed.common), Interruption()) {
        try await $0(bench.connection)
      }
      let count = row.records.count
      #expect(
        bench.said().out.hasPrefix("Sent \(count) record\(count == 1 ? "" : "s") to the stream s."))
      #expect(
        try await bench.consume("s", "--format", "raw").out
          == row.records.map { $0 + "\n" }.joined())
    }
  }

  @Test func aFieldIsThePartitionKey() async throws {
    let rows: [(name: String, text: String, field: String, keys: [String])] = [
      (
        "/a.jsonl", #"{"user":{"id":"a"}}"# + "\n" + #"{"user":{"id":42}}"#, "user.id", ["a", "42"]
      ),
      ("/a.jsonl", #"{"a.b":true,"a":{"b":1}}"#, "a.b", ["true"]),
      ("/a.csv", "id,name\n007,x\n", "id", ["007"]),
    ]
    for row in rows {
      try await CommandBench.with { bench in
        try await bench.makeStream()
        let records = try await sent(
          bench, "--key-field", row.field, file: (row.name, row.text))
        #expect(records.map(\.key) == row.keys)
      }
    }
  }

  /// File's name, its text, arguments, message, hint.
  static let mistakes:
    [(name: String, text: String, arguments: [String], message: String, hint: String?)] = [
      (
        "/a.jsonl", "{\"id\":1}\n{\"ID\":2}", ["--key-field", "id"],
        "record 2 has no field `id`", "did you mean `ID`?"
      ),
      (
        "/a.jsonl", "{\"id\":1}\n{\"other\":2}", ["--key-field", "id"],
        "record 2 has no field `id`", "it has: other"
      ),
      (
        "/a.jsonl", "{\"id\":1}\nplain", ["--key-field", "id"],
        "record 2 is no JSON, so that it has no field `id`", nil
      ),
      (
        "/a.jsonl", "{\"id\":null}", ["--key-field", "id"], "the field `id` of record 1 is null",
        "a partition key is made of text, of a whole number below 2^63, or of true and false"
      ),
      (
        "/a.jsonl", "{\"id\":18446744073709551616}", ["--key-field", "id"],
        "the field `id` of record 1 is the number 1.8446744073709552e+19",
        "a partition key is made of text, of a whole number below 2^63, or of true and false"
      ),
      (
        "/a.jsonl", "{\"id\":\"\"}", ["--key-field", "id"],
        "the field `id` of record 1 has 0 characters", "a partition key has 1 to 256"
      ),
      ("/a.csv", "a,b\n1,2\n\n3\n", [], "/a.csv:4: 1 field, and the header has 2", nil),
      ("/a.csv", "a,a\n1,2\n", [], "/a.csv:1: two columns are called `a`", nil),
      ("/a.csv", "a,b\n1,\"2\n3,4\n", [], "/a.csv:2: a quotation mark that is never closed", nil),
      ("/a.csv", "a,b\n1,\"2\"x\n", [], "/a.csv:2: text behind a closing quotation mark", nil),
      ("/a.csv", "a,b\n", [], "/a.csv holds no records", nil),
      ("/a.json", "[]", [], "/a.json holds no records", nil),
      (
        "/a.txt", "[1,\n2", ["--format", "json"], "/a.txt:2: the JSON text ends early",
        "a document on each line is --format lines"
      ),
    ]

  @Test(arguments: mistakes.indices) func nothingIsSentOfAFileWithAMistake(_ index: Int)
    async throws
  {
    let row = Self.mistakes[index]
    try await CommandBench.with { bench in
      try await bench.makeStream()
      let failure = await #expect(throws: StackFailure.self) {
        _ = try await sent(
          bench, row.arguments.first ?? "--count", row.arguments.last ?? "9",
          file: (row.name, row.text))
      }
      #expect(failure?.message == row.message && failure?.hint == row.hint)
      #expect(try await bench.consume("s").error == "0 records, from 1 shard; nothing is left.\n")
    }
  }

  @Test func aNameThatIsNoneSuggestsOne() async throws {
    try await CommandBench.with { bench in
      try await bench.makeStream("orders")
      let command = try await SendCommand.asyncParse(["order", "--pattern", "x", "--count", "1"])
      let failure = await #expect(throws: StackFailure.self) {
        try await command.send(bench.context(command.common), Interruption()) {
          try await $0(bench.connection)
        }
      }
      #expect(failure?.hint == "did you mean `orders`?")
    }
  }

  @Test func aRateIsKeptByTheClockAndABarIsForATerminal() async throws {
    try await CommandBench.with { bench in
      try await bench.makeStream()
      let clock = TurnClock(bench.world.clock)
      let command = try await SendCommand.asyncParse(
        ["s", "--pattern", "{n}", "--count", "4", "--rate", "120/m"])
      var context = bench.context(command.common, isInteractive: true)
      context.terminal.redraws = true
      context.effects.clock = clock
      async let end: Void = clock.ending { [context] in
        try await command.send(context, Interruption()) { try await $0(bench.connection) }
      }
      for await goOn in clock.turns {
        await bench.world.clock.advance(milliseconds: 500)
        await goOn()
      }
      try await end
      let said = bench.said().out
      #expect(said.contains("░ 3/4  3/s  0s left"))
      #expect(said.contains("\r\u{1B}[2KSent 4 records to the stream s.\n"))
      let arrivals = try await bench.consume("s", "--json").out.split(separator: "\n").map {
        try JSONReader.read(String($0))["arrival"]?.stringValue?.suffix(7)
      }
      #expect(arrivals == ["00.000Z", "00.500Z", "01.000Z", "01.500Z"])
    }
  }

  @Test func anInterruptionSaysHowManyWereSent() async throws {
    try await CommandBench.with { bench in
      try await bench.makeStream()
      let clock = TurnClock(bench.world.clock)
      let interruption = Interruption()
      let command = try await SendCommand.asyncParse(
        ["s", "--pattern", "{n}", "--count", "4", "--rate", "1/s"])
      var context = bench.context(command.common)
      context.effects.clock = clock
      async let end: Void = clock.ending { [context] in
        try await command.send(context, interruption) { try await $0(bench.connection) }
      }
      for await goOn in clock.turns {
        interruption.ask()
        await bench.world.clock.advance(milliseconds: 1000)
        await goOn()
      }
      do {
        try await end
        Issue.record("the command ended as if all were sent")
      } catch let code as ExitCode { #expect(code.rawValue == 130) }
      #expect(bench.said().out.hasPrefix("Stopped: sent 1 of 4 records to the stream s.\n"))
    }
  }

  static let bars: [(done: Int, total: Int, milliseconds: Int64, line: String)] = [
    (0, 10, 0, "░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 0/10"),
    (1, 3, 2000, "██████████░░░░░░░░░░░░░░░░░░░░ 1/3  0.5/s  4s left"),
    (250, 1000, 61_000, "███████░░░░░░░░░░░░░░░░░░░░░░░ 250/1000  4.1/s  3m 3s left"),
    (10, 10, 10, "██████████████████████████████ 10/10  1000/s"),
  ]

  @Test(arguments: bars.indices) func theBarTellsHowFarItIs(_ index: Int) {
    let row = Self.bars[index]
    let terminal = Terminal(
      isColoured: false, isInteractive: true, width: 100, write: { _ in }, writeError: { _ in })
    #expect(
      ProgressBar(terminal: terminal).line(
        row.done, of: row.total, milliseconds: row.milliseconds) == row.line)
  }

  /// Arguments, part of the message.
  static let wrong: [(arguments: [String], message: String)] = [
    (["s"], "give either --file or --pattern"),
    (["s", "--pattern", "x"], "--pattern needs --count"),
    (["s", "--file", "f", "--rate", "fast"], "--rate does not take `fast`"),
    (["s", "--file", "f", "--rate", "0"], "--rate does not take `0`"),
    (["s", "--file", "f", "--rate", "3/d"], "--rate does not take `3/d`"),
    (
      ["s", "--file", "f", "--key-field", "a", "--partition-key", "b"],
      "give either --partition-key"
    ),
    (["s", "--pattern", "x", "--count", "1", "--format", "csv"], "--format is for a --file"),
    (["s", "--file", "f", "--format", "xml"], "'xml'"),
  ]

  @Test(arguments: wrong.indices) func aWrongCommandLineSaysWhy(_ index: Int) async {
    let row = Self.wrong[index]
    do {
      _ = try await SendCommand.asyncParse(row.arguments)
      Issue.record("\(row.arguments) was taken")
    } catch {
      #expect(SendCommand.message(for: error).contains(row.message))
      #expect(SendCommand.exitCode(for: error).rawValue == 64)
    }
  }
}
