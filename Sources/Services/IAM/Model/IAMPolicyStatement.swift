import AWSModel
import PropertyTree

/// One statement of a policy document, checked when the document is stored.
struct IAMPolicyStatement {
  private static let known: Set<String> = [
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource",
    "NotResource", "Condition",
  ]

  private let members: PropertyObject

  var sid: String? { members["Sid"]?.stringValue }

  init(_ value: PropertyValue) throws(ServiceError) {
    guard let members = value.objectValue else {
      throw IAMPolicyDocument.syntax("A statement must be an object.")
    }
    self.members = members
  }

  func check(_ kind: IAMPolicyDocument.Kind) throws(ServiceError) {
    for key in members.keys where !Self.known.contains(key) {
      throw IAMPolicyDocument.syntax("\(key) is not known.")
    }
    guard let effect = members["Effect"]?.stringValue, ["Allow", "Deny"].contains(effect) else {
      throw IAMPolicyDocument.syntax("A statement must have the Effect Allow or Deny.")
    }
    try checkSid()
    try checkActions(kind)
    switch kind {
    case .trust: try checkPrincipals()
    case .identity: try checkResources()
    }
    if let condition = members["Condition"] { try IAMPolicyCondition.check(condition) }
  }

  private func checkSid() throws(ServiceError) {
    guard let value = members["Sid"] else { return }
    guard let sid = value.scalarText else { throw IAMPolicyDocument.syntax("Sid is no text.") }
    guard
      sid.utf8.allSatisfy({
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
      })
    else {
      throw IAMFaults.malformedPolicy(
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
          + "expression [0-9A-Za-z]*")
    }
  }

  /// The texts of an element that is a text or a list of texts. Values that are not known pass.
  private func texts(_ key: String) throws(ServiceError) -> [String]? {
    guard let value = members[key] else { return nil }
    var texts: [String] = []
    for item in value.listValue ?? [value] {
      if case .unknown = item { continue }
      guard let text = item.stringValue else {
        throw IAMPolicyDocument.syntax("\(key) is a text or a list of texts.")
      }
      texts.append(text)
    }
    return texts
  }

  // MARK: Actions

  private func checkActions(_ kind: IAMPolicyDocument.Kind) throws(ServiceError) {
    let (actions, others) = (try texts("Action"), try texts("NotAction"))
    if actions != nil, others != nil {
      throw IAMPolicyDocument.syntax("A statement has Action or NotAction.")
    }
    guard let all = actions ?? others, members["Action"]?.listValue?.isEmpty != true,
      members["NotAction"]?.listValue?.isEmpty != true
    else { throw IAMFaults.malformedPolicy("Policy statement must contain actions.") }
    for action in all {
      try Self.check(action: action)
      if kind == .trust, !action.lowercased().hasPrefix("sts:") {
        throw IAMFaults.malformedPolicy(
          "AssumeRole policy may only specify STS AssumeRole actions.")
      }
    }
  }

  private static func check(action: String) throws(ServiceError) {
    guard action != "*" else { return }
    let parts = action.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count > 1 else {
      throw IAMFaults.malformedPolicy(
        "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc. (\(action) is "
          + "not.)")
    }
    guard parts.count == 2 else {
      throw IAMFaults.malformedPolicy(
        "Actions/Condition can contain only one colon. (\(action) has more.)")
    }
    guard
      parts[0] == "*"
        || !parts[0].isEmpty
          && parts[0].utf8.allSatisfy({
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
              || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
          })
    else { throw IAMFaults.malformedPolicy("Vendor \(parts[0]) is not valid") }
  }

  // MARK: Principals

  private func checkPrincipals() throws(ServiceError) {
    for key in ["Resource", "NotResource"] where members[key] != nil {
      throw IAMFaults.malformedPolicy("Has prohibited field \(key)")
    }
    guard members["Principal"] != nil || members["NotPrincipal"] != nil else {
      throw IAMFaults.malformedPolicy("Missing required field Principal")
    }
    for key in ["Principal", "NotPrincipal"] {
      if let principal = members[key] { try IAMPrincipal.check(principal) }
    }
  }

