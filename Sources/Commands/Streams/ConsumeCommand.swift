import ArgumentParser
import Effects
import StackContracts
import StackEngine

struct ConsumeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "consume", abstract: "Read the records of a stream.",
    discussion: """
      Each shard is read in order, and after the shards that it was split or merged from. Without \
      --follow it ends with what was there when it began. Records that a producer's library has \
      packed into one are taken apart, and gzip is unpacked. Records go to standard output, the \
      place where reading ended to standard error.

      EXAMPLES
        leat consume orders                            all that is there
        leat consume orders --from -10m --json         ten minutes, for jq
        leat consume orders --from latest --follow     what comes, until Ctrl-C
        leat consume orders --format raw > data.jsonl  the data alone
        leat consume orders --shard 2 --key user-7 --count 5
        leat consume orders --filter '.state == "NY" and .n > 3'

      EXIT CODES
        0  done, or ended by Ctrl-C or SIGTERM
        1  an error: no such stream or shard, or the server went away
       64  the command line is wrong
      """)

  @Argument(help: "The stream's name or ARN.", completion: .streams())
  var stream: String
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Where to begin: \(ReadStart.forms); the last needs one --shard, and begins behind it.",
      valueName: "place"),
    completion: .list(["oldest", "latest", "-10m", "-1h", "-1d"]))
  var from = "oldest"
  @Option(help: "Only this shard, by id or number; may be given several times.")
  var shard: [String] = []
  @Option(help: "Only records with this partition key; may be given several times.")
  var key: [String] = []
  @Option(
    help: ArgumentHelp(
      """
      Only records for which a jq expression gives something other than false and null. It sees the \
      data as `.` and the whole record as `$record`.
      """, valueName: "jq"))
  var filter: String?
  @Flag(name: .shortAndLong, help: "Keep printing as records come.")
  var follow = false
  @Option(name: .shortAndLong, help: "End after so many records.")
  var count: Int?
  @Option(
    help: """
      table: a line each, cut to a terminal's width; json: an object on a line each; raw: the data \
      and a line end.
      """)
  var format: RecordFormat?
  @Flag(help: "Neither take aggregates apart nor unpack gzip.")
  var asStored = false
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard let start = ReadStart(from) else {
      throw ValidationError("--from does not take `\(from)`, but \(ReadStart.forms).")
    }
    if let count, count < 1 { throw ValidationError("--count is at least 1.") }
    if common.json, format != nil, format != .json {
      throw ValidationError("--json is --format json; give one of them.")
    }
    if start == .latest, !follow {
      throw ValidationError("--from latest reads what comes: add --follow.")
    }
    do { _ = try filter.map { try RecordFilter($0) } } catch {
      throw ValidationError("--filter is no jq expression: \(error)")
    }
    if case .after = start, shard.count != 1 {
      throw ValidationError("a sequence number is one shard's: add --shard.")
    }
  }

  func run() async throws {
    try await CommandContext(common).run { context in
      try await context.withConnection("consume") { connection in
        if follow, connection.endpoint == nil {
          throw StackFailure(
            .invalidArgument, "no server holds this data directory, so that no record can come",
            hint: "serve it first (`leat serve`), or read what is there without --follow")
        }
        try await consume(over: connection, context, .watching())
      }
    }
  }

  /// Reads until the end, or until it is asked to stop.
  func consume(
    over connection: any EnvironmentConnection, _ context: CommandContext,
    _ interruption: Interruption
  ) async throws {
    guard let start = ReadStart(from) else { return }
    let name = StreamName(text: stream)
    _ = try await name.describe(over: connection)
    let now = try await connection.time()
    if case .at(let moment) = start, moment > now {
      throw StackFailure(
        .invalidArgument, "--from \(from) is later than now, \(now.iso8601)",
        hint: "--from latest --follow waits for what comes")
    }
    var follower = try await ShardFollower(
      name, over: connection, from: start, shards: shard, now: now, follows: follow,
      clock: context.effects.clock)
    var output = try ConsumeOutput(
      terminal: context.terminal, format: common.json ? .json : format ?? .table,
      keys: Set(key), filter: filter.map { try RecordFilter($0) }, countMax: count,
      isAsStored: asStored)
    do {
      try await read(&follower, into: &output, context, interruption)
    } catch {
      context.terminal.errorLine(output.summary(shards: follower.shardCount, isDone: false))
      throw error
    }
    context.terminal.errorLine(
      output.summary(shards: follower.shardCount, isDone: follower.isDone && !output.isFull))
  }

  private func read(
    _ follower: inout ShardFollower, into output: inout ConsumeOutput, _ context: CommandContext,
    _ interruption: Interruption
  ) async throws {
    let clock = context.effects.clock
    var hasSaid = false
    while !follower.isDone {
      follower.beginRound()
      for turn in follower.turns {
        if interruption.isAsked { return }
        output.take(try await follower.read(turn, recordsMax: ShardFollower.recordsMax))
        if output.isFull || output.hasLostReader { return }
      }
      guard !follower.hasMoved, !follower.isDone else { continue }
      if follow, !hasSaid {
        hasSaid = true
        context.terminal.errorLine("Nothing more yet; waiting for what comes. Ctrl-C ends.")
      }
      if interruption.isAsked { return }
      await clock.wait(
        until: clock.now.adding(milliseconds: ShardFollower.pauseMilliseconds))
    }
  }
}
