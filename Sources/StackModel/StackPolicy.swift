import PropertyTree
import ResourceModel

/// A stack policy: the updates that a stack's resources allow. What no statement allows is denied, and
/// what one denies is denied whatever others say.
///
/// Follows https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
public struct StackPolicy: Sendable, Hashable {
  /// The reason why a text is no stack policy; a sentence.
  public struct Malformed: Error, Sendable, Hashable, CustomStringConvertible {
    public var description: String
  }

  /// The update of one resource, refused.
  public struct Denial: Error, Sendable, Hashable, CustomStringConvertible {
    public var resource: LogicalID
    /// `Update:Replace`
    public var action: String
    /// From 1; nil where no statement says anything of it.
    public var statement: Int?
    /// CloudFormation's sentence.
    public var description: String
  }

  private struct Statement: Sendable, Hashable {
    var isAllowing: Bool
    var actions: [String]
    var exceptsActions: Bool
    var resources: [String]
    var exceptsResources: Bool
    /// Resource types, exact or with `*`; nil for all of them.
    var types: [String]?
  }

  /// The largest text that is taken, in bytes, as at AWS.
  public static let bytesMax = 16_384

  private let statements: [Statement]

  /// Throws `Malformed`.
  public init(_ text: String) throws {
    guard (1...Self.bytesMax).contains(text.utf8.count) else {
      throw Malformed(description: "it has more than \(Self.bytesMax) bytes, or none")
    }
    let root: PropertyValue
    do { root = try JSONReader.read(text) } catch {
      throw Malformed(description: "it is not JSON")
    }
    try Self.checkKeys(of: root, among: ["Statement", "Version"], "the policy")
    guard let statements = root["Statement"] else {
      throw Malformed(description: "it has no Statement")
    }
    self.statements = try (statements.listValue ?? [statements]).map(Self.statement)
  }

  // MARK: Reading

  private static func statement(_ tree: PropertyValue) throws -> Statement {
    try checkKeys(
      of: tree,
      among: [
        "Sid", "Effect", "Action", "NotAction", "Principal", "Resource", "NotResource", "Condition",
      ], "a statement")
    guard let effect = tree["Effect"]?.stringValue, ["Allow", "Deny"].contains(effect) else {
      throw Malformed(description: "Effect must be Allow or Deny")
    }
    guard tree["Principal"]?.stringValue == "*" || tree["Principal"]?["AWS"]?.stringValue == "*"
    else { throw Malformed(description: "Principal must be *") }
    let (actions, exceptsActions) = try either("Action", in: tree)
    let known = ["Update:Modify", "Update:Replace", "Update:Delete", "Update:*", "*"]
    if let action = actions.first(where: { !known.contains($0) }) {
      throw Malformed(description: "`\(action)` is not an action of stack policies")
    }
    let (resources, exceptsResources) = try either("Resource", in: tree)
    if let resource = resources.first(where: { $0 != "*" && !$0.hasPrefix("LogicalResourceId/") }) {
      throw Malformed(
        description: "Resource must be * or LogicalResourceId/ with a logical ID, not `\(resource)`"
      )
    }
    return Statement(
      isAllowing: effect == "Allow", actions: actions, exceptsActions: exceptsActions,
      resources: resources, exceptsResources: exceptsResources, types: try types(tree["Condition"]))
  }

  private static func checkKeys(of tree: PropertyValue, among known: [String], _ what: String)
    throws
  {
    guard let object = tree.objectValue else {
      throw Malformed(description: "\(what) is no object")
    }
    if let key = object.map(\.key).first(where: { !known.contains($0) }) {
      throw Malformed(description: "\(what) has no \(key)")
    }
  }

  private static func either(_ name: String, in tree: PropertyValue) throws
    -> (texts: [String], isExcept: Bool)
  {
    switch (tree[name], tree["Not\(name)"]) {
    case (let value?, nil): (try texts(value, name), false)
    case (nil, let value?): (try texts(value, "Not\(name)"), true)
    default: throw Malformed(description: "a statement needs either \(name) or Not\(name)")
    }
  }

