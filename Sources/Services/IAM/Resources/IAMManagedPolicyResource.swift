import AWSModel
import Effects
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::IAM::ManagedPolicy`. `Ref` is the ARN. A changed document is a new version, which counts.
struct IAMManagedPolicyResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var ManagedPolicyName: String?
    var Path: String?
    var Description: String?
    /// nil only while a plan does not know it.
    var PolicyDocument: PropertyValue?
    var Roles: [String]?
  }

  private static let arn: IdentityForm = "arn:aws:iam::{account}:policy{Path|/}{name}"

  static let declaration = ResourceDeclaration(
    "AWS::IAM::ManagedPolicy", naming: .property("ManagedPolicyName", lengthMax: 128),
    physicalID: arn, attributes: ["PolicyArn": arn, "PolicyId": "{name}"],
    needsIAMCapability: true)

  let store: IAMStore

  func identity(
    physicalID: String, properties: PropertyValue, in environment: StackEnvironment
  ) -> ResourceIdentity {
    var identity = Self.declaration.identity(physicalID, properties: properties, in: environment)
    identity.attributes["PolicyId"] = .string(uniqueID(identity.physicalID, environment))
    return identity
  }

  /// Known before the policy exists, hence not drawn but derived.
  private func uniqueID(_ physicalID: String, _ environment: StackEnvironment) -> String {
    IAMText.uniqueID(
      "ANPA",
      SeededRandomSource(
        seed: "policy/\(environment.scope.account)/\(environment.stackID)/\(physicalID)"))
  }

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    if let name = properties.ManagedPolicyName {
      issues.check("ManagedPolicyName") { () throws(ServiceError) in
        try IAMLimits.check(name, "ManagedPolicyName", max: 128)
      }
    }
    if let path = properties.Path {
      issues.check("Path") { () throws(ServiceError) in try IAMLimits.check(path: path) }
    }
    if let document = properties.PolicyDocument {
      issues.check("PolicyDocument") { () throws(ServiceError) in
        _ = try IAMManagedPolicy.normalize(document)
      }
    }
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let properties = step.properties
    let policy = IAMManagedPolicy(
      name: IAMPolicyARN.name(of: step.physicalID), path: properties.Path ?? "/",
      uniqueID: uniqueID(step.physicalID, step.environment),
      description: properties.Description,
      document: try IAMManagedPolicy.normalize(properties.PolicyDocument ?? .null), tags: [],
      at: step.now)
    try store.create(policy, step.scope.account, transaction)
    try attach(step.physicalID, to: properties.Roles ?? [], step.request, transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    var policy = try store.existingPolicy(step.physicalID, step.scope.account, transaction)
    let document = try IAMManagedPolicy.normalize(step.properties.PolicyDocument ?? .null)
    if document != policy.document {
      // The oldest that does not count makes room, as CloudFormation has it.
      if policy.versions.count == IAMManagedPolicy.versionsMax,
        let oldest = policy.versions.firstIndex(where: { $0.number != policy.defaultNumber })
      {
        policy.versions.remove(at: oldest)
      }
      try policy.add(document, isDefault: true, at: step.now)
      try store.put(policy, step.scope.account, transaction)
    }
    let roles = step.properties.Roles ?? []
    let gone = (step.previous?.Roles ?? []).filter { !roles.contains($0) }
    try detach(step.physicalID, from: gone, step.request, transaction)
    try attach(step.physicalID, to: roles, step.request, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    let name = IAMPolicyARN.name(of: request.physicalID)
    guard let policy = try store.policy(named: name, request.scope.account, transaction),
      policy.arn(in: request.scope.account) == request.physicalID
    else { return }
    try detach(request.physicalID, from: try typed(request)?.Roles ?? [], request, transaction)
    try store.deletePolicy(policy, request.scope.account, transaction)
  }

  /// The roles of the template that have the policy.
  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    let name = IAMPolicyARN.name(of: request.physicalID)
    let account = request.scope.account
    guard let policy = try store.policy(named: name, account, transaction),
      policy.arn(in: account) == request.physicalID
    else { return nil }
    let roles = try (typed(request)?.Roles ?? []).filter {
      try store.role($0, account, transaction)?.managedPolicies.contains(request.physicalID) == true
    }
    return Properties(
      ManagedPolicyName: policy.name, Path: policy.path, Description: policy.description,
      PolicyDocument: try JSONReader.read(policy.document), Roles: roles.isEmpty ? nil : roles)
  }

  private func attach(
    _ arn: String, to roles: [String], _ request: ResourceRequest, _ transaction: Transaction
  ) throws {
    for name in roles {
      var role = try store.existingRole(name, request.scope.account, transaction)
      guard !role.managedPolicies.contains(arn) else { continue }
      role.managedPolicies.append(arn)
      try store.put(role, request.scope.account, transaction)
    }
  }

  /// A role that is gone already has lost its attachments with it.
  private func detach(
    _ arn: String, from roles: [String], _ request: ResourceRequest, _ transaction: Transaction
  ) throws {
    for name in roles {
      guard var role = try store.role(name, request.scope.account, transaction) else { continue }
      role.managedPolicies.removeAll { $0 == arn }
      try store.put(role, request.scope.account, transaction)
    }
  }
}
