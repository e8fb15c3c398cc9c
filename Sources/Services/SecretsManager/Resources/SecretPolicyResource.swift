import AWSModel
import Diagnostics
import PropertyTree
import ServiceKit
import ResourceModel

/// `AWS::SecretsManager::ResourcePolicy`: one for each secret.
struct SecretPolicyResource: ResourceHandler {
  let store: SecretStore

  let schema = ResourceSchema(
    type: "AWS::SecretsManager::ResourcePolicy", naming: NamingRule(property: nil, lengthMax: 128),
    createOnly: ["SecretId"], supported: ["SecretId", "ResourcePolicy.*", "ResourcePolicy"],
    attributes: ["Id"])

  /// The physical id is the secret's.
  func identity(
    physicalID: String, properties: PropertyValue, in environment: StackEnvironment
  ) -> ResourceIdentity {
    let id = properties["SecretId"]?.stringValue ?? physicalID
    return ResourceIdentity(
      physicalID: id, reference: .string(id), attributes: ["Id": .string(id)])
  }

  func check(_ properties: PropertyValue) -> [PropertyIssue] {
    guard let policy = properties["ResourcePolicy"], !policy.containsUnknown else { return [] }
    do throws(ServiceError) {
      try SecretLimits.check(policy: Self.text(policy))
      return []
    } catch {
      return [
        PropertyIssue(
          .invalidPropertyValue, at: PropertyPath().appending("ResourcePolicy"), error.message)
      ]
    }
  }

  func create(_ request: ResourceRequest, in transaction: Transaction) throws {
    try put(request, isNew: true, transaction)
  }

  func update(_ request: ResourceRequest, in transaction: Transaction) throws {
    try put(request, isNew: false, transaction)
  }

  private func put(_ request: ResourceRequest, isNew: Bool, _ transaction: Transaction) throws {
    guard let policy = request.properties["ResourcePolicy"] else {
      throw ServiceError.validation("A resource policy needs ResourcePolicy.")
    }
    let text = Self.text(policy)
    try SecretLimits.check(policy: text)
    var secret = try store.requireLiving(
      request.physicalID, now: request.now, in: request.scope, transaction)
    if isNew, secret.policy != nil {
      throw ServiceError(
        "ResourceExistsException", "The secret \(secret.name) has a resource policy already.")
    }
    secret.policy = text
    try store.put(secret, in: request.scope, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard
      var secret = try store.find(
        request.physicalID, now: request.now, in: request.scope, transaction)
    else { return }
    secret.policy = nil
    try store.put(secret, in: request.scope, transaction)
  }

  func exists(_ request: ResourceRequest, in transaction: Transaction) throws -> Bool {
    try store.find(request.physicalID, now: request.now, in: request.scope, transaction)?.policy
      != nil
  }

  private static func text(_ policy: PropertyValue) -> String {
    policy.stringValue ?? JSONWriter.compact(policy)
  }
}
