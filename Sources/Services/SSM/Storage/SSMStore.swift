import AWSModel
import Effects
import ServiceKit

/// The parameters of every account and region, each with its versions.
struct SSMStore: Sendable {
  let environment: ServiceEnvironment
  private static let parameters = ModelTable<SSMParameter>("ssm.parameter")
  /// Versions that are no longer the newest, by `name:number`.
  private static let versions = ModelTable<SSMVersion>("ssm.version")
  static var formats: [StoredFormat] { [parameters.format, versions.format] }

  init(_ environment: ServiceEnvironment) { self.environment = environment }

  var now: Timestamp { environment.effects.clock.now }

  func find(_ name: String, in scope: Scope, _ transaction: Transaction) throws -> SSMParameter? {
    try Self.parameters.get(name, in: scope, transaction)
  }

  func names(in scope: Scope, _ transaction: Transaction) throws -> Set<String> {
    try Self.parameters.names(in: scope, transaction)
  }

  /// Throws `ParameterNotFound`.
  func require(_ name: String, in scope: Scope, _ transaction: Transaction) throws -> SSMParameter {
    guard let found = try find(name, in: scope, transaction) else { throw SSMFault.notFound(name) }
    return found
  }

  /// The parameter with the version that is meant.
  ///
  /// Throws `ParameterNotFound`, `ParameterVersionNotFound`.
  func version(_ selector: SSMSelector, in scope: Scope, _ transaction: Transaction) throws
    -> (parameter: SSMParameter, version: SSMVersion)
  {
    let parameter = try require(selector.name, in: scope, transaction)
    guard let wanted = selector.selector else { return (parameter, parameter.newest) }
    guard let number = Int64(wanted) ?? parameter.labels[wanted],
      let version = try version(number, of: parameter, in: scope, transaction)
    else { throw SSMFault.versionNotFound(wanted, of: selector.name) }
    return (parameter, version)
  }

  func version(
    _ number: Int64, of parameter: SSMParameter, in scope: Scope, _ transaction: Transaction
  ) throws -> SSMVersion? {
    if number == parameter.newest.version { return parameter.newest }
    guard number >= parameter.oldestVersion, number < parameter.newest.version else { return nil }
    return try Self.versions.get(Self.key(parameter.name, number), in: scope, transaction)
  }

  /// All versions that are kept, oldest first.
  func history(
    of parameter: SSMParameter, after number: Int64, limit: Int, in scope: Scope,
    _ transaction: Transaction
  ) throws -> [SSMVersion] {
    let first = max(number + 1, parameter.oldestVersion)
    guard first <= parameter.newest.version else { return [] }
    return try (first...parameter.newest.version).prefix(limit).compactMap {
      try version($0, of: parameter, in: scope, transaction)
    }
  }

  /// Up to `limit` parameters whose names begin so, names ascending.
  func list(
    prefix: String, after start: String, limit: Int, in scope: Scope, _ transaction: Transaction
  ) throws -> [SSMParameter] {
    try Self.parameters.list(in: scope, after: max(start, prefix), limit: limit, transaction)
      .prefix(while: { $0.name.hasPrefix(prefix) }).map(\.model)
  }

  func put(_ parameter: SSMParameter, in scope: Scope, _ transaction: Transaction) throws {
    try Self.parameters.put(parameter, parameter.name, in: scope, transaction)
  }

  /// Puts a version that gives way to a newer one among the older ones.
  func keep(
    _ version: SSMVersion, of name: String, in scope: Scope, _ transaction: Transaction
  ) throws {
    try Self.versions.put(version, Self.key(name, version.version), in: scope, transaction)
  }

  func forget(
    _ version: Int64, of name: String, in scope: Scope, _ transaction: Transaction
  ) throws {
    try Self.versions.delete(Self.key(name, version), in: scope, transaction)
  }

  /// False when there was none.
  @discardableResult
  func delete(_ name: String, in scope: Scope, _ transaction: Transaction) throws -> Bool {
    guard let parameter = try find(name, in: scope, transaction) else { return false }
    for number in parameter.oldestVersion..<parameter.newest.version {
      try forget(number, of: name, in: scope, transaction)
    }
    return try Self.parameters.delete(name, in: scope, transaction)
  }

  private static func key(_ name: String, _ version: Int64) -> String { "\(name):\(version)" }

  // MARK: Values

  /// The value as it is stored.
  func sealed(_ value: String, _ type: SSMParameterType, of name: String, in scope: Scope) throws
    -> String
  {
    guard type == .secure else { return value }
    return try environment.vault.seal(value, for: Self.context(name, scope))
  }

  /// The value as it was given.
  func opened(_ version: SSMVersion, of parameter: SSMParameter, in scope: Scope) throws -> String {
    guard parameter.type == .secure else { return version.value }
    return try environment.vault.open(version.value, for: Self.context(parameter.name, scope))
  }

  private static func context(_ name: String, _ scope: Scope) -> String {
    "ssm/\(scope.account)/\(scope.region)/\(name)"
  }
}

extension SSMStore: ParameterSource {
  func parameter(
    _ name: String, version: Int64?, scope: Scope, in transaction: Transaction
  ) throws -> StoredParameter {
    var selector = try SSMSelector(name, in: scope)
    if let version { selector.selector = String(version) }
    let (parameter, found) = try self.version(selector, in: scope, transaction)
    return StoredParameter(
      value: try opened(found, of: parameter, in: scope), isSecure: parameter.type == .secure)
  }

  func parameterNames(in scope: Scope, _ transaction: Transaction) throws -> [String] {
    try list(prefix: "", after: "", limit: 1000, in: scope, transaction).map(\.name)
  }
}
