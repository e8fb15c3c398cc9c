/// Names that a document declares and refers to before transforms write it anew, included files
/// among it: a parameter that only a loop goes over is used, though nothing of the loop is left.
public struct WrittenNames: Sendable, Hashable {
  /// Names that are referred to.
  private struct Mentions: Sendable, Hashable {
    var names: Set<String> = []
    /// Texts before a loop's identifier in names that a loop makes.
    var prefixes: Set<String> = []
    /// A function gives a name: it can be any.
    var isAny = false

    mutating func insert(_ text: String) {
      let marks = ["${", "&{"].compactMap { text.firstRange(of: $0)?.lowerBound }
      if let mark = marks.min() {
        prefixes.insert(String(text[..<mark]))
      } else {
        names.insert(text)
      }
    }

    func contains(_ name: String) -> Bool {
      isAny || names.contains(name) || prefixes.contains { name.hasPrefix($0) }
    }
  }

  private var declared: [String: Set<String>] = [:]
  private var references = Mentions()
  private var conditions = Mentions()
  private var mappings = Mentions()

  init(_ root: TemplateNode) {
    for section in ["Parameters", "Conditions", "Mappings"] {
      declared[section] = Set((root[section]?.entries ?? []).map(\.key.value))
    }
    walk(root)
  }

  /// True where the parameter was declared and nothing referred to it; likewise the others.
  public func isUnused(parameter name: String) -> Bool {
    declared["Parameters"]?.contains(name) == true && !references.contains(name)
  }

  public func isUnused(condition name: String) -> Bool {
    declared["Conditions"]?.contains(name) == true && !conditions.contains(name)
  }

  public func isUnused(mapping name: String) -> Bool {
    declared["Mappings"]?.contains(name) == true && !mappings.contains(name)
  }

  private mutating func walk(_ node: TemplateNode) {
    if let (name, argument) = node.functionCall { note(name, argument) }
    switch node.content {
    case .scalar: break
    case .sequence(let elements): for element in elements { walk(element) }
    case .mapping(let entries):
      for entry in entries {
        if entry.key.value == "Condition", let scalar = entry.value.scalar {
          conditions.insert(scalar.text)
        }
        walk(entry.value)
      }
    }
  }

  private mutating func note(_ function: String, _ argument: TemplateNode) {
    let first = argument.elements?.first ?? argument
    switch function {
    case "Ref":
      if let scalar = argument.scalar {
        references.insert(scalar.text)
      } else {
        references.isAny = true
      }
    case "Fn::Sub": noteSubstitution(first.scalar?.text ?? "")
    case "Fn::If": if let scalar = first.scalar { conditions.insert(scalar.text) }
    case "Condition": if let scalar = argument.scalar { conditions.insert(scalar.text) }
    case "Fn::FindInMap":
      if let scalar = first.scalar, first.tag == nil {
        mappings.insert(scalar.text)
      } else {
        mappings.isAny = true
      }
    default: break
    }
  }

  private mutating func noteSubstitution(_ text: String) {
    var rest = text[...]
    while let open = rest.firstRange(of: "${") {
      rest = rest[open.upperBound...]
      guard let close = rest.firstIndex(of: "}") else { return }
      let name = rest[..<close].split(separator: ".", maxSplits: 1).first
      if let name { references.names.insert(String(name)) }
    }
  }
}
