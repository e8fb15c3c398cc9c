import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::SecretsManager::ResourcePolicy`: one for each secret, whose id is the physical id.
struct SecretPolicyResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var SecretId: String
    /// nil only while a plan does not know it.
    var ResourcePolicy: PropertyValue?
  }

  static let declaration = ResourceDeclaration(
    "AWS::SecretsManager::ResourcePolicy", naming: .generated(lengthMax: 128),
    physicalID: "{SecretId}", attributes: ["Id": "{id}"])

  let store: SecretStore

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    guard let policy = properties.ResourcePolicy else { return }
    issues.check("ResourcePolicy") { () throws(ServiceError) in
      try SecretLimits.check(policy: Self.text(policy))
    }
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let secret = try secret(of: step.request, transaction)
    if secret.policy != nil {
      throw ServiceError(
        "ResourceExistsException", "The secret \(secret.name) has a resource policy already.")
    }
    try update(step, in: transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    guard let policy = step.properties.ResourcePolicy else {
      throw ServiceError.validation("A resource policy needs ResourcePolicy.")
    }
    var secret = try secret(of: step.request, transaction)
    secret.policy = Self.text(policy)
    try store.put(secret, in: step.scope, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard
      var secret = try store.find(
        request.physicalID, now: request.now, in: request.scope, transaction)
    else { return }
    secret.policy = nil
    try store.put(secret, in: request.scope, transaction)
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    let secret = try store.find(
      request.physicalID, now: request.now, in: request.scope, transaction)
    guard let policy = secret?.policy else { return nil }
    return Properties(SecretId: request.physicalID, ResourcePolicy: try JSONReader.read(policy))
  }

  private func secret(of request: ResourceRequest, _ transaction: Transaction) throws
    -> SecretModel
  {
    try store.requireLiving(request.physicalID, now: request.now, in: request.scope, transaction)
  }

  private static func text(_ policy: PropertyValue) -> String {
    policy.stringValue ?? JSONWriter.compact(policy)
  }
}
