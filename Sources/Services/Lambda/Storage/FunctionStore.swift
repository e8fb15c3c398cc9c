import AWSModel
import PropertyTree
import ServiceKit

/// Functions and their code, changed together.
struct FunctionStore: Sendable {
  private static let table = ModelTable<FunctionModel>("lambda.function")
  static var formats: [StoredFormat] {
    [table.format, CodeStore.format, EventStore.format]
  }
  private let codes = CodeStore()
  private let events = EventStore()
  let vault: Vault
  /// Told after the commit of every change to a function.
  let onChange: @Sendable (FunctionKey) -> Void

  func find(_ name: String, in scope: Scope, _ transaction: Transaction) throws -> FunctionModel? {
    try Self.table.get(name, in: scope, transaction).map(opened)
  }

  func names(in scope: Scope, _ transaction: Transaction) throws -> Set<String> {
    try Self.table.names(in: scope, transaction)
  }

  func list(
    in scope: Scope, after name: String, limit: Int, _ transaction: Transaction
  ) throws -> [FunctionModel] {
    try Self.table.list(in: scope, after: name, limit: limit, transaction).map {
      try opened($0.model)
    }
  }

  /// Makes or replaces; `code` is nil where it stays.
  func put(
    _ function: FunctionModel, code: FunctionCode?, in scope: Scope, _ transaction: Transaction
  ) throws {
    let old = try find(function.name, in: scope, transaction)
    if let code { try codes.put(code, transaction) }
    try Self.table.put(sealed(function), function.name, in: scope, transaction)
    if let old, old.codeHash != function.codeHash { try codes.release(old.codeHash, transaction) }
    notifyAfterCommit(function.name, scope, transaction)
  }

  /// Replaces what its processes don't know of (tags, policy), so that they stay.
  func putQuietly(_ function: FunctionModel, in scope: Scope, _ transaction: Transaction) throws {
    try Self.table.put(sealed(function), function.name, in: scope, transaction)
  }

  /// False when there was none.
  func delete(_ name: String, in scope: Scope, _ transaction: Transaction) throws -> Bool {
    guard let old = try find(name, in: scope, transaction) else { return false }
    try Self.table.delete(name, in: scope, transaction)
    try codes.release(old.codeHash, transaction)
    try events.removeAll(of: FunctionKey(scope: scope, name: name), transaction)
    notifyAfterCommit(name, scope, transaction)
    return true
  }

  // MARK: Variables

  private static let context = "lambda.environment"

  private func sealed(_ function: FunctionModel) throws -> FunctionModel {
    guard !function.settings.environment.isEmpty else { return function }
    let variables = try TreeEncoder().encode(function.settings.environment)
    var row = function
    row.sealedEnvironment = try vault.seal(JSONWriter.compact(variables), for: Self.context)
    row.settings.environment = [:]
    return row
  }

  private func opened(_ row: FunctionModel) throws -> FunctionModel {
    guard let sealed = row.sealedEnvironment else { return row }
    var function = row
    function.sealedEnvironment = nil
    function.settings.environment = try TreeDecoder().decode(
      [String: String].self, from: JSONReader.read(vault.open(sealed, for: Self.context)))
    return function
  }

  private func notifyAfterCommit(_ name: String, _ scope: Scope, _ transaction: Transaction) {
    transaction.afterCommit { [onChange] in onChange(FunctionKey(scope: scope, name: name)) }
  }
}