  private static func texts(_ value: PropertyValue, _ name: String) throws -> [String] {
    let texts = (value.listValue ?? [value]).map(\.stringValue)
    guard !texts.isEmpty, !texts.contains(nil) else {
      throw Malformed(description: "\(name) must be text or a list of texts")
    }
    return texts.compactMap { $0 }
  }

  private static func types(_ condition: PropertyValue?) throws -> [String]? {
    guard let condition else { return nil }
    try checkKeys(of: condition, among: ["StringEquals", "StringLike"], "a Condition")
    var types: [String]?
    for (_, test) in condition.objectValue ?? [:] {
      try checkKeys(of: test, among: ["ResourceType"], "a condition's test")
      guard let value = test["ResourceType"] else { continue }
      let wanted = try texts(value, "ResourceType")
      types = types.map { $0.filter(wanted.contains) } ?? wanted
    }
    return types
  }

  // MARK: Judging

  /// The denial of a change; nil where the policy allows it, or has nothing to say: additions, and
  /// resources that stay as they are.
  public func denial(of change: ResourceChange) -> Denial? {
    guard let action = change.policyAction else { return nil }
    let id = change.previousLogicalID ?? change.logicalID
    let resource = "LogicalResourceId/\(id)"
    var isAllowed = false
    for (index, statement) in statements.enumerated() {
      guard
        statement.types?.contains(where: { Self.matches($0, change.type.text) }) != false,
        let matchedAction = Self.match(statement.actions, action, statement.exceptsActions),
        let matchedResource = Self.match(statement.resources, resource, statement.exceptsResources)
      else { continue }
      if statement.isAllowing {
        isAllowed = true
        continue
      }
      return Denial(
        resource: id, action: action, statement: index + 1,
        description: "Action denied by stack policy: Statement [#\(index + 1)] does not allow "
          + "[\(matchedAction)] for resource [\(matchedResource)];")
    }
    if isAllowed { return nil }
    return Denial(
      resource: id, action: action, statement: nil,
      description: "Action not allowed by stack policy: no statement allows [\(action)] for "
        + "resource [\(resource)];")
  }

  /// The pattern that a text fits; the text itself where it fits none of those that are excepted.
  private static func match(_ patterns: [String], _ text: String, _ isExcept: Bool) -> String? {
    let pattern = patterns.first { matches($0, text) }
    return isExcept ? (pattern == nil ? text : nil) : pattern
  }

  /// True where a text fits a pattern with `*`.
  static func matches(_ pattern: String, _ text: String) -> Bool {
    let parts = Array(pattern.utf8).split(
      separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
    var rest = Array(text.utf8)[...]
    guard rest.starts(with: parts[0]) else { return false }
    if parts.count == 1 { return rest.count == parts[0].count }
    rest = rest.dropFirst(parts[0].count)
    for part in parts[1..<(parts.count - 1)] where !part.isEmpty {
      guard let found = rest.firstRange(of: part) else { return false }
      rest = rest[found.upperBound...]
    }
    let last = parts[parts.count - 1]
    return rest.count >= last.count && rest.suffix(last.count).elementsEqual(last)
  }
}

extension ResourceChange {
  /// CloudFormation's word for what an update does to the resource; nil where it takes nothing away
  /// and changes nothing.
  fileprivate var policyAction: String? {
    switch action {
    case .update: "Update:Modify"
    case .replace: "Update:Replace"
    case .delete, .retain: "Update:Delete"
    case .create, .keep, .move, .import, .adopt: nil
    }
  }
}

extension Plan {
  /// Changes that a stack policy denies, in the plan's order; none of a stack that is made or deleted.
  public func denials(by policy: String?) throws -> [StackPolicy.Denial] {
    guard kind == .update, let policy else { return [] }
    let judge = try StackPolicy(policy)
    return changes.compactMap { judge.denial(of: $0) }
  }
}
