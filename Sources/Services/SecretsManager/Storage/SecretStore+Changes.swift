import AWSModel
import Effects
import ServiceKit

extension SecretStore {
  /// Makes a secret, with a first version where there is a value.
  ///
  /// - Throws: `ResourceExistsException`; `InvalidRequestException` where one of the name waits for
  ///   its deletion.
  func create(
    _ secret: SecretModel, value: SecretValue?, versionID: String, in scope: Scope,
    _ transaction: Transaction
  ) throws -> SecretModel {
    if let old = try find(secret.name, now: secret.created, in: scope, transaction) {
      throw old.deleted == nil ? SecretFault.exists(secret.name) : SecretFault.scheduled
    }
    // A secret past its window makes room.
    try remove(secret.name, in: scope, transaction)
    var secret = secret
    if let value {
      try add(
        value, versionID: versionID, stages: [SecretStage.current], to: &secret,
        now: secret.created, in: scope, transaction)
    }
    try put(secret, in: scope, transaction)
    return secret
  }

  /// Adds a version to the secret, which the caller then puts.
  func add(
    _ value: SecretValue, versionID: String, stages: [String], to secret: inout SecretModel,
    now: Timestamp, in scope: Scope, _ transaction: Transaction
  ) throws {
    try putValue(value, of: secret.name, version: versionID, in: scope, transaction)
    let isFirst = secret.versions.isEmpty
    secret.versions.append(SecretVersion(id: versionID, stages: [], created: now))
    for stage in stages { secret.move(stage, to: versionID) }
    if isFirst, !stages.contains(SecretStage.current) {
      secret.move(SecretStage.current, to: versionID)
    }
    secret.changed = now
    for id in secret.prune() { try forget(id, of: secret.name, in: scope, transaction) }
  }

  /// True when a version of that id exists with the same value: the request was made before.
  ///
  /// Throws `ResourceExistsException` where it exists with another value.
  func isRepeated(
    _ token: String?, _ value: SecretValue, of secret: SecretModel, in scope: Scope,
    _ transaction: Transaction
  ) throws -> Bool {
    guard let token, secret.version(token) != nil else { return false }
    guard try self.value(of: secret, version: token, in: scope, transaction) == value else {
      throw SecretFault.tokenUsed(token, secret.arn(in: scope))
    }
    return true
  }
}
