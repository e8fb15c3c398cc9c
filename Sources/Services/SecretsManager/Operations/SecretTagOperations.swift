import AWSModel
import ServiceKit

/// Tags of secrets.
/// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_TagResource.html
struct SecretTagOperations: Sendable {
  let store: SecretStore

  var all: [Operation] { [.typed("TagResource", tag), .typed("UntagResource", untag)] }

  private func change(
    _ id: String, _ context: RequestContext,
    _ body: @escaping @Sendable (inout SecretModel) throws -> Void
  ) async throws -> EmptyOutput {
    let store = store
    try await store.environment.database.write { transaction in
      var secret = try store.requireLiving(id, now: store.now, in: context.scope, transaction)
      try body(&secret)
      try store.put(secret, in: context.scope, transaction)
    }
    return EmptyOutput()
  }

  private struct TagInput: Decodable, Sendable {
    var SecretId: String
    var Tags: [Tag]
  }

  private func tag(_ input: TagInput, _ context: RequestContext) async throws -> EmptyOutput {
    try SecretLimits.check(tags: input.Tags)
    return try await change(input.SecretId, context) { secret in
      secret.tags = secret.tags.merging(input.Tags)
      try SecretLimits.check(tags: secret.tags.own)
    }
  }

  private struct UntagInput: Decodable, Sendable {
    var SecretId: String
    var TagKeys: [String]
  }

  private func untag(_ input: UntagInput, _ context: RequestContext) async throws -> EmptyOutput {
    try SecretLimits.check(tags: input.TagKeys.map { Tag(Key: $0, Value: nil) }.system)
    return try await change(input.SecretId, context) { secret in
      secret.tags.removeAll { input.TagKeys.contains($0.Key) }
    }
  }
}
