import AWSModel

/// Log streams.
/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html
struct LogsStreamOperations: Sendable {
  let store: LogsStore

  var all: [Operation] {
    [
      Operation.typed("CreateLogStream", create),
      Operation.typed("DeleteLogStream", delete),
      Operation.typed("DescribeLogStreams", describe),
    ]
  }

  private struct StreamInput: Codable, Sendable {
    var logGroupName: String
    var logStreamName: String
  }

  private func create(_ input: StreamInput, _ context: RequestContext) async throws -> EmptyOutput {
    let now = store.now
    try await store.write { rows in
      try rows.createStream(
        input.logStreamName, of: rows.group(input.logGroupName, in: context.scope), now: now)
    }
    return EmptyOutput()
  }

  private func delete(_ input: StreamInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await store.write { rows in
      let group = try rows.group(input.logGroupName, in: context.scope)
      try rows.delete(rows.stream(input.logStreamName, of: group), of: group)
    }
    return EmptyOutput()
  }

  private struct DescribeInput: Codable, Sendable {
    var logGroupName: String?
    var logGroupIdentifier: String?
    var logStreamNamePrefix: String?
    var orderBy: String?
    var descending: Bool?
    var nextToken: String?
    var limit: Int?
  }

  private struct DescribeOutput: Codable, Sendable {
    struct Stream: Codable, Sendable {
      var logStreamName: String
      var creationTime: Int64
      var firstEventTimestamp: Int64?
      var lastEventTimestamp: Int64?
      var lastIngestionTime: Int64?
      var arn: String
      /// AWS has answered 0 since 2019.
      var storedBytes = 0
    }
    var logStreams: [Stream]
    var nextToken: String?
  }

  private func describe(_ input: DescribeInput, _ context: RequestContext) async throws
    -> DescribeOutput
  {
    let name = try LogsPaging.groupName(
      input.logGroupName, input.logGroupIdentifier, context.scope)
    let limit = input.limit ?? 50
    var query = LogsStreamQuery(limit: limit + 1)
    query.prefix = input.logStreamNamePrefix ?? ""
    query.isDescending = input.descending ?? false
    switch input.orderBy ?? "LogStreamName" {
    case "LogStreamName": break
    case "LastEventTime":
      guard query.prefix.isEmpty else {
        throw LogsFault.invalidParameter(
          "Cannot order by LastEventTime with a logStreamNamePrefix.")
      }
      query.byLastEvent = true
    case let other:
      throw LogsFault.invalidParameter(
        "1 validation error detected: Value '\(other)' at 'orderBy' failed to satisfy "
          + "constraint: Member must satisfy enum value set: [LogStreamName, LastEventTime]")
    }
    if let token = input.nextToken { query.after = try Self.read(token) }
    let asked = query
    let (group, rows) = try store.read { rows in
      let group = try rows.group(name, in: context.scope)
      return (group, try rows.streams(of: group, asked))
    }
    let page = rows.prefix(limit)
    return DescribeOutput(
      logStreams: page.map {
        .init(
          logStreamName: $0.name, creationTime: $0.created.milliseconds,
          firstEventTimestamp: $0.firstEvent, lastEventTimestamp: $0.lastEvent,
          lastIngestionTime: $0.lastIngestion, arn: group.streamARN($0.name))
      }, nextToken: rows.count > limit ? page.last.map(Self.write) : nil)
  }

  /// `moment:name`; a stream's name holds no colon.
  private static func write(_ stream: LogsStream) -> String {
    "\(stream.lastEvent ?? stream.created.milliseconds):\(stream.name)"
  }

  private static func read(_ token: String) throws -> (moment: Int64, name: String) {
    let parts = token.split(separator: ":", maxSplits: 1)
    guard parts.count == 2, let moment = Int64(parts[0]) else { throw LogsFault.badToken }
    return (moment, String(parts[1]))
  }
}
