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
      Records are the lines of a file, or copies of a pattern in which {uuid}, {n} and {now} are \
      filled in and {a|b|c} takes one of the words.

      EXAMPLES
        leat send my-delivery-stream --file payloads/events.jsonl
        leat send my-stream --count 9 --rate 3 --pattern '{"state":"{NY|CA|IDF}"}'
      """)

  @Argument(help: "The name of a Kinesis stream or of a Firehose delivery stream.")
  var target: String
  @Option(
    help: "A file with a record on each line; - for standard input.", completion: .file())
  var file: String?
  @Option(help: "The text of each generated record.")
  var pattern: String?
  @Option(help: "How many records to send; a file is begun again when it ends.")
  var count: Int?
  @Option(help: "Records a second; without it, as fast as it goes.")
  var rate: Double?
  @Option(help: "The partition key, for streams; a new one for every record without it.")
  var partitionKey: String?
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if (file == nil) == (pattern == nil) {
      throw ValidationError("give either --file or --pattern.")
    }
    if let rate, rate <= 0 || !rate.isFinite { throw ValidationError("--rate is above 0.") }
    if let count, count < 1 { throw ValidationError("--count is at least 1.") }
    if pattern != nil, count == nil { throw ValidationError("--pattern needs --count.") }
  }

  func run() async throws {
    try await CommandContext(common).run { context in
      let source = try RecordSource(file: file, pattern: pattern, effects: context.effects)
      let total = count ?? source.lineCount
      try await context.withConnection("send") { connection in
        let destination = try await Destination.find(target, over: connection)
        let sender = RecordSender(
          destination: destination, connection: connection, context: context,
          partitionKey: partitionKey)
        try await sender.send(source, total: total, rate: rate)
      }
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
      throw StackFailure(
        .invalidArgument, "there is no stream and no delivery stream `\(name)`",
        hint: "`leat outputs <stack>` and `leat show <stack>` print the names")
    }
  }
}
