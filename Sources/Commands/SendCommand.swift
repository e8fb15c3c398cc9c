import AWSModel
import ArgumentParser
import Effects
import PropertyTree
import StackContracts
import StackEngine

struct SendCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "send", abstract: "Send records to a stream or a delivery stream.",
    discussion: """
      Records are those of a file, or copies of a pattern in which {uuid}, {n} and {now} are filled \
      in and {a|b|c} takes one of the words. A file has a record on each line; or it is a JSON array \
      (.json), or rows of text under the names of their columns (.csv, .tsv), which become JSON \
      objects.

      EXAMPLES
        leat send my-delivery-stream --file payloads/events.jsonl
        leat send my-stream --file users.csv --key-field id
        leat send my-stream --file - --format json --key-field user.id < list.json
        leat send my-stream --count 9 --rate 3/s --pattern '{"state":"{NY|CA}"}'

      EXIT CODES
        0  every record was sent
        1  an error: the message says which records were sent
       64  the command line is wrong
      130  ended by Ctrl-C before the last record
      """)

  @Argument(
    help: "The name of a Kinesis stream or of a Firehose delivery stream.",
    completion: .streams(andDeliveryStreams: true))
  var target: String
  @Option(
    help: "A file with records; - for standard input.", completion: .file())
  var file: String?
  @Option(
    help: """
      The file's form, where its ending does not tell: lines, json (an array, or one document), csv \
      or tsv.
      """)
  var format: RecordFileFormat?
  @Option(help: "The text of each generated record.")
  var pattern: String?
  @Option(help: "How many records to send; a file is begun again when it ends.")
  var count: Int?
  @Option(
    help: ArgumentHelp(
      "Records a second, or with /m a minute; without it, as fast as it goes.", valueName: "N/s"))
  var rate: String?
  @Option(help: "The partition key, for streams; a new one for every record without it.")
  var partitionKey: String?
  @Option(
    help: ArgumentHelp(
      "The field of each record that is its partition key: user.id, or a column.",
      valueName: "field"))
  var keyField: String?
  @OptionGroup var isolation: IsolationOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if (file == nil) == (pattern == nil) {
      throw ValidationError("give either --file or --pattern.")
    }
    if format != nil, file == nil { throw ValidationError("--format is for a --file.") }
    if let rate, Rate(rate) == nil {
      throw ValidationError("--rate does not take `\(rate)`, but 100, 100/s, 600/m or 3600/h.")
    }
    if let count, count < 1 { throw ValidationError("--count is at least 1.") }
    if pattern != nil, count == nil { throw ValidationError("--pattern needs --count.") }
    if partitionKey != nil, keyField != nil {
      throw ValidationError("give either --partition-key or --key-field.")
    }
  }

  func run() async throws {
    try await CommandContext(common).run { context in
      let context = try await context.isolating(isolation)
      try await send(context, .watching()) { body in
        try await context.withConnection("send", body)
      }
    }
  }

  /// - Parameter connected: opens the environment for the length of its argument: after the file
  ///   was read.
  func send(
    _ context: CommandContext, _ interruption: Interruption,
    _ connected: ((any EnvironmentConnection) async throws -> Void) async throws -> Void
  ) async throws {
    let source: RecordSource
    if let pattern {
      source = RecordSource(pattern: pattern, effects: context.effects)
    } else {
      source = try RecordSource(
        RecordFile(path: file ?? "-", format: format), effects: context.effects)
    }
    let keys = partitionKey.map { .fixed($0) } ?? keyField.map { .field($0) } ?? KeyRule.random
    try await connected { connection in
      let destination = try await Destination.find(target, over: connection)
      if case .deliveryStream = destination, keys != .random {
        throw StackFailure(
          .invalidArgument, "the \(destination.words) takes no partition keys",
          hint: "leave --partition-key and --key-field out")
      }
      let sender = RecordSender(
        source: source, keys: keys, destination: destination, connection: connection,
        context: context, interruption: interruption)
      try sender.checkKeys()
      try await sender.send(count ?? source.recordCount, rate: rate.flatMap { Rate($0) })
    }
  }
}

/// The destination that the name on the command line turned out to be.
enum Destination {
  case stream(String)
  case deliveryStream(String)

  var words: String {
    switch self {
    case .stream(let name): "stream \(name)"
    case .deliveryStream(let name): "delivery stream \(name)"
    }
  }

  static func find(_ name: String, over connection: any EnvironmentConnection) async throws
    -> Destination
  {
    do {
      _ = try await connection.call(
        "firehose", "DescribeDeliveryStream", ["DeliveryStreamName": .string(name)])
      return .deliveryStream(name)
    } catch let error as ServiceError where error.code == "ResourceNotFoundException" {}
    do {
      _ = try await connection.call(
        "kinesis", "DescribeStreamSummary", ["StreamName": .string(name)])
      return .stream(name)
    } catch let error as ServiceError where error.code == "ResourceNotFoundException" {
      let names = try await connection.streamNames() + connection.deliveryStreamNames()
      throw StackFailure(
        .invalidArgument, "there is no stream and no delivery stream `\(name)`",
        hint: StreamName.advice(name, among: names, "streams"))
    }
  }
}
