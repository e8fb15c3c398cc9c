import AWSModel
import PropertyTree

/// The principals of trust policies ("AWS JSON policy elements: Principal" in the IAM reference).
enum IAMPrincipal {
  private static let kinds: Set<String> = ["AWS", "CanonicalUser", "Federated", "Service"]

  /// Checks an element `Principal` or `NotPrincipal`. Values that are not known pass.
  ///
  /// Throws `MalformedPolicyDocument`.
  static func check(_ value: PropertyValue) throws(ServiceError) {
    switch value {
    case .unknown, .string("*"): return
    case .object(let entries):
      for (kind, names) in entries {
        guard kinds.contains(kind) else { throw invalid("\"\(kind)\"") }
        guard kind == "AWS" else { continue }
        for name in names.listValue ?? [names] {
          guard let text = name.scalarText, !isAccountOrIdentity(text) else { continue }
          throw invalid("\"AWS\":\"\(text)\"")
        }
      }
    default: throw invalid(value.scalarText.map { "\"\($0)\"" } ?? "a list")
    }
  }

  private static func invalid(_ what: String) -> ServiceError {
    IAMFaults.malformedPolicy("Invalid principal in policy: \(what)")
  }

  /// Everyone, an account, an ARN of IAM or STS with an account, or a unique id (`AIDA…`).
  private static func isAccountOrIdentity(_ text: String) -> Bool {
    if text == "*" || isAccount(text[...]) { return true }
    guard text.hasPrefix("arn:") else {
      return text.utf8.count >= 16
        && text.utf8.allSatisfy {
          (0x30...0x39).contains($0) || (0x41...0x5A).contains($0)
        }
    }
    let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    return parts.count == 6 && ["iam", "sts"].contains(parts[2]) && parts[3].isEmpty
      && isAccount(parts[4]) && !parts[5].isEmpty
  }

  private static func isAccount(_ text: Substring) -> Bool {
    text.utf8.count == 12 && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }
}
