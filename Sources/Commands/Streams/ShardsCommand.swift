import ArgumentParser
import Effects
import PropertyTree
import StackContracts
import StackEngine

struct ShardsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shards", abstract: "Show a stream's shards, or how many one needs.",
    discussion: """
      Each shard with its part of the hash space, the shards that it came from, its records, and its \
      heat: its share of the records that came to the stream in the last minutes. With even keys the \
      heat of an open shard is its share of the hash space.

      EXAMPLES
        leat shards orders
        leat shards orders --recent 1h --json
        leat shards --calculate --record-size 2KiB --rate 5000/s
        leat shards --calculate --record-size 500 --rate 90000/m --consumers 3

      EXIT CODES
        0  done
        1  an error: no such stream
       64  the command line is wrong
      """)

  @Argument(help: "The stream's name or ARN.", completion: .streams())
  var stream: String?
  @Option(help: "How far back heat looks: 30s, 5m, 1h.")
  var recent = "5m"
  @Flag(help: "Tell how many shards a stream needs.")
  var calculate = false
  @Option(
    help: ArgumentHelp(
      "With --calculate: a record's data and partition key, 500, 2KiB, 1MiB.", valueName: "bytes"))
  var recordSize: String?
  @Option(
    help: ArgumentHelp(
      "With --calculate: records a second, or with /m a minute.", valueName: "N/s"))
  var rate: String?
  @Option(help: "With --calculate: consumers without enhanced fan-out. (default: 1)")
  var consumers: Int?
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard let span = ClockCommand.milliseconds(recent), span > 0 else {
      throw ValidationError("--recent does not take `\(recent)`, but 30s, 5m, 1h.")
    }
    guard calculate else {
      guard recordSize == nil, rate == nil, consumers == nil else {
        throw ValidationError("--record-size, --rate and --consumers belong to --calculate.")
      }
      guard stream != nil else {
        throw ValidationError("name a stream, or give --calculate.")
      }
      return
    }
    guard stream == nil else {
      throw ValidationError("--calculate looks at no stream; leave `\(stream ?? "")` out.")
    }
    guard recordSize != nil, rate != nil else {
      throw ValidationError("--calculate needs --record-size and --rate.")
    }
    guard calculator != nil else {
      throw ValidationError(
        "--record-size takes 1 byte to 10 MiB (500, 2KiB, 1MiB), --rate more than 0 (100/s, 600/m), "
          + "--consumers 1 and more.")
    }
  }

  private var calculator: ShardCalculator? {
    guard let bytes = recordSize.flatMap({ ByteCount.parse($0) }),
      bytes <= ShardCalculator.recordBytesMax, let rate = rate.flatMap({ Rate($0) }),
      consumers ?? 1 >= 1
    else { return nil }
    return ShardCalculator(recordBytes: bytes, rate: rate.perSecond, consumers: consumers ?? 1)
  }

  func run() async throws {
    try await CommandContext(common).run { context in
      if let calculator {
        if common.json { return context.printJSON(calculator.tree) }
        for line in calculator.lines { context.terminal.line(line) }
        return
      }
      try await context.withConnection("shards") { try await show(over: $0, context) }
    }
  }

  func show(over connection: any EnvironmentConnection, _ context: CommandContext) async throws {
    guard let stream, let span = ClockCommand.milliseconds(recent) else { return }
    let name = StreamName(text: stream)
    let summary = try await name.describe(over: connection)
    guard let arn = summary["StreamARN"]?.stringValue else {
      throw EndpointFailure("DescribeStreamSummary answered no ARN")
    }
    let shards = try await StreamShard.list(name, over: connection)
    let measures = try await connection.measures(ofStream: arn, recentMilliseconds: span)
    let view = ShardsView(
      stream: summary["StreamName"]?.stringValue ?? stream, shards: shards, measures: measures,
      recentMilliseconds: span)
    if common.json { return context.printJSON(view.tree) }
    for line in view.lines(context.terminal) { context.terminal.line(line) }
  }
}
