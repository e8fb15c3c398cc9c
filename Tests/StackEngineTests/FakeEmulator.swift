import AWSModel
import Diagnostics
import Effects
import PropertyTree
import ServiceKit
import ResourceModel
import StackModel

/// The fake emulator's record of a resource.
struct FakeModel: Codable, Sendable, Hashable {
  var properties: PropertyValue
}

/// A resource type that lives in one table. Its properties say what goes wrong:
/// `FailOn: create|update|delete`, and `Objects: n` for contents that stand against a deletion.
struct FakeHandler: ResourceHandler {
  let schema: ResourceSchema
  private let table: ModelTable<FakeModel>

  init(_ type: ResourceType, needsIAMCapability: Bool = false) {
    schema = ResourceSchema(
      type: type, naming: NamingRule(property: "Name", lengthMax: 64),
      createOnly: ["Name", "Kind"], supported: ["Name", "Kind", "Size", "FailOn", "Objects"],
      attributes: ["Arn"], needsIAMCapability: needsIAMCapability)
    table = Self.table(type)
  }

  static func table(_ type: ResourceType) -> ModelTable<FakeModel> {
    ModelTable("fake.\(type)")
  }

  func identity(physicalID: String, properties: PropertyValue, in environment: StackEnvironment)
    -> ResourceIdentity
  {
    ResourceIdentity(
      physicalID: physicalID, reference: .string(physicalID),
      attributes: ["Arn": .string("arn:fake:\(physicalID)")])
  }

  func create(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard try table.get(request.physicalID, in: request.scope, transaction) == nil else {
      throw ServiceError("AlreadyExists", "\(request.physicalID) exists")
    }
    // Before the failure, so that a failing step has something to undo.
    try table.put(
      FakeModel(properties: request.properties), request.physicalID, in: request.scope, transaction)
    try fail("create", request.properties)
  }

  func update(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard let old = try table.get(request.physicalID, in: request.scope, transaction),
      old.properties == request.previous
    else { throw ServiceError("NotFound", "\(request.physicalID) is not as it was") }
    try table.put(
      FakeModel(properties: request.properties), request.physicalID, in: request.scope, transaction)
    try fail("update", request.properties)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    try table.delete(request.physicalID, in: request.scope, transaction)
    try fail("delete", request.properties)
    if objects(request) > 0, !request.discardsContents {
      throw ServiceError(
        "BucketNotEmpty", "The bucket you tried to delete is not empty", status: 409)
    }
  }

  func contents(_ request: ResourceRequest, in transaction: Transaction) throws -> ResourceContents
  {
    objects(request) == 0
      ? ResourceContents()
      : ResourceContents(losses: ["\(objects(request)) objects"], blocksDeletion: true)
  }

  func exists(_ request: ResourceRequest, in transaction: Transaction) throws -> Bool {
    try table.get(request.physicalID, in: request.scope, transaction) != nil
  }

  func liveProperties(_ request: ResourceRequest, in transaction: Transaction) throws
    -> PropertyValue?
  {
    try table.get(request.physicalID, in: request.scope, transaction)?.properties
  }

  private func objects(_ request: ResourceRequest) -> Int64 {
    request.properties["Objects"]?.integerValue ?? 0
  }

  private func fail(_ verb: String, _ properties: PropertyValue) throws {
    if properties["FailOn"]?.stringValue == verb {
      throw ServiceError("Injected", "this resource fails on \(verb)")
    }
  }
}

let fakeFormats = fakeHandlers.map { FakeHandler.table($0.schema.type).format }

let fakeHandlers = [
  FakeHandler("Fake::Queue"), FakeHandler("Fake::Bucket"),
  FakeHandler("Fake::Role", needsIAMCapability: true),
]
