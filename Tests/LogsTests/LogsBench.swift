import AWSModel
import AWSWire
import Effects
import Logs
import PropertyTree
import ServiceKit
import ServiceTesting
import Testing

typealias LogsBench = ServiceBench<LogsService>

extension ServiceBench<LogsService> {
  /// 2026-11-21T05:00:00Z, in milliseconds.
  static var start: Int64 { TestWorld.start.milliseconds }

  convenience init() throws {
    try self.init { LogsService(environment: $0) }
  }

  @discardableResult
  func call(_ name: String, _ members: PropertyObject, account: String? = nil) async throws
    -> PropertyValue
  {
    try await invoke(name, .object(members), account: account).members
  }

  func make(_ group: String, _ streams: String...) async throws {
    try await call("CreateLogGroup", ["logGroupName": .string(group)])
    for stream in streams {
      try await call(
        "CreateLogStream", ["logGroupName": .string(group), "logStreamName": .string(stream)])
    }
  }

  /// Events at `start` plus the offsets, in milliseconds.
  @discardableResult
  func put(_ group: String, _ stream: String, _ events: (Int64, String)...) async throws
    -> PropertyValue
  {
    try await call(
      "PutLogEvents",
      [
        "logGroupName": .string(group), "logStreamName": .string(stream),
        "logEvents": .list(
          events.map { ["timestamp": .int(Self.start + $0.0), "message": .string($0.1)] }),
      ])
  }

  func messages(_ answer: PropertyValue) -> [String] {
    (answer["events"]?.listValue ?? []).compactMap { $0["message"]?.stringValue }
  }
}
