import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::IAM::Policy`: one inline policy on one or more roles. `Ref` is the physical id, which
/// CloudFormation generates; the policy's own name is a property.
struct IAMPolicyResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var PolicyName: String
    /// nil only while a plan does not know it.
    var PolicyDocument: PropertyValue?
    var Roles: [String]?
  }

  static let declaration = ResourceDeclaration(
    "AWS::IAM::Policy", naming: .generated(lengthMax: 64), needsIAMCapability: true)

  let store: IAMStore

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    if (properties.Roles ?? []).isEmpty {
      issues.append(
        PropertyIssue(
          .missingProperty, at: PropertyPath().appending("Roles"),
          "The policy is attached to no role",
          hint: "List at least one role; users and groups are not supported."))
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
    let document = try IAMPolicyDocument.normalize(properties.PolicyDocument ?? .null, .identity)
    for name in properties.Roles ?? [] {
      var role = try store.existingRole(name, step.scope.account, transaction)
      role.put(IAMInlinePolicy(name: properties.PolicyName, document: document))
      try store.put(role, step.scope.account, transaction)
    }
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    if let previous = step.previous {
      let staying = previous.PolicyName == step.properties.PolicyName ? step.properties.Roles : nil
      let gone = (previous.Roles ?? []).filter { !(staying ?? []).contains($0) }
      try remove(previous.PolicyName, from: gone, step.request, transaction)
    }
    try create(step, in: transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard let properties = try typed(request) else { return }
    try remove(properties.PolicyName, from: properties.Roles ?? [], request, transaction)
  }

  /// The roles of the template that have the policy, with the first one's document.
  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    guard let properties = try typed(request) else { return nil }
    var live = Properties(PolicyName: properties.PolicyName, Roles: [])
    for name in properties.Roles ?? [] {
      guard let role = try store.role(name, request.scope.account, transaction),
        let policy = role.inlinePolicies.first(where: { $0.name == properties.PolicyName })
      else { continue }
      live.Roles?.append(name)
      if live.PolicyDocument == nil { live.PolicyDocument = try JSONReader.read(policy.document) }
    }
    return live.Roles?.isEmpty == false ? live : nil
  }

  /// A role that is gone already has lost its policies with it.
  private func remove(
    _ policy: String, from roles: [String], _ request: ResourceRequest, _ transaction: Transaction
  ) throws {
    for name in roles {
      guard var role = try store.role(name, request.scope.account, transaction) else { continue }
      role.inlinePolicies.removeAll { $0.name == policy }
      try store.put(role, request.scope.account, transaction)
    }
  }
}
