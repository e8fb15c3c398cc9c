import AWSModel
import AWSWire
import Effects
import Glibc
import PropertyTree
import ServiceKit
import Logs
import StackModel
import Testing

/// A Logs service over a new database and a virtual clock.
final class LogsBench: Sendable {
  let directory: String
  let clock: VirtualClock
  let database: ServiceDatabase
  let service: LogsService
  private let operations: [String: Operation]

  /// 2026-11-21T05:00:00Z, in milliseconds.
  static let start: Int64 = 1_795_237_200_000

  init() throws {
    var template = Array("/tmp/leat-logs-XXXXXX".utf8CString)
    directory = template.withUnsafeMutableBufferPointer {
      String(cString: mkdtemp($0.baseAddress!))
    }
    clock = VirtualClock(startingAt: Timestamp(milliseconds: Self.start))
    let effects = Effects(
      clock: clock, random: SeededRandomSource(seed: 1), files: LiveFileSystem(),
      processes: LiveProcessSpawner())
    database = ServiceDatabase(
      path: "\(directory)/leat.db", isDurable: false, effects: effects)
    let environment = ServiceEnvironment(
      effects: effects, database: database, dataDirectory: directory, isDurable: false,
      endpoint: { nil }, report: { _ in })
    try database.open(LogsService.formats, vault: environment.vault)
    service = LogsService(environment: environment)
    operations = Dictionary(uniqueKeysWithValues: service.operations.map { ($0.name, $0) })
  }

  /// Removes the data directory.
  func end() throws {
    try database.close()
    try LiveFileSystem().remove(directory)
  }

  @discardableResult
  func call(_ name: String, _ members: PropertyObject, account: String? = nil) async throws
    -> PropertyValue
  {
    let operation = try #require(operations[name])
    var context = RequestContext()
    if let account { context.scope.account = AccountID(account) }
    let facts = try #require(WireFacts(service: "logs", operation: name))
    let input = OperationInput(members: try facts.input(.object(members), .json11))
    return try await operation.invoke(input, context).members
  }

  /// The error that the call must end in.
  func fault(_ name: String, _ members: PropertyObject) async throws -> ServiceError {
    do {
      try await call(name, members)
    } catch let error as ServiceError { return error }
    Issue.record("\(name) succeeded")
    return ServiceError("", "")
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
