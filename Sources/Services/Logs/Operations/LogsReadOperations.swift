import AWSModel
import Effects

/// GetLogEvents and FilterLogEvents.
/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
struct LogsReadOperations: Sendable {
  let store: LogsStore

  var all: [Operation] {
    [Operation.typed("GetLogEvents", get), Operation.typed("FilterLogEvents", filter)]
  }

  /// The open interval of positions that times (`end` excluded) and retention leave.
  private func bounds(_ group: LogsGroup, start: Int64?, end: Int64?) -> (
    lower: LogsPosition, upper: LogsPosition
  ) {
    let kept = group.cutoff(now: store.now)?.milliseconds ?? 0
    return (
      LogsPosition(timestamp: max(start ?? 0, kept, 0), sequence: 0),
      LogsPosition(timestamp: end ?? .max, sequence: end == nil ? .max : 0)
    )
  }

  // MARK: GetLogEvents

  private struct GetInput: Codable, Sendable {
    var logGroupName: String?
    var logGroupIdentifier: String?
    var logStreamName: String
    var startTime: Int64?
    var endTime: Int64?
    var nextToken: String?
    var limit: Int?
    var startFromHead: Bool?
    var unmask: Bool?
  }

  private struct GetOutput: Codable, Sendable {
    struct Event: Codable, Sendable {
      var timestamp: Int64
      var message: String
      var ingestionTime: Int64
    }
    var events: [Event]
    var nextForwardToken: String
    var nextBackwardToken: String
  }

  private func get(_ input: GetInput, _ context: RequestContext) async throws -> GetOutput {
    let name = try LogsPaging.groupName(
      input.logGroupName, input.logGroupIdentifier, context.scope)
    let limit = input.limit ?? 10_000
    let token = try input.nextToken.map(LogsEventToken.init(parsing:))
    let (events, lower) = try store.read { rows in
      let group = try rows.group(name, in: context.scope)
      let stream = try rows.stream(input.logStreamName, of: group)
      var (lower, upper) = bounds(group, start: input.startTime, end: input.endTime)
      switch token {
      case .forward(let position): lower = Self.later(lower, position)
      case .backward(let position): upper = Self.earlier(upper, position)
      case nil: break
      }
      let fromNewest =
        switch token {
        case .forward: false
        case .backward: true
        case nil: input.startFromHead != true
        }
      let found = try rows.events(
        of: stream, after: lower, before: upper, fromNewest: fromNewest, limit: limit)
      return (found, lower)
    }
    let tokens = Self.tokens(events, token, lower: lower)
    return GetOutput(
      events: events.map {
        .init(
          timestamp: $0.position.timestamp, message: $0.message, ingestionTime: $0.ingestion)
      }, nextForwardToken: tokens.forward.text, nextBackwardToken: tokens.backward.text)
  }

  private static func later(_ a: LogsPosition, _ b: LogsPosition) -> LogsPosition {
    (a.timestamp, a.sequence) > (b.timestamp, b.sequence) ? a : b
  }

  private static func earlier(_ a: LogsPosition, _ b: LogsPosition) -> LogsPosition {
    (a.timestamp, a.sequence) < (b.timestamp, b.sequence) ? a : b
  }

  /// At either end of the stream the token of that direction stays the same: that is how clients
  /// know that they have reached it.
  private static func tokens(
    _ events: [LogsEvent], _ token: LogsEventToken?, lower: LogsPosition
  ) -> (forward: LogsEventToken, backward: LogsEventToken) {
    if let first = events.first, let last = events.last {
      return (.forward(last.position), .backward(first.position))
    }
    switch token {
    case .forward(let at):
      let behind = LogsPosition(timestamp: at.timestamp, sequence: at.sequence + 1)
      return (.forward(at), .backward(behind))
    case .backward(let at):
      let before = LogsPosition(timestamp: at.timestamp, sequence: max(0, at.sequence - 1))
      return (.forward(before), .backward(at))
    case nil: return (.forward(lower), .backward(lower))
    }
  }

  // MARK: FilterLogEvents

