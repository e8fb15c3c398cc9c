import AWSModel
import Effects

extension Capability<any LogSink> {
  public static var logs: Self { Self("log groups", offeredBy: "CloudWatch Logs") }
}

/// Takes log lines (CloudWatch Logs). Makes the group and the stream where they are missing.
public protocol LogSink: Sendable {
  func append(_ messages: [LogMessage], group: String, stream: String, scope: Scope) async throws
}

public struct LogMessage: Sendable, Hashable, Codable {
  public var timestamp: Timestamp
  public var message: String
  public init(timestamp: Timestamp, message: String) {
    self.timestamp = timestamp
    self.message = message
  }
}
