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
    var Users: [String]?
    var Groups: [String]?

    var targets: IAMPolicyTargets { IAMPolicyTargets(Roles, Users, Groups) }
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
    issues.check(name: properties.ManagedPolicyName, "ManagedPolicyName", max: 128)
    issues.check(path: properties.Path)
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
    try store.make(policy, step.scope.account, transaction)
    try attach(step, transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let account = step.scope.account
    var policy = try store.existingPolicy(step.physicalID, account, transaction)
    let document = try IAMManagedPolicy.normalize(step.properties.PolicyDocument ?? .null)
    if document != policy.document {
      // The oldest that does not count makes room, as CloudFormation has it.
      if policy.versions.count == IAMManagedPolicy.versionsMax,
        let oldest = policy.versions.firstIndex(where: { $0.number != policy.defaultNumber })
      {
        policy.versions.remove(at: oldest)
      }
      try policy.add(document, isDefault: true, at: step.now)
      try store.put(policy, account, transaction)
    }
    if let previous = step.previous {
      try detach(
        step.physicalID, from: previous.targets.subtracting(step.properties.targets), account,
        transaction)
    }
    try attach(step, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    let account = request.scope.account
    guard let policy = try policy(request, transaction) else { return }
    if let properties = try typed(request) {
      try detach(request.physicalID, from: properties.targets, account, transaction)
    }
    try store.deletePolicy(policy, account, transaction)
  }

  /// The entities of the template that have the policy.
  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    guard let policy = try policy(request, transaction) else { return nil }
    let targets = try typed(request)?.targets ?? IAMPolicyTargets(nil, nil, nil)
    let live = try targets.filtered(store, request.scope.account, transaction) {
      $0.managedPolicies.contains(request.physicalID)
    }
    return Properties(
      ManagedPolicyName: policy.name, Path: policy.path, Description: policy.description,
      PolicyDocument: try JSONReader.read(policy.document), Roles: live.roles.shown,
      Users: live.users.shown, Groups: live.groups.shown)
  }

  private func policy(_ request: ResourceRequest, _ transaction: Transaction) throws
    -> IAMManagedPolicy?
  {
    let account = request.scope.account
    let name = IAMPolicyARN.name(of: request.physicalID)
    guard let policy = try store.get(IAMManagedPolicy.self, name, account, transaction),
      policy.arn(in: account).description == request.physicalID
    else { return nil }
    return policy
  }

  private func attach(_ step: ResourceStep<Properties>, _ transaction: Transaction) throws {
    try step.properties.targets.change(store, step.scope.account, transaction) {
      try $0.attach(step.physicalID)
    }
  }

  /// An entity that is gone already has lost its attachments with it.
  private func detach(
    _ arn: String, from targets: IAMPolicyTargets, _ account: AccountID,
    _ transaction: Transaction
  ) throws {
    let there = try targets.filtered(store, account, transaction) { _ in true }
    try there.change(store, account, transaction) { entity in
      entity.managedPolicies.removeAll { $0 == arn }
    }
  }
}
