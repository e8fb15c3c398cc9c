import AWSModel
import ServiceKit

/// Published versions and aliases.
extension FunctionStore {
  private static func place(_ function: String, _ version: String) -> String {
    // In the order of numbers.
    "\(function):" + String(repeating: "0", count: max(0, 10 - version.utf8.count)) + version
  }

  private static func aliasPlace(_ function: String, _ name: String) -> String {
    "\(function):\(name)"
  }

  // MARK: Versions

  /// `$LATEST` or a published version; nil where there is none.
  func find(
    _ name: String, version: String, in scope: Scope, _ transaction: Transaction
  ) throws -> FunctionModel? {
    if version == FunctionModel.latest { return try find(name, in: scope, transaction) }
    guard version.allSatisfy(\.isNumber) else { return nil }
    return try Self.versionTable.get(Self.place(name, version), in: scope, transaction).map(opened)
  }

  /// Published versions, numbers ascending.
  ///
  /// - Parameter number: the version to begin after; nil for all.
  func versions(
    of name: String, after number: String? = nil, limit: Int = .max, in scope: Scope,
    _ transaction: Transaction
  ) throws -> [FunctionModel] {
    try Self.versionTable.list(
      in: scope, after: number.map { Self.place(name, $0) } ?? "", prefix: "\(name):",
      limit: limit, transaction
    ).map { try opened($0.model) }
  }

  /// The next version, made of what `$LATEST` is now. Where nothing has changed since the last one,
  /// that one.
  ///
  /// - Parameter function: `$LATEST`; gets its next number.
  func publish(
    _ function: inout FunctionModel, description: String?, revisionID: String,
    origin: String? = nil, in scope: Scope, _ transaction: Transaction
  ) throws -> (version: FunctionModel, isNew: Bool) {
    let last = try find(
      function.name, version: String(function.nextVersion - 1), in: scope, transaction)
    if let last, last.isMadeOf(function) { return (last, false) }
    var version = function
    version.version = String(function.nextVersion)
    version.revisionID = revisionID
    version.settings.description = description ?? function.settings.description
    version.permissions = []
    version.policyRevisionID = ""
    version.tags = [:]
    version.origin = origin
    function.nextVersion += 1
    try putVersion(version, in: scope, transaction)
    try putQuietly(function, in: scope, transaction)
    return (version, true)
  }

  func putVersion(
    _ version: FunctionModel, in scope: Scope, _ transaction: Transaction
  ) throws {
    try Self.versionTable.put(
      sealed(version), Self.place(version.name, version.version), in: scope, transaction)
  }

  func deleteVersion(
    _ version: FunctionModel, in scope: Scope, _ transaction: Transaction
  ) throws {
    try Self.versionTable.delete(
      Self.place(version.name, version.version), in: scope, transaction)
    try release(version, unless: nil, transaction)
    try Places.removeAll(
      at: FunctionReference(version.name, qualifier: version.version, scope: scope), transaction)
    notifyAfterCommit(
      FunctionKey(scope: scope, name: version.name, version: version.version), transaction)
  }

  // MARK: Aliases

  func alias(
    _ name: String, of function: String, in scope: Scope, _ transaction: Transaction
  ) throws -> AliasModel? {
    try Self.aliasTable.get(Self.aliasPlace(function, name), in: scope, transaction)
  }

  /// Names ascending.
  func aliases(
    of function: String, in scope: Scope, _ transaction: Transaction
  ) throws -> [AliasModel] {
    try Self.aliasTable.list(in: scope, prefix: "\(function):", transaction).map(\.model)
  }

  /// Throws where a version that the alias leads to is not there, and AWS's refusals of weights.
  func putAlias(_ alias: AliasModel, in scope: Scope, _ transaction: Transaction) throws {
    try alias.validate()
    for version in [alias.version] + alias.weights.keys.sorted() {
      guard try find(alias.function, version: version, in: scope, transaction) != nil else {
        throw try FunctionReference(alias.function, qualifier: version, scope: scope).notFound
      }
    }
    try putAliasQuietly(alias, in: scope, transaction)
  }

  /// Replaces what leads nowhere else: its policy.
  func putAliasQuietly(_ alias: AliasModel, in scope: Scope, _ transaction: Transaction) throws {
    try Self.aliasTable.put(
      alias, Self.aliasPlace(alias.function, alias.name), in: scope, transaction)
  }

  func deleteAlias(_ alias: AliasModel, in scope: Scope, _ transaction: Transaction) throws {
    try Self.aliasTable.delete(
      Self.aliasPlace(alias.function, alias.name), in: scope, transaction)
    try Places.removeAll(
      at: FunctionReference(alias.function, qualifier: alias.name, scope: scope), transaction)
  }

  // MARK: References

  /// The function that a reference leads to; of an alias with weights, the version that has the rest
  /// or, where `chance` says so, the other one. Throws `ResourceNotFoundException`.
  ///
  /// - Parameter chance: from 0 to 1, for an invocation; nil for who only looks.
  func resolve(
    _ reference: FunctionReference, chance: Double? = nil, _ transaction: Transaction
  ) throws -> FunctionModel {
    let (name, scope) = (reference.key.name, reference.key.scope)
    var version = reference.place
    if reference.mayBeAlias, let alias = try alias(version, of: name, in: scope, transaction) {
      version = chance.map { alias.version(by: $0) } ?? alias.version
    }
    guard let found = try find(name, version: version, in: scope, transaction) else {
      throw reference.notFound
    }
    return found
  }

  /// Changes the policy of what a reference names. Throws `ResourceNotFoundException` where that is
  /// not there.
  func changePolicy(
    of reference: FunctionReference, _ transaction: Transaction,
    _ body: (inout any PolicyHolder) throws -> Void
  ) throws {
    var holder: any PolicyHolder = try policyHolder(reference, transaction)
    try body(&holder)
    let scope = reference.key.scope
    if let alias = holder as? AliasModel {
      try putAliasQuietly(alias, in: scope, transaction)
    } else if let function = holder as? FunctionModel {
      if function.version == FunctionModel.latest {
        try putQuietly(function, in: scope, transaction)
      } else {
        try putVersion(function, in: scope, transaction)
      }
    }
  }

  /// A function, one of its versions or aliases.
  func policyHolder(
    _ reference: FunctionReference, _ transaction: Transaction
  ) throws -> any PolicyHolder {
    if reference.mayBeAlias,
      let alias = try alias(
        reference.place, of: reference.key.name, in: reference.key.scope, transaction)
    {
      return alias
    }
    return try resolve(reference, transaction)
  }
}

extension FunctionModel {
  /// True where a version would hold nothing else.
  fileprivate func isMadeOf(_ latest: FunctionModel) -> Bool {
    var (mine, theirs) = (settings, latest.settings)
    mine.description = ""
    theirs.description = ""
    return mine == theirs && codeHash == latest.codeHash
  }
}
