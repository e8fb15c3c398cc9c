import AWSModel
import Effects
import GRDB
import PropertyTree
import ServiceKit

/// Mappings, and how far each has come.
struct MappingStore: Sendable {
  private static let table = ModelTable<MappingModel>("lambda.mapping")
  static var formats: [StoredFormat] { [table.format, PositionStore.format] }

  let positions = PositionStore()
  /// Told after the commit of every change to a mapping.
  let onChange: @Sendable (MappingKey) -> Void

  func find(_ uuid: String, in scope: Scope, _ transaction: Transaction) throws -> MappingModel? {
    try Self.table.get(uuid, in: scope, transaction)
  }

  func require(_ uuid: String, in scope: Scope, _ transaction: Transaction) throws -> MappingModel {
    guard let found = try find(uuid, in: scope, transaction) else { throw MappingError.notFound }
    return found
  }

  func list(in scope: Scope, _ transaction: Transaction) throws -> [MappingModel] {
    try Self.table.list(in: scope, transaction).map(\.model)
  }

  func names(in scope: Scope, _ transaction: Transaction) throws -> Set<String> {
    try Self.table.names(in: scope, transaction)
  }

  func all(_ transaction: Transaction) throws -> [(scope: Scope, model: MappingModel)] {
    try Self.table.all(transaction).map { (scope: $0.scope, model: $0.model) }
  }

  /// Throws where the function has a mapping of the source already.
  func checkUnique(_ model: MappingModel, in scope: Scope, _ transaction: Transaction) throws {
    let other = try list(in: scope, transaction).first {
      $0.uuid != model.uuid && $0.sourceARN == model.sourceARN
        && $0.functionARN == model.functionARN
    }
    guard let other else { return }
    let name = try FunctionReference(model.functionARN, scope: scope).key.name
    throw MappingError.duplicate(model.sourceARN, name, other.uuid)
  }

  /// Makes or replaces; whoever works by it begins anew.
  func put(_ model: MappingModel, in scope: Scope, _ transaction: Transaction) throws {
    try Self.table.put(model, model.uuid, in: scope, transaction)
    notifyAfterCommit(model.uuid, scope, transaction)
  }

  /// Replaces a part that a mapping does not work by: its tags, its last result.
  func putQuietly(_ model: MappingModel, in scope: Scope, _ transaction: Transaction) throws {
    try Self.table.put(model, model.uuid, in: scope, transaction)
  }

  /// The mapping with its positions; false when there was none.
  @discardableResult
  func delete(_ uuid: String, in scope: Scope, _ transaction: Transaction) throws -> Bool {
    guard try Self.table.delete(uuid, in: scope, transaction) else { return false }
    try positions.removeAll(of: uuid, transaction)
    notifyAfterCommit(uuid, scope, transaction)
    return true
  }

  private func notifyAfterCommit(_ uuid: String, _ scope: Scope, _ transaction: Transaction) {
    transaction.afterCommit { [onChange] in onChange(MappingKey(scope: scope, uuid: uuid)) }
  }
}
