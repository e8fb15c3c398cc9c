import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit

/// The member that names the entity of an inline policy which is a resource of its own.
protocol IAMPolicyHolder: IAMNameMember where Named: IAMEntity {
  static var declaration: ResourceDeclaration { get }
}

extension RoleNamed: IAMPolicyHolder {
  static let declaration = ResourceDeclaration(
    "AWS::IAM::RolePolicy", naming: .generated(lengthMax: 128),
    physicalID: "{PolicyName}|{RoleName}", needsIAMCapability: true)
}

extension UserNamed: IAMPolicyHolder {
  static let declaration = ResourceDeclaration(
    "AWS::IAM::UserPolicy", naming: .generated(lengthMax: 128),
    physicalID: "{PolicyName}|{UserName}", needsIAMCapability: true)
}

extension GroupNamed: IAMPolicyHolder {
  static let declaration = ResourceDeclaration(
    "AWS::IAM::GroupPolicy", naming: .generated(lengthMax: 128),
    physicalID: "{PolicyName}|{GroupName}", needsIAMCapability: true)
}

struct IAMEntityPolicyProperties: Codable, Sendable {
  var PolicyName: String
  /// nil only while a plan does not know it.
  var PolicyDocument: PropertyValue?
}

/// `AWS::IAM::RolePolicy`, `UserPolicy` and `GroupPolicy`: one inline policy of one entity.
struct IAMEntityPolicyResource<Holder: IAMPolicyHolder>: ResourceDefinition {
  typealias Properties = With<Holder, IAMEntityPolicyProperties>

  static var declaration: ResourceDeclaration { Holder.declaration }

  let store: IAMStore

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    issues.check("PolicyDocument") { () throws(ServiceError) in
      guard let document = properties.rest.PolicyDocument else {
        throw IAMFaults.validation("The policy has no document")
      }
      try IAMPolicyDocument.check(given: document, .identity)
    }
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let (properties, account) = (step.properties.rest, step.scope.account)
    var entity: Holder.Named = try store.existing(step.properties.name, account, transaction)
    guard !entity.inlinePolicies.contains(where: { $0.name == properties.PolicyName }) else {
      throw IAMFaults.exists(
        "\(Holder.Named.word) \(entity.name) has a policy \(properties.PolicyName) already.")
    }
    try put(properties, to: &entity, account, transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let account = step.scope.account
    var entity: Holder.Named = try store.existing(step.properties.name, account, transaction)
    try put(step.properties.rest, to: &entity, account, transaction)
  }

  private func put(
    _ properties: IAMEntityPolicyProperties, to entity: inout Holder.Named, _ account: AccountID,
    _ transaction: Transaction
  ) throws {
    try (entity as? IAMRole)?.checkModifiable()
    guard let document = properties.PolicyDocument else {
      throw IAMFaults.validation("PolicyDocument is missing")
    }
    try entity.put(
      IAMInlinePolicy(
        name: properties.PolicyName,
        document: try IAMPolicyDocument.normalize(document, .identity)))
    try store.put(entity, account, transaction)
  }

  /// An entity that is gone already has lost its policies with it.
  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    let account = request.scope.account
    guard let properties = try typed(request),
      var entity = try store.get(Holder.Named.self, properties.name, account, transaction)
    else { return }
    entity.inlinePolicies.removeAll { $0.name == properties.rest.PolicyName }
    try store.put(entity, account, transaction)
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    guard let properties = try typed(request),
      let entity = try store.get(
        Holder.Named.self, properties.name, request.scope.account, transaction),
      let policy = entity.inlinePolicies.first(where: { $0.name == properties.rest.PolicyName })
    else { return nil }
    return Properties(
      entity.name,
      IAMEntityPolicyProperties(
        PolicyName: policy.name, PolicyDocument: try JSONReader.read(policy.document)))
  }
}
