import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::IAM::Policy`: one inline policy on one or more roles, users and groups. `Ref` is the
/// physical id, which CloudFormation generates; the policy's own name is a property.
struct IAMPolicyResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var PolicyName: String
    /// nil only while a plan does not know it.
    var PolicyDocument: PropertyValue?
    var Roles: [String]?
    var Users: [String]?
    var Groups: [String]?

    var targets: IAMPolicyTargets { IAMPolicyTargets(Roles, Users, Groups) }
  }

  static let declaration = ResourceDeclaration(
    "AWS::IAM::Policy", naming: .generated(lengthMax: 64), attributes: ["Id": "{id}"],
    needsIAMCapability: true)

  let store: IAMStore

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    if properties.targets.isEmpty {
      issues.append(
        PropertyIssue(
          .missingProperty, at: PropertyPath().appending("Roles"),
          "At least one of [Groups,Roles,Users] must be non-empty.",
          hint: "List at least one role, user or group."))
    }
    if let document = properties.PolicyDocument {
      issues.check("PolicyDocument") { () throws(ServiceError) in
        try IAMPolicyDocument.check(given: document, .identity)
      }
    }
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let properties = step.properties
    try IAMLimits.check(properties.PolicyName, "PolicyName", max: 128)
    let policy = IAMInlinePolicy(
      name: properties.PolicyName,
      document: try IAMPolicyDocument.normalize(properties.PolicyDocument ?? .null, .identity))
    try properties.targets.change(store, step.scope.account, transaction) { try $0.put(policy) }
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    if let previous = step.previous {
      let gone =
        previous.PolicyName == step.properties.PolicyName
        ? previous.targets.subtracting(step.properties.targets) : previous.targets
      try remove(previous.PolicyName, from: gone, step.request, transaction)
    }
    try create(step, in: transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard let properties = try typed(request) else { return }
    try remove(properties.PolicyName, from: properties.targets, request, transaction)
  }

  /// The entities of the template that have the policy, with the first one's document.
  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    guard let properties = try typed(request) else { return nil }
    var document: PropertyValue?
    let live = try properties.targets.filtered(store, request.scope.account, transaction) {
      guard let policy = $0.inlinePolicies.first(where: { $0.name == properties.PolicyName })
      else { return false }
      if document == nil { document = try JSONReader.read(policy.document) }
      return true
    }
    guard !live.isEmpty else { return nil }
    return Properties(
      PolicyName: properties.PolicyName, PolicyDocument: document, Roles: live.roles.shown,
      Users: live.users.shown, Groups: live.groups.shown)
  }

  /// An entity that is gone already has lost its policies with it.
  private func remove(
    _ policy: String, from targets: IAMPolicyTargets, _ request: ResourceRequest,
    _ transaction: Transaction
  ) throws {
    let account = request.scope.account
    let there = try targets.filtered(store, account, transaction) { _ in true }
    try there.change(store, account, transaction) { entity in
      entity.inlinePolicies.removeAll { $0.name == policy }
    }
  }
}
