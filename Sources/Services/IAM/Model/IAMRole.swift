import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// A role as it is stored, keyed by account and name.
struct IAMRole: Codable, Sendable, Hashable, IAMBounded, IAMTagged {
  static let word = "Role"
  static let arnKind = "role"
  static let inlineCharactersMax = 10_240
  /// Characters of a trust policy, white space apart.
  static let trustCharactersMax = 2048
  /// Roles that a service makes for itself stand under this path.
  static let serviceLinkedPath = "/aws-service-role/"

  var name: String
  var path: String
  /// `AROA…`
  var uniqueID: String
  var createdAt: Timestamp
  /// JSON text: who may assume the role.
  var trustPolicy: String
  var description: String?
  var sessionSecondsMax: Int
  /// Seconds of a console session; nil where the default holds.
  var signinSecondsMax: Int?
  var tags: [ValuedTag]
  var managedPolicies: [String]
  var inlinePolicies: [IAMInlinePolicy]
  var permissionsBoundary: String?

  var isServiceLinked: Bool { path.hasPrefix(Self.serviceLinkedPath) }

  /// A document that can be a role's trust policy, as text. Throws `MalformedPolicyDocument` and
  /// `LimitExceeded`.
  static func trust(_ document: PropertyValue) throws(ServiceError) -> String {
    let text = try IAMPolicyDocument.normalize(document, .trust)
    guard IAMPolicyDocument.characters(of: text) <= trustCharactersMax else {
      throw IAMFaults.quota("ACLSizePerRole", trustCharactersMax)
    }
    return text
  }

  /// Throws `UnmodifiableEntity` for a role that belongs to a service.
  func checkModifiable() throws(ServiceError) {
    guard isServiceLinked else { return }
    throw ServiceError(
      "UnmodifiableEntity",
      "Cannot perform the operation on the protected role '\(name)' - this role is only modifiable "
        + "by AWS")
  }
}
