import AWSModel
import Effects
import ServiceKit

/// PutLogEvents.
/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
struct LogsPutOperations: Sendable {
  let store: LogsStore

  var all: [Operation] { [Operation.typed("PutLogEvents", put)] }

  private struct Input: Codable, Sendable {
    struct Event: Codable, Sendable {
      var timestamp: Int64
      var message: String
    }
    var logGroupName: String
    var logStreamName: String
    var logEvents: [Event]
    /// Taken from old clients; the service has paid no heed to it since 2023, and says so.
    var sequenceToken: String?
  }

  private struct Output: Codable, Sendable {
    struct Rejected: Codable, Sendable {
      /// The first event that lies too far in the future.
      var tooNewLogEventStartIndex: Int?
      /// One past the last event that is older than 14 days.
      var tooOldLogEventEndIndex: Int?
      /// One past the last event that is older than the group's retention.
      var expiredLogEventEndIndex: Int?
    }
    var nextSequenceToken: String
    var rejectedLogEventsInfo: Rejected?
  }

  private func put(_ input: Input, _ context: RequestContext) async throws -> Output {
    try Self.check(input.logEvents)
    let now = store.now
    let rejected = try await store.write { rows in
      let group = try rows.group(input.logGroupName, in: context.scope)
      let stream = try rows.stream(input.logStreamName, of: group)
      let rejected = Self.rejected(input.logEvents, group, now: now)
      let first = max(
        rejected?.tooOldLogEventEndIndex ?? 0, rejected?.expiredLogEventEndIndex ?? 0)
      let end = rejected?.tooNewLogEventStartIndex ?? input.logEvents.count
      let accepted = first < end ? input.logEvents[first..<end] : []
      try rows.append(
        accepted.map {
          LogMessage(timestamp: Timestamp(milliseconds: $0.timestamp), message: $0.message)
        }, to: stream, of: group, now: now)
      return rejected
    }
    let token = LogsPosition(timestamp: now.milliseconds, sequence: 0).digits
    return Output(nextSequenceToken: token, rejectedLogEventsInfo: rejected)
  }

  private static func check(_ events: [Input.Event]) throws {
    guard (1...LogsLimits.batchEventsMax).contains(events.count) else {
      throw LogsFault.invalidParameter(
        "1 validation error detected: Value at 'logEvents' failed to satisfy constraint: Member "
          + "must have length between 1 and \(LogsLimits.batchEventsMax)")
    }
    var bytes = 0
    var previous = Int64.min
    for event in events {
      guard event.timestamp >= 0, !event.message.isEmpty else {
        throw LogsFault.invalidParameter(
          "A log event needs a timestamp of 0 or more and a message of one character or more.")
      }
      guard event.timestamp >= previous else {
        throw LogsFault.invalidParameter(
          "Log events in a single PutLogEvents request must be in chronological order.")
      }
      previous = event.timestamp
      bytes += event.message.utf8.count + LogsLimits.eventOverheadBytes
    }
    guard bytes <= LogsLimits.batchBytesMax else {
      throw LogsFault.invalidParameter(
        "Upload too large: \(bytes) bytes exceeds limit of \(LogsLimits.batchBytesMax)")
    }
    if let first = events.first, let last = events.last,
      last.timestamp - first.timestamp > LogsLimits.batchSpanMilliseconds
    {
      throw LogsFault.invalidParameter(
        "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
    }
  }

  /// Events are in chronological order, so each kind of rejection is one end of the list.
  private static func rejected(_ events: [Input.Event], _ group: LogsGroup, now: Timestamp)
    -> Output.Rejected?
  {
    let newest = now.milliseconds + LogsLimits.futureMilliseconds
    let oldest = now.milliseconds - LogsLimits.pastMilliseconds
    let kept = group.cutoff(now: now)?.milliseconds ?? .min
    let tooOld = events.prefix { $0.timestamp < oldest }.count
    let expired = events.prefix { $0.timestamp < kept }.count
    let tooNew = events.firstIndex { $0.timestamp > newest }
    guard tooOld > 0 || expired > 0 || tooNew != nil else { return nil }
    return Output.Rejected(
      tooNewLogEventStartIndex: tooNew, tooOldLogEventEndIndex: tooOld > 0 ? tooOld : nil,
      expiredLogEventEndIndex: expired > 0 ? expired : nil)
  }
}
