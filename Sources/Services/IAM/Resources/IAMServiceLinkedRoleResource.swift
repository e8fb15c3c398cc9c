import AWSModel
import Effects
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::IAM::ServiceLinkedRole`. `Ref` is the role's name, which the service gives.
struct IAMServiceLinkedRoleResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var AWSServiceName: String?
    var CustomSuffix: String?
    var Description: String?

    func linked() throws(ServiceError) -> IAMServiceLinkedRole {
      guard let service = AWSServiceName else {
        throw IAMFaults.validation("AWSServiceName is missing")
      }
      return try IAMServiceLinkedRole(service: service, suffix: CustomSuffix)
    }
  }

  static let declaration = ResourceDeclaration(
    "AWS::IAM::ServiceLinkedRole", naming: .generated(lengthMax: 64),
    attributes: ["RoleName": "{id}"], writeOnly: ["AWSServiceName", "CustomSuffix"],
    needsIAMCapability: true)

  let store: IAMStore

  func identity(
    physicalID: String, properties: PropertyValue, in environment: StackEnvironment
  ) -> ResourceIdentity {
    // A service that is not known is an issue of the check.
    let linked = try? Properties(
      AWSServiceName: properties["AWSServiceName"]?.stringValue,
      CustomSuffix: properties["CustomSuffix"]?.stringValue
    ).linked()
    let name = linked?.roleName ?? physicalID
    return ResourceIdentity(
      physicalID: name, reference: .string(name), attributes: ["RoleName": .string(name)])
  }

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    issues.check("AWSServiceName") { () throws(ServiceError) in _ = try properties.linked() }
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let role = IAMRole(
      try step.properties.linked(),
      uniqueID: IAMText.uniqueID("AROA", store.environment.effects.random),
      description: step.properties.Description, at: step.now)
    guard try store.get(IAMRole.self, role.name, step.scope.account, transaction) == nil else {
      throw IAMServiceLinkedRole.taken(role.name)
    }
    try store.put(role, step.scope.account, transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    var role: IAMRole = try store.existing(step.physicalID, step.scope.account, transaction)
    role.description = step.properties.Description
    try store.put(role, step.scope.account, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    let account = request.scope.account
    guard let role = try store.get(IAMRole.self, request.physicalID, account, transaction) else {
      return
    }
    try store.delete(role, account, transaction)
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    try store.get(IAMRole.self, request.physicalID, request.scope.account, transaction)
      .map { Properties(Description: $0.description) }
  }
}
