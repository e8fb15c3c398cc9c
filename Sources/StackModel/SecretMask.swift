import PropertyTree

/// Hides the values of `NoEcho` parameters wherever a plan, a stack or its drift is shown.
package struct SecretMask: Sendable {
  /// The text in the place of a secret.
  package static let text = "****"

  private let secrets: [String]

  package init(_ parameters: [ParameterValue]) {
    secrets = parameters.flatMap(\.secretTexts)
  }

  package init(secrets: [String]) { self.secrets = secrets.filter { !$0.isEmpty } }

  /// Below this length a secret is hidden only where it stands alone: hiding every `a` would hide
  /// the plan.
  private static let lengthMin = 4

  package func hide(_ text: String) -> String {
    var text = text
    for secret in secrets {
      if text == secret { return Self.text }
      guard secret.count >= Self.lengthMin else { continue }
      var hidden = ""
      var rest = Substring(text)
      while let range = rest.firstRange(of: secret) {
        hidden += rest[..<range.lowerBound] + Self.text
        rest = rest[range.upperBound...]
      }
      text = hidden + rest
    }
    return text
  }

  package func hide(_ value: PropertyValue) -> PropertyValue {
    if secrets.isEmpty { return value }
    switch value {
    case .string(let text): return .string(hide(text))
    case .int, .double, .bool:
      return value.scalarText.map { hide($0) == Self.text } == true ? .string(Self.text) : value
    case .list(let list): return .list(list.map(hide))
    case .object(let object):
      return .object(PropertyObject(object.map { ($0.key, hide($0.value)) }))
    case .null, .unknown: return value
    }
  }
}
