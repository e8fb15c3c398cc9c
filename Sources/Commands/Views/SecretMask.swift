import PropertyTree
import StackModel

/// Hides the values of `NoEcho` parameters wherever a plan or a stack is printed.
struct SecretMask {
  private let secrets: [String]

  init(_ parameters: [ParameterValue]) {
    secrets = parameters.flatMap(\.secretTexts)
  }

  /// Below this length a secret is hidden only where it stands alone: hiding every `a` would hide
  /// the plan.
  private static let lengthMin = 4

  func hide(_ text: String) -> String {
    var text = text
    for secret in secrets {
      if text == secret { return "****" }
      guard secret.count >= Self.lengthMin else { continue }
      var hidden = ""
      var rest = Substring(text)
      while let range = rest.firstRange(of: secret) {
        hidden += rest[..<range.lowerBound] + "****"
        rest = rest[range.upperBound...]
      }
      text = hidden + rest
    }
    return text
  }

  func hide(_ value: PropertyValue) -> PropertyValue {
    if secrets.isEmpty { return value }
    switch value {
    case .string(let text): return .string(hide(text))
    case .int, .double, .bool:
      return value.scalarText.map { hide($0) == "****" } == true ? "****" : value
    case .list(let list): return .list(list.map(hide))
    case .object(let object):
      return .object(PropertyObject(object.map { ($0.key, hide($0.value)) }))
    case .null, .unknown: return value
    }
  }
}
