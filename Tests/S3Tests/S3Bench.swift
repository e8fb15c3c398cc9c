import AWSModel
import AWSWire
import Effects
import PropertyTree
import S3
import ServiceKit
import ServiceTesting
import Testing

typealias S3Bench = ServiceBench<S3Service>

extension ServiceBench<S3Service> {
  convenience init(region: String = "us-east-1", _ world: TestWorld = TestWorld()) throws {
    try self.init(world, scope: Scope(account: .standard, region: Region(region))) {
      try S3Service(environment: $0)
    }
  }

  @discardableResult
  func call(
    _ name: String, _ members: PropertyObject, body: [UInt8] = [], account: String? = nil
  ) async throws -> OperationOutput {
    try await invoke(name, .object(members), body: body, account: account)
  }

  /// The code of the error that the call must end in.
  func fault(_ name: String, _ members: PropertyObject, body: [UInt8] = []) async throws -> String {
    try await refusal(name, members, body: body).code
  }

  /// The error that the call must end in.
  func refusal(
    _ name: String, _ members: PropertyObject, body: [UInt8] = []
  ) async throws -> ServiceError {
    try await failure(name, .object(members), body: body)
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
      return try fileSystem.open(path, .read).read(at: offset, count: Int(count))
    case .stream, nil: return []
    }
  }

  /// Names of the files under `objects/` and `staging/`.
  func files() throws -> (objects: [String], staging: [String]) {
    let objects = try fileSystem.list("\(directory)/s3/objects").flatMap {
      try fileSystem.list("\(directory)/s3/objects/\($0)")
    }
    return (objects, try fileSystem.list("\(directory)/s3/staging"))
  }
}

extension PropertyValue {
  func list(_ name: String) -> [PropertyValue] { self[name]?.listValue ?? [] }
  func text(_ name: String) -> String? { self[name]?.scalarText }
}
