import AWSModel
import Effects
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::IAM::Role`
struct IAMRoleResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    struct Policy: Codable, Sendable {
      var PolicyName: String
      var PolicyDocument: PropertyValue
    }

    var RoleName: String?
    var Path: String?
    /// nil only while a plan does not know it.
    var AssumeRolePolicyDocument: PropertyValue?
    var Description: String?
    var MaxSessionDuration: Int?
    var ManagedPolicyArns: [String]?
    var Policies: [Policy]?
    var Tags: [ValuedTag]?
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
        try IAMPolicyDocument.check(given: document, .trust)
      }
    }
    if let name = properties.RoleName {
      issues.check("RoleName") { () throws(ServiceError) in
        try IAMLimits.check(name, "RoleName", max: 64)
      }
    }
    if let path = properties.Path {
      issues.check("Path") { () throws(ServiceError) in try IAMLimits.check(path: path) }
    }
    if let seconds = properties.MaxSessionDuration {
      issues.check("MaxSessionDuration") { () throws(ServiceError) in
        try IAMLimits.check(sessionSeconds: seconds)
      }
    }
    for (index, arn) in (properties.ManagedPolicyArns ?? []).enumerated() {
      issues.check("ManagedPolicyArns", index) { () throws(ServiceError) in
        try IAMPolicyARN.check(arn)
      }
    }
    for (index, policy) in (properties.Policies ?? []).enumerated() {
      issues.check("Policies", index, below: "PolicyDocument") { () throws(ServiceError) in
        try IAMPolicyDocument.check(given: policy.PolicyDocument, .identity)
      }
      issues.check("Policies", index, below: "PolicyName") { () throws(ServiceError) in
        try IAMLimits.check(policy.PolicyName, "PolicyName", max: 128)
      }
    }
    issues.check("Tags") { () throws(ServiceError) in
      try IAMLimits.check(tags: properties.Tags ?? [])
    }
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    guard try store.role(step.physicalID, step.scope.account, transaction) == nil else {
      throw IAMFaults.roleExists(step.physicalID)
    }
    var role = IAMRole(
      name: step.physicalID, path: step.properties.Path ?? "/",
      uniqueID: uniqueID(step.physicalID, step.environment), createdAt: step.now, trustPolicy: "",
      sessionSecondsMax: 0, tags: [], managedPolicies: [], inlinePolicies: [])
    try apply(step, to: &role, transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    var role = try store.existingRole(step.physicalID, step.scope.account, transaction)
    try apply(step, to: &role, transaction)
  }

  private func apply(
    _ step: ResourceStep<Properties>, to role: inout IAMRole, _ transaction: Transaction
  ) throws {
    let (properties, previous) = (step.properties, step.previous)
    role.trustPolicy = try IAMPolicyDocument.normalize(
      properties.AssumeRolePolicyDocument ?? .null, .trust)
    role.description = properties.Description
    role.sessionSecondsMax = properties.MaxSessionDuration ?? 3600
    role.tags = properties.Tags ?? []
    // Policies that AWS::IAM::Policy resources or the API added stay: only the template's own go.
    let managed = properties.ManagedPolicyArns ?? []
    for arn in managed where !role.managedPolicies.contains(arn) {
      try store.checkAttachable(arn, step.scope.account, transaction)
    }
    let dropped = Set(previous?.ManagedPolicyArns ?? []).subtracting(managed)
    role.managedPolicies.removeAll { dropped.contains($0) }
    role.managedPolicies += managed.filter { !role.managedPolicies.contains($0) }
    let policies = try (properties.Policies ?? []).map {
      IAMInlinePolicy(
        name: $0.PolicyName, document: try IAMPolicyDocument.normalize($0.PolicyDocument, .identity)
      )
    }
    let droppedNames = Set((previous?.Policies ?? []).map(\.PolicyName))
      .subtracting(policies.map(\.name))
    role.inlinePolicies.removeAll { droppedNames.contains($0.name) }
    for policy in policies { role.put(policy) }
    try store.put(role, step.scope.account, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    try store.deleteRole(request.physicalID, request.scope.account, transaction)
  }

  func physicalIDs(in scope: Scope, _ transaction: Transaction) throws -> Set<String>? {
    try store.roleNames(scope.account, transaction)
  }

  /// Policies are shown as far as the template has them: others are resources of their own.
  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    guard let role = try store.role(request.physicalID, request.scope.account, transaction) else {
      return nil
    }
    let own = Set(
      request.properties["Policies"]?.listValue?.compactMap { $0["PolicyName"]?.scalarText } ?? [])
    let policies = try role.inlinePolicies.filter { own.contains($0.name) }.map {
      Properties.Policy(
        PolicyName: $0.name, PolicyDocument: try JSONReader.read($0.document))
    }
    let listed = Set(
      request.properties["ManagedPolicyArns"]?.listValue?.compactMap(\.scalarText) ?? [])
    let managed = role.managedPolicies.filter(listed.contains)
    return Properties(
      RoleName: role.name, Path: role.path,
      AssumeRolePolicyDocument: try JSONReader.read(role.trustPolicy),
      Description: role.description, MaxSessionDuration: role.sessionSecondsMax,
      ManagedPolicyArns: managed.isEmpty ? nil : managed,
      Policies: policies.isEmpty ? nil : policies, Tags: role.tags.isEmpty ? nil : role.tags)
  }
}
