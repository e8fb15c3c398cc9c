import AWSModel
import ServiceKit

/// Configurations that stand at a function (as `$LATEST`), a version or an alias.
struct PlaceTable<Model: Codable & Sendable>: Sendable {
  private let table: ModelTable<Model>
  var format: StoredFormat { table.format }

  init(_ kind: String) { table = ModelTable(kind) }

  private func name(_ reference: FunctionReference) -> String {
    "\(reference.key.name):\(reference.place)"
  }

  func get(_ reference: FunctionReference, _ transaction: Transaction) throws -> Model? {
    try table.get(name(reference), in: reference.key.scope, transaction)
  }

  func put(
    _ model: Model, at reference: FunctionReference, _ transaction: Transaction
  ) throws {
    try table.put(model, name(reference), in: reference.key.scope, transaction)
  }

  /// False where there was none.
  @discardableResult
  func delete(_ reference: FunctionReference, _ transaction: Transaction) throws -> Bool {
    try table.delete(name(reference), in: reference.key.scope, transaction)
  }

  /// All of a function, with the places that they stand at, in the order of these.
  func list(_ function: FunctionKey, _ transaction: Transaction) throws
    -> [(place: String, model: Model)]
  {
    try table.list(in: function.scope, prefix: "\(function.name):", transaction).map {
      (place: String($0.name.dropFirst(function.name.count + 1)), model: $0.model)
    }
  }

  /// All of an account and region.
  func all(in scope: Scope, _ transaction: Transaction) throws -> [Model] {
    try table.list(in: scope, transaction).map(\.model)
  }
}

/// The configurations that go with a function, version or alias.
enum Places {
  static let eventInvokes = PlaceTable<EventInvokeModel>("lambda.eventinvoke")
  static let provisioned = PlaceTable<ProvisionedModel>("lambda.provisioned")
  static var formats: [StoredFormat] {
    [eventInvokes.format, provisioned.format] + FunctionURLs.formats
  }

  /// After what they stand at is gone.
  static func removeAll(at reference: FunctionReference, _ transaction: Transaction) throws {
    try eventInvokes.delete(reference, transaction)
    try provisioned.delete(reference, transaction)
    try FunctionURLs.delete(reference, transaction)
  }
}