  private struct FilterInput: Codable, Sendable {
    var logGroupName: String?
    var logGroupIdentifier: String?
    var logStreamNames: [String]?
    var logStreamNamePrefix: String?
    var startTime: Int64?
    var endTime: Int64?
    var filterPattern: String?
    var nextToken: String?
    var limit: Int?
    /// Taken from old clients; answers have been interleaved always since 2019, whatever it says.
    var interleaved: Bool?
    var unmask: Bool?
  }

  private struct FilterOutput: Codable, Sendable {
    struct Event: Codable, Sendable {
      var logStreamName: String
      var timestamp: Int64
      var message: String
      var ingestionTime: Int64
      var eventId: String
    }
    struct Searched: Codable, Sendable {
      var logStreamName: String
      var searchedCompletely: Bool
    }
    var events: [Event]
    var searchedLogStreams: [Searched] = []
    var nextToken: String?
  }

  private func filter(_ input: FilterInput, _ context: RequestContext) async throws
    -> FilterOutput
  {
    let name = try LogsPaging.groupName(
      input.logGroupName, input.logGroupIdentifier, context.scope)
    let limit = input.limit ?? 10_000
    if input.logStreamNames != nil, input.logStreamNamePrefix != nil {
      throw LogsFault.invalidParameter(
        "Only one of logStreamNames and logStreamNamePrefix may be given.")
    }
    let pattern = try LogsFilterPattern(parsing: input.filterPattern ?? "")
    let token = try input.nextToken.map { text in
      guard let position = LogsPosition(digits: text) else { throw LogsFault.badToken }
      return position
    }
    return try store.read { rows in
      let group = try rows.group(name, in: context.scope)
      let streams = try Self.streams(input.logStreamNames, input.logStreamNamePrefix, group, rows)
      var (lower, upper) = bounds(group, start: input.startTime, end: input.endTime)
      if let token { lower = Self.later(lower, token) }
      var output = FilterOutput(events: [])
      var scanned = 0
      var bytes = 0
      var last = lower
      try rows.walk(group, after: lower, before: upper) { event in
        let size = event.message.utf8.count + LogsLimits.eventOverheadBytes
        if output.events.count == limit || scanned == LogsLimits.scannedEventsMax
          || (bytes + size > LogsLimits.answerBytesMax && !output.events.isEmpty)
        {
          output.nextToken = last.digits
          return false
        }
        scanned += 1
        last = event.position
        guard let stream = streams[event.streamID], pattern.matches(event.message) else {
          return true
        }
        bytes += size
        output.events.append(
          .init(
            logStreamName: stream, timestamp: event.position.timestamp, message: event.message,
            ingestionTime: event.ingestion, eventId: event.position.digits))
        return true
      }
      return output
    }
  }

  /// The names of the streams to search, by id.
  private static func streams(
    _ names: [String]?, _ prefix: String?, _ group: LogsGroup, _ rows: LogsRows
  ) throws -> [Int64: String] {
    guard let names else {
      let prefix = prefix ?? ""
      return try rows.streamNames(of: group).filter { $0.value.utf8.starts(with: prefix.utf8) }
    }
    guard (1...100).contains(names.count) else {
      throw LogsFault.invalidParameter(
        "1 validation error detected: Value at 'logStreamNames' failed to satisfy constraint: "
          + "Member must have length between 1 and 100")
    }
    var found: [Int64: String] = [:]
    for name in names {
      let stream = try rows.stream(name, of: group)
      found[stream.id] = stream.name
    }
    return found
  }
}

/// `f/` or `b/` and a position: read on behind it, or back from before it.
enum LogsEventToken: Sendable, Hashable {
  case forward(LogsPosition)
  case backward(LogsPosition)

  var text: String {
    switch self {
    case .forward(let position): "f/\(position.digits)/s"
    case .backward(let position): "b/\(position.digits)/s"
    }
  }

  init(parsing text: String) throws {
    let parts = text.split(separator: "/")
    guard parts.count == 3, parts[2] == "s", let position = LogsPosition(digits: parts[1]) else {
      throw LogsFault.badToken
    }
    switch parts[0] {
    case "f": self = .forward(position)
    case "b": self = .backward(position)
    default: throw LogsFault.badToken
    }
  }
}
