import AWSModel
import AWSWire
import Effects
import Glibc
import PropertyTree
import ServiceKit
import S3
import StackModel
import Testing

/// An S3 service over a new data directory, the real file system, a virtual clock and seeded
/// chance. The directory goes with the last reference.
final class S3Bench: Sendable {
  let directory: String
  let clock: VirtualClock
  let database: ServiceDatabase
  let service: S3Service
  let effects: Effects
  private let operations: [String: Operation]
  let context: RequestContext

  init(region: String = "us-east-1", directory: String? = nil, seed: UInt64 = 1) throws {
    let directory = directory ?? Self.makeDirectory()
    self.directory = directory
    clock = VirtualClock(
      startingAt: Timestamp(year: 2026, month: 11, day: 21, hour: 5, minute: 0, second: 0))
    effects = Effects(
      clock: clock, random: SeededRandomSource(seed: seed), files: LiveFileSystem(),
      processes: LiveProcessSpawner())
    database = ServiceDatabase(
      path: "\(directory)/leat.db", isDurable: false, effects: effects)
    let environment = ServiceEnvironment(
      effects: effects, database: database, dataDirectory: directory, isDurable: false,
      endpoint: { nil }, report: { _ in })
    try database.open(S3Service.formats, vault: environment.vault)
    service = try S3Service(environment: environment)
    operations = Dictionary(uniqueKeysWithValues: service.operations.map { ($0.name, $0) })
    context = RequestContext(
      scope: Scope(account: .standard, region: Region(region)), requestID: "request")
  }

  static func makeDirectory() -> String {
    var template = Array("/tmp/leat-s3-XXXXXX".utf8CString)
    return template.withUnsafeMutableBufferPointer { buffer in
      String(cString: mkdtemp(buffer.baseAddress!))
    }
  }

  /// Removes the data directory.
  func end() throws {
    try database.close()
    try LiveFileSystem().remove(directory)
  }

  @discardableResult
  func call(
    _ name: String, _ members: PropertyObject, body: [UInt8] = [], account: String? = nil
  ) async throws -> OperationOutput {
    let operation = try #require(operations[name])
    var context = context
    if let account { context.scope.account = AccountID(account) }
    let facts = try #require(WireFacts(service: "s3", operation: name))
    let input = try facts.input(.object(members), .restXML)
    return try await operation.invoke(
      OperationInput(members: input, body: BufferedBody(body)), context)
  }

  /// The code of the error that the call must end in.
  func fault(_ name: String, _ members: PropertyObject, body: [UInt8] = []) async throws -> String {
    try await refusal(name, members, body: body).code
  }

  /// The error that the call must end in.
  func refusal(
    _ name: String, _ members: PropertyObject, body: [UInt8] = []
  ) async throws -> ServiceError {
    do {
      try await call(name, members, body: body)
      Issue.record("\(name) succeeded")
      return ServiceError("", "", status: 0)
    } catch let error as ServiceError { return error }
  }

  func bucket(_ name: String = "bucket", versioning: String? = nil) async throws {
    try await call("CreateBucket", ["Bucket": .string(name)])
    if let versioning { try await setVersioning(versioning, of: name) }
  }

  func setVersioning(_ status: String, of name: String = "bucket") async throws {
    try await call(
      "PutBucketVersioning",
      ["Bucket": .string(name), "VersioningConfiguration": ["Status": .string(status)]])
  }

  @discardableResult
  func put(_ key: String, _ text: String = "", _ more: PropertyObject = [:]) async throws
    -> OperationOutput
  {
    var members: PropertyObject = ["Bucket": "bucket", "Key": .string(key)]
    for (name, value) in more { members[name] = value }
    return try await call("PutObject", members, body: Array(text.utf8))
  }

  func get(_ key: String, _ more: PropertyObject = [:]) async throws -> OperationOutput {
    var members: PropertyObject = ["Bucket": "bucket", "Key": .string(key)]
    for (name, value) in more { members[name] = value }
    return try await call("GetObject", members)
  }

  /// The object's bytes as text.
  func text(_ key: String, _ more: PropertyObject = [:]) async throws -> String {
    String(decoding: try read(try await get(key, more)), as: UTF8.self)
  }

  func read(_ output: OperationOutput) throws -> [UInt8] {
    switch output.body {
    case .bytes(let bytes): return bytes
    case .file(let path, let offset, let count):
      return try LiveFileSystem().open(path, .read).read(at: offset, count: Int(count))
    case .stream, nil: return []
    }
  }

  /// Names of the files under `objects/` and `staging/`.
  func files() throws -> (objects: [String], staging: [String]) {
    let files = LiveFileSystem()
    let objects = try files.list("\(directory)/s3/objects").flatMap {
      try files.list("\(directory)/s3/objects/\($0)")
    }
    return (objects, try files.list("\(directory)/s3/staging"))
  }
}

extension PropertyValue {
  func list(_ name: String) -> [PropertyValue] { self[name]?.listValue ?? [] }
  func text(_ name: String) -> String? { self[name]?.scalarText }
}
