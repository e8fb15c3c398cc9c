/// Intrinsic functions: making and recognising them.
extension Tree {
  static func ref(_ name: String) -> Tree { ["Ref": Tree(name)] }

  static func getAtt(_ name: String, _ attribute: String) -> Tree {
    ["Fn::GetAtt": [Tree(name), Tree(attribute)]]
  }

  static func sub(_ text: String, _ variables: Tree? = nil) -> Tree {
    guard let variables, variables.isTruthy else { return ["Fn::Sub": Tree(text)] }
    return ["Fn::Sub": [Tree(text), variables]]
  }

  static var noValue: Tree { .ref("AWS::NoValue") }

  static func conditional(_ condition: String, _ then: Tree, _ otherwise: Tree? = nil) -> Tree {
    ["Fn::If": [Tree(condition), then, otherwise ?? .noValue]]
  }

  /// Under a condition that the user named; of no effect where there is none.
  func under(_ condition: Tree?) -> Tree {
    guard let condition else { return self }
    return ["Fn::If": [condition, self, .noValue]]
  }

  static func isCondition(_ name: String) -> Tree { ["Condition": Tree(name)] }

  /// The function's name where the value is an object of one intrinsic alone.
  var intrinsic: String? {
    guard let members, members.count == 1, let key = members.first?.key else { return nil }
    return key == "Ref" || key == "Condition" || key.hasPrefix("Fn::") ? key : nil
  }

  var isIntrinsic: Bool { intrinsic != nil }

  var isNoValue: Bool { intrinsic == "Ref" && self["Ref"]?.string == "AWS::NoValue" }

  /// The three arguments of `Fn::If`.
  var branches: (condition: String, then: Tree, otherwise: Tree)? {
    guard intrinsic == "Fn::If", let items = self["Fn::If"]?.elements, items.count == 3,
      let condition = items[0].string
    else { return nil }
    return (condition, items[1], items[2])
  }

  /// The resource that a `Ref` or a `Fn::GetAtt` names.
  var referencedResource: String? {
    switch intrinsic {
    case "Ref": return self["Ref"]?.string
    case "Fn::GetAtt":
      if let parts = self["Fn::GetAtt"]?.elements, parts.count == 2 { return parts[0].string }
      if let parts = self["Fn::GetAtt"]?.string?.split(separator: "."), parts.count == 2 {
        return String(parts[0])
      }
      return nil
    default: return nil
    }
  }

  /// `${Name}` or `${Name.Attribute}`, as it stands inside `Fn::Sub`.
  var shorthand: String? {
    if let name = self["Ref"]?.string { return "${\(name)}" }
    guard let parts = self["Fn::GetAtt"]?.elements else { return nil }
    return "${" + parts.compactMap(\.string).joined(separator: ".") + "}"
  }

  /// Changes each object of one intrinsic, outer ones first, everywhere in the tree.
  func mapIntrinsics(_ change: (String, Tree) -> Tree) -> Tree {
    var result = self
    if let name = intrinsic { result = change(name, self) }
    switch result.content {
    case .scalar: return result
    case .list(let elements):
      result.content = .list(elements.map { $0.mapIntrinsics(change) })
    case .object(let members):
      result.content = .object(
        members.map { Member($0.key, $0.value.mapIntrinsics(change), keySpan: $0.keySpan) })
    }
    return result
  }

  /// The text of `Fn::Sub` changed at each `${name}`; other forms stay.
  func mapPlaceholders(_ change: (String) -> String?) -> Tree {
    guard intrinsic == "Fn::Sub", let argument = self["Fn::Sub"] else { return self }
    var result = self
    if let text = argument.string {
      result["Fn::Sub"] = Tree(Self.replacePlaceholders(in: text, change))
        .placed(at: argument.span)
    } else if var elements = argument.elements, let text = elements.first?.string {
      elements[0] = Tree(Self.replacePlaceholders(in: text, change)).placed(at: elements[0].span)
      result["Fn::Sub"] = Tree(.list(elements), span: argument.span)
    }
    return result
  }

  private static func replacePlaceholders(in text: String, _ change: (String) -> String?) -> String
  {
    var result = ""
    var rest = text[...]
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[dollar...]
      guard rest.hasPrefix("${"), let close = rest.firstIndex(of: "}") else {
        result += "$"
        rest = rest.dropFirst()
        continue
      }
      let name = String(rest[rest.index(dollar, offsetBy: 2)..<close])
      let next = rest.index(after: close)
      result += change(name) ?? String(rest[..<next])
      rest = rest[next...]
    }
    return result + rest
  }
}
