import PropertyTree

extension TemplateNode {
  /// The node as JSON has it, functions in their long form.
  public var tree: PropertyValue {
    if let tag, tag.hasPrefix("!"), let (name, argument) = functionCall {
      let value = argument.tree
      guard name == "Fn::GetAtt", let text = value.stringValue,
        let point = text.firstIndex(of: ".")
      else { return .object([name: value]) }
      return .object([
        name: [.string(String(text[..<point])), .string(String(text[text.index(after: point)...]))]
      ])
    }
    switch content {
    case .scalar(let scalar): return scalar.value
    case .sequence(let elements): return .list(elements.map(\.tree))
    case .mapping(let entries):
      return .object(PropertyObject(entries.map { ($0.key.value, $0.value.tree) }))
    }
  }
}
