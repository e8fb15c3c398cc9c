import AWSModel
import Effects
import ServiceKit

/// Deleting secrets, and taking that back within the window.
/// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
struct SecretRemovalOperations: Sendable {
  let store: SecretStore

  var all: [Operation] { [.typed("DeleteSecret", delete), .typed("RestoreSecret", restore)] }

  private struct DeleteInput: Decodable, Sendable {
    var SecretId: String
    var RecoveryWindowInDays: Int?
    var ForceDeleteWithoutRecovery: Bool?
  }

  private struct DeleteOutput: Encodable, Sendable {
    var ARN: String
    var Name: String
    var DeletionDate: Double
  }

  private func delete(_ input: DeleteInput, _ context: RequestContext) async throws -> DeleteOutput
  {
    let isForced = input.ForceDeleteWithoutRecovery ?? false
    if isForced, input.RecoveryWindowInDays != nil {
      throw SecretFault.invalid(
        "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
    }
    let days = input.RecoveryWindowInDays ?? SecretLimits.recoveryDays.upperBound
    guard SecretLimits.recoveryDays.contains(days) else {
      throw SecretFault.invalid(
        "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
    }
    let store = store
    return try await store.environment.database.write { transaction in
      let now = store.now
      guard
        var secret = try store.find(input.SecretId, now: now, in: context.scope, transaction)
      else {
        guard isForced, !input.SecretId.hasPrefix("arn:") else { throw SecretFault.notFound }
        // A secret that is gone already may be deleted by force again.
        let name = SecretModel(
          name: input.SecretId, suffix: SecretModel.suffix(store.environment.effects.random),
          created: now, changed: now)
        return DeleteOutput(
          ARN: name.arn(in: context.scope), Name: name.name, DeletionDate: now.epochSeconds)
      }
      if isForced {
        try store.remove(secret.name, in: context.scope, transaction)
        return DeleteOutput(
          ARN: secret.arn(in: context.scope), Name: secret.name, DeletionDate: now.epochSeconds)
      }
      if secret.deleted != nil { throw SecretFault.deleted }
      let date = now.adding(seconds: days * 86_400)
      secret.deleted = now
      secret.deletionDate = date
      try store.put(secret, in: context.scope, transaction)
      return DeleteOutput(
        ARN: secret.arn(in: context.scope), Name: secret.name, DeletionDate: date.epochSeconds)
    }
  }

  private struct RestoreInput: Decodable, Sendable { var SecretId: String }

  private func restore(_ input: RestoreInput, _ context: RequestContext) async throws
    -> SecretVersionOutput
  {
    let store = store
    return try await store.environment.database.write { transaction in
      var secret = try store.require(
        input.SecretId, now: store.now, in: context.scope, transaction)
      secret.deleted = nil
      secret.deletionDate = nil
      try store.put(secret, in: context.scope, transaction)
      return SecretVersionOutput(secret, context.scope)
    }
  }
}
