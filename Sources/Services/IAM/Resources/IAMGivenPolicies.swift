import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit

/// An inline policy in a template.
struct IAMPolicyProperty: Codable, Sendable {
  var PolicyName: String
  var PolicyDocument: PropertyValue
}

/// The policies that a template gives an entity in its own properties.
///
/// Policies that other resources or the API added stay: only the template's own come and go.
struct IAMGivenPolicies: Sendable {
  var managed: [String]
  var inline: [IAMPolicyProperty]

  init(_ managed: [String]?, _ inline: [IAMPolicyProperty]?) {
    self.managed = managed ?? []
    self.inline = inline ?? []
  }

  /// All that an entity has: what a template would have to say that does not yet say anything.
  init(allOf entity: some IAMEntity) throws {
    managed = entity.managedPolicies
    inline = try entity.inlinePolicies.map {
      IAMPolicyProperty(PolicyName: $0.name, PolicyDocument: try JSONReader.read($0.document))
    }
  }

  func check(_ issues: inout PropertyIssues) {
    for (index, arn) in managed.enumerated() {
      issues.check("ManagedPolicyArns", index) { () throws(ServiceError) in
        try IAMPolicyARN.check(planned: arn)
      }
    }
    for (index, policy) in inline.enumerated() {
      issues.check("Policies", index, below: "PolicyDocument") { () throws(ServiceError) in
        try IAMPolicyDocument.check(given: policy.PolicyDocument, .identity)
      }
      issues.check("Policies", index, below: "PolicyName") { () throws(ServiceError) in
        try IAMLimits.check(policy.PolicyName, "PolicyName", max: 128)
      }
    }
  }

  /// Puts these policies in the place of those that the template gave before.
  func give(
    to entity: inout some IAMEntity, replacing previous: IAMGivenPolicies?, _ store: IAMStore,
    _ account: AccountID, _ transaction: Transaction
  ) throws {
    for arn in managed where !entity.managedPolicies.contains(arn) {
      try store.checkAttachable(arn, account, transaction)
    }
    let dropped = Set(previous?.managed ?? []).subtracting(managed)
    entity.managedPolicies.removeAll { dropped.contains($0) }
    for arn in managed { try entity.attach(arn) }
    let names = Set((previous?.inline ?? []).map(\.PolicyName))
      .subtracting(inline.map(\.PolicyName))
    entity.inlinePolicies.removeAll { names.contains($0.name) }
    for policy in inline {
      try entity.put(
        IAMInlinePolicy(
          name: policy.PolicyName,
          document: try IAMPolicyDocument.normalize(policy.PolicyDocument, .identity)))
    }
  }

  /// Takes these policies away.
  func take(from entity: inout some IAMEntity) {
    entity.managedPolicies.removeAll { managed.contains($0) }
    let names = Set(inline.map(\.PolicyName))
    entity.inlinePolicies.removeAll { names.contains($0.name) }
  }

  /// The inline policies of an entity that the template has, as it has them; nil for none.
  func live(inlineOf entity: some IAMEntity) throws -> [IAMPolicyProperty]? {
    let own = Set(inline.map(\.PolicyName))
    let found = try entity.inlinePolicies.filter { own.contains($0.name) }.map {
      IAMPolicyProperty(PolicyName: $0.name, PolicyDocument: try JSONReader.read($0.document))
    }
    return found.isEmpty ? nil : found
  }

  /// The managed policies of an entity that the template has; nil for none.
  func live(managedOf entity: some IAMEntity) -> [String]? {
    let found = entity.managedPolicies.filter(managed.contains)
    return found.isEmpty ? nil : found
  }
}

extension PropertyIssues {
  mutating func check(path: String?) {
    guard let path else { return }
    check("Path") { () throws(ServiceError) in try IAMLimits.check(path: path) }
  }

  mutating func check(name: String?, _ property: String, max: Int) {
    guard let name else { return }
    check(property) { () throws(ServiceError) in
      try IAMLimits.check(name, property, max: max)
    }
  }

  mutating func check(boundary: String?) {
    guard let boundary else { return }
    check("PermissionsBoundary") { () throws(ServiceError) in
      try IAMPolicyARN.check(planned: boundary)
    }
  }

  mutating func check(iamTags tags: [ValuedTag]?) {
    check("Tags") { () throws(ServiceError) in try IAMLimits.check(tags: tags ?? []) }
  }
}