  // MARK: Resources

  private static let partitions: Set<String> = [
    "*", "aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f",
    "aws-eusc",
  ]
  private static let paths = [
    "user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/",
    "server-certificate/", "policy/", "sms-mfa/", "saml-provider/", "oidc-provider/", "report/",
    "access-report/",
  ]

  private func checkResources() throws(ServiceError) {
    guard members["Principal"] == nil, members["NotPrincipal"] == nil else {
      throw IAMFaults.malformedPolicy("Policy document should not specify a principal.")
    }
    let (resources, others) = (try texts("Resource"), try texts("NotResource"))
    if resources != nil, others != nil {
      throw IAMPolicyDocument.syntax("A statement has Resource or NotResource.")
    }
    guard let all = resources ?? others, members["Resource"]?.listValue?.isEmpty != true,
      members["NotResource"]?.listValue?.isEmpty != true
    else { throw IAMFaults.malformedPolicy("Policy statement must contain resources.") }
    for resource in all where resource != "*" { try Self.check(resource: resource) }
  }

  private static func check(resource: String) throws(ServiceError) {
    let parts = resource.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    guard parts.count > 1, parts[0] == "arn" else {
      throw IAMFaults.malformedPolicy("Resource \(resource) must be in ARN format or \"*\".")
    }
    guard partitions.contains(String(parts[1])) else {
      throw IAMFaults.malformedPolicy(
        "Partition \"\(parts[1])\" is not valid for resource \"\(resource)\".")
    }
    guard parts.count > 2 else {
      throw IAMFaults.malformedPolicy(
        "Resource vendor must be fully qualified and cannot contain regexes.")
    }
    guard parts.count > 3, !parts[2].isEmpty else {
      throw IAMFaults.malformedPolicy("The policy failed legacy parsing")
    }
    guard parts[2] == "iam", parts.count == 6 else { return }
    guard parts[3].isEmpty else {
      throw IAMFaults.malformedPolicy(
        "IAM resource \(resource) cannot contain region information.")
    }
    guard
      parts[5].hasPrefix("*") || parts[5] == "root" || paths.contains(where: parts[5].hasPrefix)
    else {
      throw IAMFaults.malformedPolicy(
        "IAM resource path must either be \"*\" or start with \(paths.joined(separator: ", ")). "
          + "(\(resource) does not.)")
    }
  }
}

/// The conditions of a statement: operators, keys and values.
enum IAMPolicyCondition {
  private static let operators: Set<String> = [
    "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase",
    "StringLike", "StringNotLike", "NumericEquals", "NumericNotEquals", "NumericLessThan",
    "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals", "DateEquals",
    "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan",
    "DateGreaterThanEquals", "Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "ArnEquals",
    "ArnLike", "ArnNotEquals", "ArnNotLike", "Null",
  ]

  /// Throws `MalformedPolicyDocument`.
  static func check(_ value: PropertyValue) throws(ServiceError) {
    if case .unknown = value { return }
    guard let conditions = value.objectValue else {
      throw IAMPolicyDocument.syntax("Condition is no object.")
    }
    for (name, keys) in conditions {
      guard isOperator(name) else {
        throw IAMPolicyDocument.syntax("\(name) is no condition operator.")
      }
      if case .unknown = keys { continue }
      guard let tests = keys.objectValue else {
        throw IAMPolicyDocument.syntax("\(name) is no object of condition keys.")
      }
      for (key, value) in tests {
        for item in value.listValue ?? [value] {
          if case .unknown = item { continue }
          guard item.scalarText != nil else {
            throw IAMPolicyDocument.syntax("\(key) has a value that is no text.")
          }
        }
      }
    }
  }

  private static func isOperator(_ name: String) -> Bool {
    var name = name[...]
    for prefix in ["ForAnyValue:", "ForAllValues:"] where name.hasPrefix(prefix) {
      name = name.dropFirst(prefix.count)
    }
    if name.hasSuffix("IfExists"), name != "NullIfExists" { name = name.dropLast(8) }
    return operators.contains(String(name))
  }
}
