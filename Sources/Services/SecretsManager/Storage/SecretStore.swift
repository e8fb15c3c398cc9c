import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// The secrets of every account and region; values are sealed and stored apart.
struct SecretStore: Sendable {
  let environment: ServiceEnvironment
  /// Version 2 adds the day of the last reading: what has none reads as before.
  private static let secrets = ModelTable<SecretModel>(
    "secretsmanager.secret", upgrades: [{ $0 }])
  /// Sealed values by `name:version id`.
  private static let values = ModelTable<String>("secretsmanager.value")
  static var formats: [StoredFormat] { [secrets.format, values.format] }

  init(_ environment: ServiceEnvironment) { self.environment = environment }

  var now: Timestamp { environment.effects.clock.now }

  /// The secret, also one that is deleted and can be restored; nil where there is none.
  ///
  /// - Parameter id: a name, or an ARN with or without its six last characters.
  func find(_ id: String, now: Timestamp, in scope: Scope, _ transaction: Transaction) throws
    -> SecretModel?
  {
    if id.hasPrefix("arn:") {
      guard let arn = ARN(parsing: id), arn.service == "secretsmanager", arn.scope == scope,
        arn.resource.hasPrefix("secret:")
      else { return nil }
      let rest = String(arn.resource.dropFirst("secret:".count))
      if let dash = rest.lastIndex(of: "-"),
        let secret = try named(String(rest[..<dash]), now, scope, transaction),
        secret.suffix == rest[rest.index(after: dash)...]
      {
        return secret
      }
      return try named(rest, now, scope, transaction)
    }
    return try named(id, now, scope, transaction)
  }

  private func named(
    _ name: String, _ now: Timestamp, _ scope: Scope, _ transaction: Transaction
  ) throws -> SecretModel? {
    guard let secret = try Self.secrets.get(name, in: scope, transaction), !secret.isGone(now)
    else {
      return nil
    }
    return secret
  }

  /// Throws `ResourceNotFoundException`.
  func require(_ id: String, now: Timestamp, in scope: Scope, _ transaction: Transaction) throws
    -> SecretModel
  {
    guard let secret = try find(id, now: now, in: scope, transaction) else {
      throw SecretFault.notFound
    }
    return secret
  }

  /// Throws also where the secret is marked for deletion.
  func requireLiving(
    _ id: String, now: Timestamp, in scope: Scope, _ transaction: Transaction
  ) throws -> SecretModel {
    let secret = try require(id, now: now, in: scope, transaction)
    if secret.deleted != nil { throw SecretFault.deleted }
    return secret
  }

  /// All that can be found, by name.
  func list(now: Timestamp, in scope: Scope, _ transaction: Transaction) throws -> [SecretModel] {
    try Self.secrets.list(in: scope, transaction).map(\.model).filter { !$0.isGone(now) }
  }

  func put(_ secret: SecretModel, in scope: Scope, _ transaction: Transaction) throws {
    try Self.secrets.put(secret, secret.name, in: scope, transaction)
  }

  /// Removes the secret with all its values, whether it is there or not.
  func remove(_ name: String, in scope: Scope, _ transaction: Transaction) throws {
    guard let secret = try Self.secrets.get(name, in: scope, transaction) else { return }
    for version in secret.versions { try forget(version.id, of: name, in: scope, transaction) }
    try Self.secrets.delete(name, in: scope, transaction)
  }

  /// Keeps the day on which secrets were read. Only the first reading of a day writes.
  func noteReading(of secrets: [SecretModel], in scope: Scope) async throws {
    let day = now.startOfDay
    let names = secrets.filter { $0.accessed != day }.map(\.name)
    guard !names.isEmpty else { return }
    try await environment.database.write { transaction in
      for name in names {
        guard var secret = try Self.secrets.get(name, in: scope, transaction) else { continue }
        secret.accessed = day
        try put(secret, in: scope, transaction)
      }
    }
  }

  // MARK: Values

  func value(
    of secret: SecretModel, version id: String, in scope: Scope, _ transaction: Transaction
  )
    throws -> SecretValue?
  {
    let key = Self.key(secret.name, id)
    guard let sealed = try Self.values.get(key, in: scope, transaction) else { return nil }
    let text = try environment.vault.open(sealed, for: Self.context(key, scope))
    return try TreeDecoder().decode(SecretValue.self, from: JSONReader.read(text))
  }

  func putValue(
    _ value: SecretValue, of name: String, version id: String, in scope: Scope,
    _ transaction: Transaction
  ) throws {
    let key = Self.key(name, id)
    let text = JSONWriter.compact(try TreeEncoder().encode(value))
    let sealed = try environment.vault.seal(text, for: Self.context(key, scope))
    try Self.values.put(sealed, key, in: scope, transaction)
  }

  func forget(_ id: String, of name: String, in scope: Scope, _ transaction: Transaction) throws {
    try Self.values.delete(Self.key(name, id), in: scope, transaction)
  }

  private static func key(_ name: String, _ id: String) -> String { "\(name):\(id)" }

  private static func context(_ key: String, _ scope: Scope) -> String {
    "secretsmanager/\(scope.account)/\(scope.region)/\(key)"
  }
}

extension SecretModel {
  /// True once it can't be restored any more.
  func isGone(_ now: Timestamp) -> Bool { deletionDate.map { $0 <= now } ?? false }
}

extension SecretStore: SecretSource {
  func secretText(
    _ id: String, stage: String?, versionID: String?, now: Timestamp, scope: Scope,
    in transaction: Transaction
  ) throws -> String {
    let (_, version, value) = try read(
      id, stage: stage, versionID: versionID, now: now, in: scope, transaction)
    guard let text = value.text else {
      throw SecretFault.refused("The version \(version.id) of the secret holds no text.")
    }
    return text
  }

  func secret(
    _ id: String, stage: String?, versionID: String?, now: Timestamp, scope: Scope,
    in transaction: Transaction
  ) throws -> StoredSecret {
    let (secret, version, value) = try read(
      id, stage: stage, versionID: versionID, now: now, in: scope, transaction)
    return StoredSecret(
      arn: secret.arn(in: scope), name: secret.name, versionID: version.id,
      stages: version.stages, text: value.text, created: version.created)
  }

  func secretNames(in scope: Scope, _ transaction: Transaction) throws -> [String] {
    try Self.secrets.list(in: scope, limit: 1000, transaction).map(\.name)
  }

  /// The version that is meant, with its value.
  ///
  /// Throws `ResourceNotFoundException`, `InvalidRequestException`.
  func read(
    _ id: String, stage: String?, versionID: String?, now: Timestamp, in scope: Scope,
    _ transaction: Transaction
  ) throws -> (secret: SecretModel, version: SecretVersion, value: SecretValue) {
    let secret = try requireLiving(id, now: now, in: scope, transaction)
    let found: SecretVersion?
    let what: String
    if let versionID {
      found = secret.version(versionID)
      what = "VersionId: \(versionID)"
      if let found, let stage, !found.stages.contains(stage) {
        throw SecretFault.refused(
          "You provided a VersionStage that is not associated to the provided VersionId.")
      }
    } else {
      found = secret.version(staged: stage ?? SecretStage.current)
      what = "staging label: \(stage ?? SecretStage.current)"
    }
    guard let found,
      let value = try value(of: secret, version: found.id, in: scope, transaction)
    else { throw SecretFault.noValue(what) }
    return (secret, found, value)
  }
}
