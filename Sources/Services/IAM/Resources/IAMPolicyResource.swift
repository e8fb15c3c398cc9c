import AWSModel
import Diagnostics
import PropertyTree
import ServiceKit
import ResourceModel

/// `AWS::IAM::Policy`: one inline policy on one or more roles.
struct IAMPolicyResource: ResourceHandler {
  let store: IAMStore

  let schema = ResourceSchema(
    type: "AWS::IAM::Policy", naming: NamingRule(property: nil, lengthMax: 64),
    supported: ["PolicyName", "PolicyDocument.*", "Roles"], needsIAMCapability: true)

  /// `Ref` is the physical id, which CloudFormation generates; the policy's own name is a property.
  func identity(
    physicalID: String, properties: PropertyValue, in environment: StackEnvironment
  ) -> ResourceIdentity {
    ResourceIdentity(physicalID: physicalID, reference: .string(physicalID))
  }

  func check(_ properties: PropertyValue) -> [PropertyIssue] {
    var issues: [PropertyIssue] = []
    let root = PropertyPath()
    if (properties["Roles"]?.listValue ?? []).isEmpty {
      issues.append(
        PropertyIssue(
          .missingProperty, at: root.appending("Roles"), "The policy is attached to no role",
          hint: "List at least one role; users and groups are not supported."))
    }
    if let document = properties["PolicyDocument"], !document.containsUnknown {
      do throws(ServiceError) {
        try IAMPolicyDocument.check(given: document, .identity)
      } catch {
        issues.append(
          PropertyIssue(
            .invalidPropertyValue, at: root.appending("PolicyDocument"), error.message))
      }
    }
    return issues
  }

  private struct Shape: Codable {
    var PolicyName: String
    var PolicyDocument: PropertyValue
    var Roles: [String]
  }

  func create(_ request: ResourceRequest, in transaction: Transaction) throws {
    try put(IAMProperties.decode(Shape.self, request.properties), request, transaction)
  }

  func update(_ request: ResourceRequest, in transaction: Transaction) throws {
    let shape = try IAMProperties.decode(Shape.self, request.properties)
    if let previous = try request.previous.map({ try IAMProperties.decode(Shape.self, $0) }) {
      let gone =
        previous.PolicyName == shape.PolicyName
        ? previous.Roles.filter { !shape.Roles.contains($0) } : previous.Roles
      try remove(previous.PolicyName, from: gone, request, transaction)
    }
    try put(shape, request, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    let shape = try IAMProperties.decode(Shape.self, request.properties)
    try remove(shape.PolicyName, from: shape.Roles, request, transaction)
  }

  func exists(_ request: ResourceRequest, in transaction: Transaction) throws -> Bool {
    let shape = try IAMProperties.decode(Shape.self, request.properties)
    return try shape.Roles.allSatisfy { name in
      let role = try store.role(name, request.scope.account, transaction)
      return role?.inlinePolicies.contains { $0.name == shape.PolicyName } ?? false
    }
  }

  private func put(_ shape: Shape, _ request: ResourceRequest, _ transaction: Transaction) throws {
    try IAMLimits.check(shape.PolicyName, "PolicyName", max: 128)
    let document = try IAMPolicyDocument.normalize(shape.PolicyDocument, .identity)
    for name in shape.Roles {
      var role = try store.existingRole(name, request.scope.account, transaction)
      role.put(IAMInlinePolicy(name: shape.PolicyName, document: document))
      try store.put(role, request.scope.account, transaction)
    }
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
