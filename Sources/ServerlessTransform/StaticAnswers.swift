import TemplateParsing

/// The values of functions that need the stack's parameters, mappings and conditions alone.
///
/// SAM wants some values written out. In templates that have `AWS::LanguageExtensions` too, that
/// transform has answered such functions before SAM looks.
struct StaticAnswers {
  static let hint =
    "with `AWS::LanguageExtensions` before it under `Transform`, functions may stand here"

  private var values: [String: Tree] = [:]
  private let mappings: Tree?
  private let conditions: Tree?

  /// nil where the template doesn't ask for the language extensions.
  init?(_ root: Tree, _ parameters: ParameterValues) {
    let transforms = root["Transform"]?.asList ?? []
    guard transforms.contains(where: { $0.string == LanguageExtensions.name }) else { return nil }
    mappings = root["Mappings"]
    conditions = root["Conditions"]
    for member in root["Parameters"]?.members ?? [] {
      // Values in the parameter store are read later, and secrets are not written out.
      let type = member.value["Type"]?.string ?? ""
      guard !type.hasPrefix("AWS::SSM::"), member.value["NoEcho"]?.text?.lowercased() != "true",
        let value = parameters.value(of: member.key), let text = value.text
      else { continue }
      let isList = type == "CommaDelimitedList" || type.hasPrefix("List<")
      values[member.key] = isList ? Self.list(text) : Tree(text)
    }
    for name in ["AccountId", "Partition", "Region", "StackName"] {
      values["AWS::" + name] = parameters.value(of: "AWS::" + name)
    }
  }

  private static func list(_ text: String) -> Tree {
    Tree(
      text.split(separator: ",", omittingEmptySubsequences: false).map {
        Tree(String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()))
      })
  }

  /// The tree with each function answered that can be.
  func answered(_ tree: Tree) -> Tree {
    if let (condition, then, otherwise) = tree.branches, let holds = holds(condition) {
      return answered(holds ? then : otherwise)
    }
    var result = tree
    switch tree.content {
    case .scalar: return tree
    case .list(let elements): result.content = .list(elements.map(answered))
    case .object(let members):
      result.content = .object(
        members.map { Tree.Member($0.key, answered($0.value), keySpan: $0.keySpan) })
    }
    guard let name = result.intrinsic, let argument = result[name],
      let answer = answer(name, argument)
    else { return result }
    return answer.placed(at: tree.span)
  }

  private func answer(_ name: String, _ argument: Tree) -> Tree? {
    let arguments = argument.elements ?? []
    switch name {
    case "Ref": return argument.string.flatMap { values[$0] }
    case "Fn::FindInMap":
      let keys = arguments.prefix(3).compactMap(\.text)
      guard keys.count == 3 else { return nil }
      return mappings?.at(keys[0], keys[1], keys[2])
        ?? (arguments.count == 4 ? arguments[3]["DefaultValue"] : nil)
    case "Fn::Join":
      guard arguments.count == 2, let mark = arguments[0].string,
        let texts = Self.texts(arguments[1])
      else { return nil }
      return Tree(texts.joined(separator: mark))
    case "Fn::Select":
      guard arguments.count == 2, let index = arguments[0].text.flatMap({ Int($0) }),
        let elements = arguments[1].elements, elements.indices.contains(index)
      else { return nil }
      return elements[index]
    case "Fn::Split":
      guard let texts = Self.texts(argument), texts.count == 2, !texts[0].isEmpty else {
        return nil
      }
      let parts = texts[1].split(separator: texts[0], omittingEmptySubsequences: false)
      return Tree(parts.map { Tree(String($0)) })
    case "Fn::Sub": return substituted(argument)
    default: return nil
    }
  }

  private static func texts(_ tree: Tree) -> [String]? {
    guard let elements = tree.elements else { return nil }
    let texts = elements.compactMap(\.text)
    return texts.count == elements.count ? texts : nil
  }

  /// The text of `Fn::Sub` where all that it names is known.
  private func substituted(_ argument: Tree) -> Tree? {
    guard let text = argument.string ?? argument.elements?.first?.string else { return nil }
    let own = argument.elements?.dropFirst().first
    var isKnown = true
    let function: Tree = ["Fn::Sub": Tree(text)]
    let filled = function.mapPlaceholders { name in
      if name.hasPrefix("!") { return "${\(name.dropFirst())}" }
      let value = (own?[name] ?? values[name])?.text
      if value == nil { isKnown = false }
      return value
    }
    return isKnown ? filled["Fn::Sub"] : nil
  }

  // MARK: Conditions

  /// True if a condition holds; nil where that is not known yet.
  private func holds(_ name: String, around: Set<String> = []) -> Bool? {
    guard !around.contains(name), let condition = conditions?[name] else { return nil }
    return holds(condition, around.union([name]))
  }

  private func holds(_ condition: Tree, _ around: Set<String>) -> Bool? {
    guard let name = condition.intrinsic, let argument = condition[name] else { return nil }
    if name == "Condition" { return argument.string.flatMap { holds($0, around: around) } }
    let arguments = argument.elements ?? []
    if name == "Fn::Equals" {
      guard let sides = Self.texts(answered(argument)), sides.count == 2 else { return nil }
      return sides[0] == sides[1]
    }
    let parts = arguments.map { holds($0, around) }
    switch name {
    case "Fn::Not" where parts.count == 1: return parts[0].map { !$0 }
    case "Fn::And":
      return parts.contains(false) ? false : parts.contains(nil) ? nil : true
    case "Fn::Or": return parts.contains(true) ? true : parts.contains(nil) ? nil : false
    default: return nil
    }
  }
}
