import AWSModel
import Effects
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::SecretsManager::Secret`: the physical id is the ARN, whose end is chosen before the secret
/// exists.
struct SecretResource: ResourceDefinition {
  static let declaration = ResourceDeclaration(
    "AWS::SecretsManager::Secret", naming: .property("Name", lengthMax: 256),
    attributes: ["Id": "{id}"], writeOnly: ["SecretString", "GenerateSecretString", "KmsKeyId"])

  let store: SecretStore

  func identity(
    physicalID: String, properties: PropertyValue, in environment: StackEnvironment
  ) -> ResourceIdentity {
    var id = physicalID
    if !id.hasPrefix("arn:") {
      let random = SeededRandomSource(seed: "secret/\(environment.stackID)/\(physicalID)")
      let suffix = SecretModel.suffix(random)
      id = ARN("secretsmanager", environment.scope, "secret:\(physicalID)-\(suffix)").description
    }
    return Self.declaration.identity(id, properties: properties, in: environment)
  }

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    if let name = properties.Name {
      issues.check("Name") { () throws(ServiceError) in try SecretLimits.check(name: name) }
    }
    issues.check("KmsKeyId") { () throws(ServiceError) in
      try SecretLimits.check(key: properties.KmsKeyId)
    }
    issues.check("GenerateSecretString") { () throws(ServiceError) in
      try properties.GenerateSecretString?.check()
      try properties.checkSource()
    }
    issues.check("Tags") { () throws(ServiceError) in
      try SecretLimits.check(tags: properties.Tags ?? [])
    }
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let random = store.environment.effects.random
    let (name, suffix) = try Self.parts(of: step.physicalID)
    try SecretLimits.check(name: name)
    _ = try store.create(
      SecretModel(
        name: name, suffix: suffix, description: step.properties.Description,
        tags: step.allTags(step.properties.Tags), created: step.now, changed: step.now),
      value: try step.properties.value(random), versionID: random.uuid(), in: step.scope,
      transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let random = store.environment.effects.random
    let (properties, previous) = (step.properties, step.previous)
    var secret = try store.requireLiving(
      step.physicalID, now: step.now, in: step.scope, transaction)
    secret.description = properties.Description
    secret.tags = step.allTags(properties.Tags)
    secret.changed = step.now
    // A value that was put through the API stays until the template's own changes.
    let isOther =
      properties.SecretString != previous?.SecretString
      || properties.GenerateSecretString != previous?.GenerateSecretString
    if isOther, let value = try properties.value(random) {
      try store.add(
        value, versionID: random.uuid(), stages: [SecretStage.current], to: &secret,
        now: step.now, in: step.scope, transaction)
    }
    try store.put(secret, in: step.scope, transaction)
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
  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    let (name, _) = try Self.parts(of: request.physicalID)
    return try store.find(name, now: request.now, in: request.scope, transaction).map { secret in
      Properties(
        Name: secret.name, Description: secret.description,
        Tags: secret.tags.isEmpty ? nil : secret.tags)
    }
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
