import AWSModel
import Effects
import ServiceKit

/// Log groups as targets of events: PutLogEvents into a stream that is named by the batch's first
/// event, or by the ARN (`…:log-group:name:log-stream:stream`). The group must be there.
/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
struct LogsTarget: EventTarget {
  let store: LogsStore

  let service = "logs"
  let limits = EventBatchLimits(
    eventsMax: LogsLimits.batchEventsMax, bytesMax: LogsLimits.batchBytesMax / 2,
    eventBytesMax: 256 << 10)

  private struct Place {
    var group: String
    var stream: String?
  }

  private func place(_ arn: ARN) throws(ServiceError) -> Place {
    let parts = arn.resource.split(separator: ":", omittingEmptySubsequences: false)
      .map(String.init)
    guard parts.count >= 2, parts[0] == "log-group", !parts[1].isEmpty else {
      throw LogsFault.invalidParameter("\(arn) is not the ARN of a log group.")
    }
    guard parts.count >= 4, parts[2] == "log-stream" else { return Place(group: parts[1]) }
    return Place(group: parts[1], stream: parts[3])
  }

  func check(_ arn: ARN) throws(ServiceError) { _ = try place(arn) }

  func deliver(_ events: [TargetEvent], to arn: ARN) async throws -> [ServiceError?] {
    let place = try place(arn)
    let name = String(
      (place.stream ?? events.first?.id ?? "events").map { $0 == ":" || $0 == "*" ? "-" : $0 })
    let now = store.now
    let messages = events.map {
      LogMessage(timestamp: $0.time, message: String(decoding: $0.body, as: UTF8.self))
    }.sorted { $0.timestamp < $1.timestamp }
    try await store.write { rows in
      let group = try rows.group(place.group, in: arn.scope)
      if try rows.findStream(name, of: group) == nil {
        try rows.createStream(name, of: group, now: now)
      }
      try rows.append(messages, to: rows.stream(name, of: group), of: group, now: now)
    }
    return Array(repeating: nil, count: events.count)
  }
}
