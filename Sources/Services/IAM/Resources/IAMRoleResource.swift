import AWSModel
import Effects
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::IAM::Role`
struct IAMRoleResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var RoleName: String?
    var Path: String?
    /// nil only while a plan does not know it.
    var AssumeRolePolicyDocument: PropertyValue?
    var Description: String?
    var MaxSessionDuration: Int?
    var PermissionsBoundary: String?
    var ManagedPolicyArns: [String]?
    var Policies: [IAMPolicyProperty]?
    var Tags: [ValuedTag]?

    var given: IAMGivenPolicies { IAMGivenPolicies(ManagedPolicyArns, Policies) }
  }

  static let declaration = ResourceDeclaration(
    "AWS::IAM::Role", naming: .property("RoleName", lengthMax: 64),
    attributes: ["Arn": "arn:aws:iam::{account}:role{Path|/}{name}", "RoleId": "{name}"],
    needsIAMCapability: true)

  let store: IAMStore

  func identity(
    physicalID: String, properties: PropertyValue, in environment: StackEnvironment
  ) -> ResourceIdentity {
    var identity = Self.declaration.identity(physicalID, properties: properties, in: environment)
    identity.attributes["RoleId"] = .string(uniqueID(physicalID, environment))
    return identity
  }

  /// Known before the role exists, hence not drawn but derived.
  private func uniqueID(_ physicalID: String, _ environment: StackEnvironment) -> String {
    IAMText.uniqueID(
      "AROA",
      SeededRandomSource(
        seed: "role/\(environment.scope.account)/\(environment.stackID)/\(physicalID)"))
  }

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    if let document = properties.AssumeRolePolicyDocument {
      issues.check("AssumeRolePolicyDocument") { () throws(ServiceError) in
        _ = try IAMRole.trust(document)
      }
    }
    issues.check(name: properties.RoleName, "RoleName", max: 64)
    issues.check(path: properties.Path)
    if let seconds = properties.MaxSessionDuration {
      issues.check("MaxSessionDuration") { () throws(ServiceError) in
        try IAMLimits.check(sessionSeconds: seconds)
      }
    }
    issues.check(boundary: properties.PermissionsBoundary)
    properties.given.check(&issues)
    issues.check(iamTags: properties.Tags)
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    guard try store.get(IAMRole.self, step.physicalID, step.scope.account, transaction) == nil
    else { throw IAMRole.taken(step.physicalID) }
    var role = IAMRole(
      name: step.physicalID, path: step.properties.Path ?? "/",
      uniqueID: uniqueID(step.physicalID, step.environment), createdAt: step.now, trustPolicy: "",
      sessionSecondsMax: 0, tags: [], managedPolicies: [], inlinePolicies: [])
    try apply(step, to: &role, transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    var role: IAMRole = try store.existing(step.physicalID, step.scope.account, transaction)
    try apply(step, to: &role, transaction)
  }

  private func apply(
    _ step: ResourceStep<Properties>, to role: inout IAMRole, _ transaction: Transaction
  ) throws {
    let (properties, account) = (step.properties, step.scope.account)
    role.trustPolicy = try IAMRole.trust(properties.AssumeRolePolicyDocument ?? .null)
    role.description = properties.Description
    role.sessionSecondsMax = properties.MaxSessionDuration ?? 3600
    role.tags = properties.Tags ?? []
    if let boundary = properties.PermissionsBoundary, boundary != role.permissionsBoundary {
      try store.checkBoundary(boundary, account, transaction)
    }
    role.permissionsBoundary = properties.PermissionsBoundary
    try properties.given.give(
      to: &role, replacing: step.previous?.given, store, account, transaction)
    try store.put(role, account, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    let account = request.scope.account
    guard var role = try store.get(IAMRole.self, request.physicalID, account, transaction) else {
      return
    }
    try typed(request)?.given.take(from: &role)
    try store.deleteRole(role, account, transaction)
  }

  func physicalIDs(in scope: Scope, _ transaction: Transaction) throws -> Set<String>? {
    try store.names(of: IAMRole.self, scope.account, transaction)
  }

  /// Policies are shown as far as the template has them: others are resources of their own.
  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    guard
      let role = try store.get(
        IAMRole.self, request.physicalID, request.scope.account, transaction)
    else { return nil }
    let given = try typed(request)?.given ?? IAMGivenPolicies(allOf: role)
    return Properties(
      RoleName: role.name, Path: role.path,
      AssumeRolePolicyDocument: try JSONReader.read(role.trustPolicy),
      Description: role.description, MaxSessionDuration: role.sessionSecondsMax,
      PermissionsBoundary: role.permissionsBoundary,
      ManagedPolicyArns: given.live(managedOf: role), Policies: try given.live(inlineOf: role),
      Tags: role.tags.shown)
  }
}
