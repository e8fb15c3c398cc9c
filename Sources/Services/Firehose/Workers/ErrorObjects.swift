import AWSModel
import Effects
import ServiceKit

/// The error output of one delivery: an object for each reason and prefix, written while records
/// fail. Whoever makes one either finishes or abandons it.
final class ErrorObjects {
  private struct Open {
    var output: ErrorOutput
    var prefix: String?
    var stream: ObjectStream
    /// Arrival of the oldest record.
    var oldest: Timestamp
  }

  private let writer: ObjectWriter
  private let settings: S3Configuration
  private var open: [Open] = []
  private var known: Set<Kind> = []

  private struct Kind: Hashable {
    var output: ErrorOutput
    var code: String
    var message: String
    var function: String?
  }

  /// One failure of each kind, without its record.
  private(set) var kinds: [FailedRecord] = []

  /// - Parameter settings: the bucket, and the prefix of records that name none of their own.
  init(_ writer: ObjectWriter, _ settings: S3Configuration) {
    self.writer = writer
    self.settings = settings
  }

  func add(_ failed: FailedRecord) throws {
    let place: Int
    if let found = open.firstIndex(where: {
      $0.output == failed.output && $0.prefix == failed.prefix
    }) {
      place = found
    } else {
      // The lines stay readable: only delivered records are packed.
      let stream = try writer.stream(settings.bucket, .none)
      place = open.count
      open.append(
        Open(
          output: failed.output, prefix: failed.prefix, stream: stream,
          oldest: failed.record.arrival))
    }
    var line: [UInt8] = []
    failed.writeLine(into: &line)
    try open[place].stream.append(line)
    open[place].oldest = min(open[place].oldest, failed.record.arrival)
    let kind = Kind(
      output: failed.output, code: failed.code, message: failed.message, function: failed.function)
    guard known.insert(kind).inserted else { return }
    var sample = failed
    sample.record.payload = []
    kinds.append(sample)
  }

  /// - Parameter objects: gets what is staged, also where a later one fails.
  func finish(into objects: inout [PreparedObject]) throws {
    let order = ErrorOutput.allCases
    open.sort {
      (order.firstIndex(of: $0.output) ?? 0) < (order.firstIndex(of: $1.output) ?? 0)
    }
    while let next = open.first {
      open.removeFirst()
      var settings = settings
      if let prefix = next.prefix { settings.ErrorOutputPrefix = prefix }
      let draft = writer.draft(errors: [], next.output, in: settings, arrival: next.oldest)
      objects.append(
        PreparedObject(staged: try next.stream.finish(draft.key), description: draft.description))
    }
  }

  func abandon() { for one in open { one.stream.abandon() } }
}
