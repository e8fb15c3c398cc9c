import AWSModel
import Effects
import Glibc
import Glue
import PropertyTree
import ServiceKit
import Testing

/// A Glue service over a new database and a virtual clock.
final class GlueBench: Sendable {
  let directory: String
  let clock: VirtualClock
  let database: ServiceDatabase
  private let operations: [String: Operation]

  /// 2026-11-26T12:00:00Z.
  static let start = Timestamp(milliseconds: 1_795_694_400_000)

  init() throws {
    var template = Array("/tmp/leat-glue-XXXXXX".utf8CString)
    directory = template.withUnsafeMutableBufferPointer {
      String(cString: mkdtemp($0.baseAddress!))
    }
    clock = VirtualClock(startingAt: Self.start)
    let effects = Effects(
      clock: clock, random: SeededRandomSource(seed: 1), files: LiveFileSystem(),
      processes: LiveProcessSpawner())
    database = ServiceDatabase(
      path: "\(directory)/leat.db", isDurable: false, effects: effects)
    let environment = ServiceEnvironment(
      effects: effects, database: database, dataDirectory: directory, isDurable: false,
      endpoint: { nil }, report: { _ in })
    try database.open(GlueService.formats, vault: environment.vault)
    let service = GlueService(environment: environment)
    operations = Dictionary(uniqueKeysWithValues: service.operations.map { ($0.name, $0) })
  }

  /// Removes the data directory.
  func end() throws {
    try database.close()
    try LiveFileSystem().remove(directory)
  }

  @discardableResult
  func call(_ name: String, _ members: PropertyObject, region: String = "us-east-1") async throws
    -> PropertyValue
  {
    let operation = try #require(operations[name])
    let context = RequestContext(scope: Scope(region: Region(region)))
    return try await operation.invoke(OperationInput(members: .object(members)), context).members
  }

  /// The error that the call must end in.
  func fault(_ name: String, _ members: PropertyObject) async throws -> ServiceError {
    do {
      try await call(name, members)
    } catch let error as ServiceError { return error }
    Issue.record("\(name) succeeded")
    return ServiceError("", "")
  }

  /// Makes the table `t` in the database `d`, partitioned by these keys: (name, type).
  func makeTable(_ keys: [(String, String)]) async throws {
    try await call("CreateDatabase", ["DatabaseInput": ["Name": "d"]])
    let columns = keys.map { PropertyValue.object(["Name": .string($0.0), "Type": .string($0.1)]) }
    try await call(
      "CreateTable",
      ["DatabaseName": "d", "TableInput": ["Name": "t", "PartitionKeys": .list(columns)]])
  }

  func makePartitions(_ partitions: [[String]]) async throws {
    for start in stride(from: 0, to: partitions.count, by: 100) {
      let inputs = partitions[start..<min(start + 100, partitions.count)].map {
        PropertyValue.object(["Values": .list($0.map(PropertyValue.string))])
      }
      let answer = try await call(
        "BatchCreatePartition",
        ["DatabaseName": "d", "TableName": "t", "PartitionInputList": .list(inputs)])
      #expect(answer["Errors"] == .list([]))
    }
  }

  /// The values of the partitions that a request finds, of all pages.
  func partitions(_ more: PropertyObject = [:]) async throws -> [[String]] {
    var request: PropertyObject = ["DatabaseName": "d", "TableName": "t"]
    for (key, value) in more { request[key] = value }
    var found: [[String]] = []
    repeat {
      let answer = try await call("GetPartitions", request)
      for partition in answer["Partitions"]?.listValue ?? [] {
        found.append((partition["Values"]?.listValue ?? []).compactMap(\.stringValue))
      }
      request["NextToken"] = answer["NextToken"]
    } while request["NextToken"] != nil
    return found
  }
}
