import AWSModel
import Effects

/// A log group's row.
struct LogsGroup: Sendable, Hashable {
  /// Never given twice.
  var id: Int64
  var scope: Scope
  var name: String
  var created: Timestamp
  /// nil: events are kept for ever.
  var retentionDays: Int64?
  /// `{"key": "value"}` as JSON, or nil.
  var tags: String?
  /// UTF-8 bytes of the messages, with AWS's 26 bytes of overhead each.
  var storedBytes: Int64

  /// The form that most of the API shows: with `:*`.
  var arn: String { "\(plainARN):*" }
  var plainARN: String { ARN("logs", scope, "log-group:\(name)").description }

  func streamARN(_ stream: String) -> String { "\(plainARN):log-stream:\(stream)" }

  /// Events before this moment are gone; nil when none are.
  func cutoff(now: Timestamp) -> Timestamp? {
    retentionDays.map { now.adding(milliseconds: -$0 * 86_400_000) }
  }
}

/// A log stream's row.
struct LogsStream: Sendable, Hashable {
  var id: Int64
  var name: String
  var created: Timestamp
  var firstEvent: Int64?
  var lastEvent: Int64?
  var lastIngestion: Int64?
}

/// A stored event. `sequence` orders events of one group that bear the same timestamp.
struct LogsEvent: Sendable, Hashable {
  var position: LogsPosition
  var streamID: Int64
  var ingestion: Int64
  var message: String
}

/// The place of an event in its group: the order of all answers.
struct LogsPosition: Sendable, Hashable {
  /// Milliseconds since 1970.
  var timestamp: Int64
  var sequence: Int64

  /// 56 digits, as event ids and tokens are written; they order as the positions do.
  var digits: String { Self.pad(timestamp, 28) + Self.pad(sequence, 28) }

  init(timestamp: Int64, sequence: Int64) {
    self.timestamp = timestamp
    self.sequence = sequence
  }

  init?(digits: some StringProtocol) {
    guard digits.utf8.count == 56, let timestamp = Int64(digits.prefix(28)),
      let sequence = Int64(digits.suffix(28))
    else { return nil }
    self.init(timestamp: timestamp, sequence: sequence)
  }

  private static func pad(_ value: Int64, _ width: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }
}

enum LogsLimits {
  static let retentionDays: Set<Int64> = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
  ]
  static let batchEventsMax = 10_000
  static let batchBytesMax = 1_048_576
  static let eventOverheadBytes = 26
  static let batchSpanMilliseconds: Int64 = 86_400_000
  /// Events further in the future are rejected.
  static let futureMilliseconds: Int64 = 2 * 3_600_000
  /// Events further in the past are rejected.
  static let pastMilliseconds: Int64 = 14 * 86_400_000
  /// An answer's messages, in bytes.
  static let answerBytesMax = 1_048_576
  /// The most events that one FilterLogEvents looks at before it hands back a token.
  static let scannedEventsMax = 20_000
}

/// The service's errors.
enum LogsFault {
  static let noGroup = ServiceError(
    "ResourceNotFoundException", "The specified log group does not exist.")
  static let noStream = ServiceError(
    "ResourceNotFoundException", "The specified log stream does not exist.")
  static let noResource = ServiceError(
    "ResourceNotFoundException", "The specified resource does not exist.")
  static let groupExists = ServiceError(
    "ResourceAlreadyExistsException", "The specified log group already exists")
  static let streamExists = ServiceError(
    "ResourceAlreadyExistsException", "The specified log stream already exists")

  static func invalidParameter(_ message: String) -> ServiceError {
    ServiceError("InvalidParameterException", message)
  }

  static let badToken = invalidParameter("The specified nextToken is invalid.")
}
