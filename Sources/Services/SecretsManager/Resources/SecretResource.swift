import AWSModel
import Diagnostics
import Effects
import PropertyTree
import ServiceKit
import ResourceModel

/// `AWS::SecretsManager::Secret`: the physical id is the ARN, whose end is chosen before the secret
/// exists.
struct SecretResource: ResourceHandler {
  let store: SecretStore

  let schema = ResourceSchema(
    type: "AWS::SecretsManager::Secret", naming: NamingRule(property: "Name", lengthMax: 256),
    createOnly: ["Name"],
    supported: [
      "Name", "Description", "SecretString", "KmsKeyId", "Tags.*", "GenerateSecretString.*",
    ], attributes: ["Id"])

  func identity(
    physicalID: String, properties: PropertyValue, in environment: StackEnvironment
  ) -> ResourceIdentity {
    var id = physicalID
    if !id.hasPrefix("arn:") {
      let random = SeededRandomSource(seed: "secret/\(environment.stackID)/\(physicalID)")
      let suffix = SecretModel.suffix(random)
      id = ARN("secretsmanager", environment.scope, "secret:\(physicalID)-\(suffix)").description
    }
    return ResourceIdentity(
      physicalID: id, reference: .string(id), attributes: ["Id": .string(id)])
  }

  func check(_ properties: PropertyValue) -> [PropertyIssue] {
    var issues: [PropertyIssue] = []
    func attempt(_ key: String, _ body: () throws(ServiceError) -> Void) {
      do throws(ServiceError) { try body() } catch {
        issues.append(
          PropertyIssue(
            error.code == "UnsupportedOperation" ? .unsupportedValue : .invalidPropertyValue,
            at: PropertyPath().appending(key), error.message))
      }
    }
    if let name = properties["Name"]?.stringValue {
      attempt("Name") { () throws(ServiceError) in try SecretLimits.check(name: name) }
    }
    if let key = properties["KmsKeyId"]?.stringValue {
      attempt("KmsKeyId") { () throws(ServiceError) in try SecretLimits.check(key: key) }
    }
    if let generation = properties["GenerateSecretString"], !generation.containsUnknown {
      attempt("GenerateSecretString") { () throws(ServiceError) in
        try SecretProperties.generation(properties)?.check()
        if properties["SecretString"] != nil {
          throw SecretFault.invalid("Give SecretString or GenerateSecretString, not both.")
        }
      }
    }
    return issues
  }

  func create(_ request: ResourceRequest, in transaction: Transaction) throws {
    let random = store.environment.effects.random
    let (name, suffix) = try Self.parts(of: request.physicalID)
    try SecretLimits.check(name: name)
    try SecretLimits.check(key: request.properties["KmsKeyId"]?.stringValue)
    _ = try store.create(
      SecretModel(
        name: name, suffix: suffix, description: request.properties["Description"]?.scalarText,
        tags: try SecretProperties.tags(request.properties), created: request.now,
        changed: request.now),
      value: try SecretProperties.value(request.properties, random), versionID: random.uuid(),
      in: request.scope, transaction)
  }

  func update(_ request: ResourceRequest, in transaction: Transaction) throws {
    let random = store.environment.effects.random
    var secret = try store.requireLiving(
      request.physicalID, now: request.now, in: request.scope, transaction)
    try SecretLimits.check(key: request.properties["KmsKeyId"]?.stringValue)
    secret.description = request.properties["Description"]?.scalarText
    secret.tags = try SecretProperties.tags(request.properties)
    secret.changed = request.now
    // A value that was put through the API stays until the template's own changes.
    let isOther = ["SecretString", "GenerateSecretString"].contains {
      request.properties[$0] != request.previous?[$0]
    }
    if isOther, let value = try SecretProperties.value(request.properties, random) {
      try store.add(
        value, versionID: random.uuid(), stages: [SecretStage.current], to: &secret,
        now: request.now, in: request.scope, transaction)
    }
    try store.put(secret, in: request.scope, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard
      let secret = try store.find(
        request.physicalID, now: request.now, in: request.scope, transaction)
    else { return }
    // As CloudFormation does it: without a window for recovery.
    try store.remove(secret.name, in: request.scope, transaction)
  }

  /// By name: another secret of the name stands in the way, whatever its ARN ends with.
  func exists(_ request: ResourceRequest, in transaction: Transaction) throws -> Bool {
    let (name, _) = try Self.parts(of: request.physicalID)
    return try store.find(name, now: request.now, in: request.scope, transaction) != nil
  }

  private static func parts(of arn: String) throws(ServiceError) -> (name: String, suffix: String) {
    guard let resource = ARN(parsing: arn)?.resource, resource.hasPrefix("secret:"),
      let dash = resource.lastIndex(of: "-")
    else { throw SecretFault.notFound }
    return (
      String(resource[..<dash].dropFirst("secret:".count)),
      String(resource[resource.index(after: dash)...])
    )
  }
}
