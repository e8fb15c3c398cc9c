import AWSModel
import ServiceKit

/// Resource policies of secrets: kept and shown, not enforced.
/// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html
struct SecretPolicyOperations: Sendable {
  let store: SecretStore

  var all: [Operation] {
    [
      .typed("GetResourcePolicy", get), .typed("PutResourcePolicy", put),
      .typed("DeleteResourcePolicy", delete),
    ]
  }

  private struct SecretInput: Decodable, Sendable { var SecretId: String }

  private struct PolicyOutput: Encodable, Sendable {
    var ARN: String
    var Name: String
    var ResourcePolicy: String?
  }

  private func get(_ input: SecretInput, _ context: RequestContext) throws -> PolicyOutput {
    let secret = try store.environment.database.read {
      try store.requireLiving(input.SecretId, now: store.now, in: context.scope, $0)
    }
    return PolicyOutput(
      ARN: secret.arn(in: context.scope), Name: secret.name, ResourcePolicy: secret.policy)
  }

  private struct PutInput: Decodable, Sendable {
    var SecretId: String
    var ResourcePolicy: String
    var BlockPublicPolicy: Bool?
  }

  private func put(_ input: PutInput, _ context: RequestContext) async throws -> SecretVersionOutput
  {
    if input.BlockPublicPolicy == true {
      throw ServiceError.unsupported("the check of `BlockPublicPolicy`")
    }
    try SecretLimits.check(policy: input.ResourcePolicy)
    return try await change(input.SecretId, to: input.ResourcePolicy, context)
  }

  private func delete(_ input: SecretInput, _ context: RequestContext) async throws
    -> SecretVersionOutput
  {
    try await change(input.SecretId, to: nil, context)
  }

  private func change(_ id: String, to policy: String?, _ context: RequestContext) async throws
    -> SecretVersionOutput
  {
    let store = store
    return try await store.environment.database.write { transaction in
      var secret = try store.requireLiving(id, now: store.now, in: context.scope, transaction)
      secret.policy = policy
      try store.put(secret, in: context.scope, transaction)
      return SecretVersionOutput(secret, context.scope)
    }
  }
}
