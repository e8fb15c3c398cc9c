import AWSModel
import PropertyTree

/// The grammar of policy documents, as far as IAM checks it when a document is stored.
enum IAMPolicyDocument {
  enum Kind {
    /// Says who may assume a role: has principals, no resources.
    case trust
    /// Says what a role may do: has resources, no principals.
    case identity
  }

  /// The longest document in characters, white space included.
  static let charactersMax = 131_072

  /// Checks a document given as an object or as JSON text, and returns it as text: text stays as
  /// it was written.
  ///
  /// Throws `MalformedPolicyDocument`.
  static func normalize(_ value: PropertyValue, _ kind: Kind) throws(ServiceError) -> String {
    try check(given: value, kind)
    return value.stringValue ?? JSONWriter.compact(value)
  }

  /// Checks a document given as an object or as JSON text.
  static func check(given value: PropertyValue, _ kind: Kind) throws(ServiceError) {
    if let text = value.stringValue { try check(text, kind) } else { try check(value, kind) }
  }

  static func check(_ text: String, _ kind: Kind) throws(ServiceError) {
    guard text.utf8.count <= charactersMax else {
      throw ServiceError(
        "LimitExceeded", "The policy is longer than \(charactersMax) characters.", status: 409)
    }
    let value: PropertyValue
    do {
      value = try JSONReader.read(text)
    } catch {
      throw IAMFaults.malformedPolicy("This policy contains invalid Json")
    }
    try check(value, kind)
  }

  private static func check(_ value: PropertyValue, _ kind: Kind) throws(ServiceError) {
    guard let document = value.objectValue else {
      throw IAMFaults.malformedPolicy("Syntax errors in policy.")
    }
    for key in document.keys where !["Version", "Id", "Statement"].contains(key) {
      throw IAMFaults.malformedPolicy("Syntax errors in policy: \(key) is not known.")
    }
    if let version = document["Version"]?.scalarText,
      !["2012-10-17", "2008-10-17"].contains(version)
    {
      throw IAMFaults.malformedPolicy(
        "The policy must contain a valid version string. \(version) is not one.")
    }
    guard let statement = document["Statement"] else {
      throw IAMFaults.malformedPolicy("Syntax errors in policy: no Statement.")
    }
    let statements = statement.listValue ?? [statement]
    guard !statements.isEmpty else {
      throw IAMFaults.malformedPolicy("Syntax errors in policy: no Statement.")
    }
    for item in statements { try checkStatement(item, kind) }
  }

  private static let statementKeys: Set<String> = [
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource",
    "NotResource", "Condition",
  ]

  private static func checkStatement(_ value: PropertyValue, _ kind: Kind) throws(ServiceError) {
    guard let statement = value.objectValue else {
      throw IAMFaults.malformedPolicy("Syntax errors in policy: a statement must be an object.")
    }
    for key in statement.keys where !statementKeys.contains(key) {
      throw IAMFaults.malformedPolicy("Syntax errors in policy: \(key) is not known.")
    }
    guard let effect = statement["Effect"]?.stringValue, ["Allow", "Deny"].contains(effect) else {
      throw IAMFaults.malformedPolicy("A statement must have the Effect Allow or Deny.")
    }
    guard (statement["Action"] == nil) != (statement["NotAction"] == nil) else {
      throw IAMFaults.malformedPolicy("Policy statement must contain actions.")
    }
    let principals = ["Principal", "NotPrincipal"].contains { statement[$0] != nil }
    let resources = ["Resource", "NotResource"].contains { statement[$0] != nil }
    switch kind {
    case .trust:
      guard principals else {
        throw IAMFaults.malformedPolicy("A trust policy's statement must have a Principal.")
      }
      guard !resources else {
        throw IAMFaults.malformedPolicy("Has prohibited field Resource")
      }
      for key in ["Principal", "NotPrincipal"] {
        if let principal = statement[key] { try IAMPrincipal.check(principal) }
      }
    case .identity:
      guard !principals else {
        throw IAMFaults.malformedPolicy("Policy document should not specify a principal.")
      }
      guard resources else {
        throw IAMFaults.malformedPolicy("Policy statement must contain resources.")
      }
      for key in ["Resource", "NotResource"] {
        for resource in statement[key].map({ $0.listValue ?? [$0] }) ?? [] {
          guard let text = resource.stringValue, text != "*", !isARN(text) else { continue }
          throw IAMFaults.malformedPolicy("Resource \(text) must be in ARN format or \"*\".")
        }
      }
    }
  }

  /// `arn:partition:service:…`, wildcards included.
  private static func isARN(_ text: String) -> Bool {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    return parts.count >= 4 && parts[0] == "arn" && !parts[2].isEmpty
  }
}
