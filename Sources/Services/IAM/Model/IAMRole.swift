import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// A role as it is stored, keyed by account and name.
struct IAMRole: Codable, Sendable, Hashable {
  var name: String
  /// Starts and ends with `/`.
  var path: String
  /// `AROA…`
  var uniqueID: String
  var createdAt: Timestamp
  /// JSON text: who may assume the role.
  var trustPolicy: String
  var description: String?
  var sessionSecondsMax: Int
  var tags: [ValuedTag]
  /// ARNs of attached managed policies, in the order of attachment.
  var managedPolicies: [String]
  /// Inline policies by name, in the order of their making.
  var inlinePolicies: [IAMInlinePolicy]

  func arn(in account: AccountID) -> ARN { Self.arn(name: name, path: path, account: account) }

  static func arn(name: String, path: String, account: AccountID) -> ARN {
    ARN(service: "iam", region: "", account: account.text, resource: "role\(path)\(name)")
  }

  mutating func put(_ policy: IAMInlinePolicy) {
    if let index = inlinePolicies.firstIndex(where: { $0.name == policy.name }) {
      inlinePolicies[index] = policy
    } else {
      inlinePolicies.append(policy)
    }
  }
}

struct IAMInlinePolicy: Codable, Sendable, Hashable {
  var name: String
  /// JSON text.
  var document: String
}
