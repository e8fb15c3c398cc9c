import ArgumentParser
import Effects
import PropertyTree
import StackEngine

struct ClockCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clock", abstract: "Look at or move a server's virtual clock.",
    subcommands: [AdvanceCommand.self, NowCommand.self])

  struct AdvanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "advance",
      abstract: "Move time forward; returns when everything that fell due is done.",
      discussion: """
        The server must have been started with --clock virtual.

        EXAMPLES
          leat clock advance 60s
          leat clock advance 1h30m
        """)

    @Argument(help: "How far: 500ms, 60s, 5m, 2h, 1d, or several together.")
    var duration: String
    @OptionGroup var common: CommonOptions

    func validate() throws {
      guard ClockCommand.milliseconds(duration) != nil else {
        throw ValidationError("`\(duration)` is not a length of time; one is 60s, 5m or 1h30m.")
      }
    }

    func run() async throws {
      try await CommandContext(common).run { context in
        guard let milliseconds = ClockCommand.milliseconds(duration) else { return }
        try await context.withConnection("clock") { connection in
          let answer = try await connection.control(
            "POST", "clock/advance", ["milliseconds": .int(milliseconds)])
          ClockCommand.show(answer, context)
        }
      }
    }
  }

  struct NowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "now", abstract: "Print the server's time.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
      try await CommandContext(common).run { context in
        try await context.withConnection("clock") { connection in
          ClockCommand.show(try await connection.control("GET", "clock", .null), context)
        }
      }
    }
  }

  static func show(_ answer: PropertyValue, _ context: CommandContext) {
    if context.common.json { return context.printJSON(answer) }
    context.terminal.line("It is \(answer["time"]?.scalarText ?? "unknown").")
  }

  /// nil when the text is not a length of time, or longer than a hundred years.
  static func milliseconds(_ text: String) -> Int64? {
    let units: [String: Int64] = [
      "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000,
    ]
    var rest = Substring(text)
    var total: Int64 = 0
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(digits.count)
      let unit = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(unit.count)
      guard let number = Int64(digits), let factor = units[String(unit)] else { return nil }
      let (product, overflowed) = number.multipliedReportingOverflow(by: factor)
      guard !overflowed, product <= 3_155_760_000_000 else { return nil }
      total += product
    }
    return total <= 3_155_760_000_000 ? total : nil
  }
}
