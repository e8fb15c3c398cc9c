import AWSModel
import PropertyTree
import ServiceKit

/// Functions, their versions and aliases, and their code, changed together.
struct FunctionStore: Sendable {
  private static let table = ModelTable<FunctionModel>(
    "lambda.function", upgrades: [FunctionUpgrades.versions])
  /// Published versions, by function and number.
  static let versionTable = ModelTable<FunctionModel>("lambda.version")
  static let aliasTable = ModelTable<AliasModel>("lambda.alias")
  static var formats: [StoredFormat] {
    [
      table.format, versionTable.format, aliasTable.format, CodeStore.format, EventStore.format,
      CodeSourceStore.format, FailedEventStore.format,
    ] + LayerStore.formats + Places.formats + CodeSigningStore.formats
  }
  private let codes = CodeStore()
  private let events = EventStore()
  let vault: Vault
  /// Told after the commit of every change to a function.
  let onChange: @Sendable (FunctionKey) -> Void

  func find(_ name: String, in scope: Scope, _ transaction: Transaction) throws -> FunctionModel? {
    try Self.table.get(name, in: scope, transaction).map(opened)
  }

  /// The function's code, as it was uploaded.
  func archive(of function: FunctionModel, _ transaction: Transaction) throws -> [UInt8]? {
    try codes.archive(function.codeHash, transaction)
  }

  func names(in scope: Scope, _ transaction: Transaction) throws -> Set<String> {
    try Self.table.names(in: scope, transaction)
  }

  func list(
    in scope: Scope, after name: String = "", limit: Int = .max, _ transaction: Transaction
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
    if let old { try release(old, unless: function, transaction) }
    notifyAfterCommit(FunctionKey(scope: scope, name: function.name), transaction)
  }

  /// Replaces what its processes don't know of (tags, policy), so that they stay.
  func putQuietly(_ function: FunctionModel, in scope: Scope, _ transaction: Transaction) throws {
    try Self.table.put(sealed(function), function.name, in: scope, transaction)
  }

  /// Deletes a function with all its versions. False when there was none.
  func delete(_ name: String, in scope: Scope, _ transaction: Transaction) throws -> Bool {
    guard let old = try find(name, in: scope, transaction) else { return false }
    for version in try versions(of: name, in: scope, transaction) {
      try deleteVersion(version, in: scope, transaction)
    }
    for alias in try aliases(of: name, in: scope, transaction) {
      try deleteAlias(alias, in: scope, transaction)
    }
    try Places.removeAll(at: FunctionReference(name, scope: scope), transaction)
    try Self.table.delete(name, in: scope, transaction)
    try release(old, unless: nil, transaction)
    let key = FunctionKey(scope: scope, name: name)
    try events.removeAll(of: key, transaction)
    try FailedEventStore.remove(key, transaction)
    notifyAfterCommit(key, transaction)
    return true
  }

  /// Lets go of the code and layers that a function has no more.
  func release(
    _ old: FunctionModel, unless new: FunctionModel?, _ transaction: Transaction
  ) throws {
    let kept = new?.codeHashes ?? []
    for hash in old.codeHashes.subtracting(kept).sorted() {
      try codes.release(hash, transaction)
    }
  }

  /// Bytes of what lies in an archive that is kept.
  func unpackedSize(of hash: String, _ transaction: Transaction) throws -> Int {
    guard let archive = try codes.archive(hash, transaction) else {
      throw ServiceError.internalFailure("The code \(hash) is not in the database.")
    }
    return try FunctionCode.unpackedSize(of: archive)
  }

  // MARK: Variables

  private static let context = "lambda.environment"

  func sealed(_ function: FunctionModel) throws -> FunctionModel {
    guard !function.settings.environment.isEmpty else { return function }
    let variables = try TreeEncoder().encode(function.settings.environment)
    var row = function
    row.sealedEnvironment = try vault.seal(JSONWriter.compact(variables), for: Self.context)
    row.settings.environment = [:]
    return row
  }

  func opened(_ row: FunctionModel) throws -> FunctionModel {
    guard let sealed = row.sealedEnvironment else { return row }
    var function = row
    function.sealedEnvironment = nil
    function.settings.environment = try TreeDecoder().decode(
      [String: String].self, from: JSONReader.read(vault.open(sealed, for: Self.context)))
    return function
  }

  func notifyAfterCommit(_ key: FunctionKey, _ transaction: Transaction) {
    transaction.afterCommit { [onChange] in onChange(key) }
  }
}

extension FunctionModel {
  /// The archives that it is made of.
  var codeHashes: Set<String> { Set(settings.layers.map(\.codeHash) + [codeHash]) }
}
