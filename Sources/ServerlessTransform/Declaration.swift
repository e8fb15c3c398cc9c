import Diagnostics

/// A SAM resource as the template declares it, Globals merged in.
struct Declaration {
  let id: String
  let type: String
  let tree: Tree
  var properties: Tree
  let span: SourceSpan?

  private static let resourceAttributes = [
    "DeletionPolicy", "UpdatePolicy", "Condition", "UpdateReplacePolicy", "Metadata",
  ]
  private static let passedOn = ["Condition", "DeletionPolicy", "UpdateReplacePolicy"]
  private static let known =
    resourceAttributes + ["Type", "Properties", "DependsOn", "IgnoreGlobals", "Connectors"]

  /// - Throws: where the resource's shape is wrong.
  init(id: String, tree: Tree) throws(SAMFailure) {
    self.id = id
    self.tree = tree
    type = tree["Type"]?.string ?? ""
    span = tree["Type"]?.span ?? tree.span
    properties = tree["Properties"] ?? .emptyObject
    guard LogicalID.isAlphanumeric(id), id.utf8.allSatisfy({ $0 < 0x80 }) else {
      throw SAMFailure(
        .invalidName, "`\(id)` can't name a resource", at: span, hint: "use letters and digits")
    }
    guard properties.members != nil else {
      throw SAMFailure(
        "`Properties` of `\(id)` must be an object, this is \(properties.shape)",
        at: properties.span)
    }
  }

  /// Attributes that no resource has. The transform takes what it knows and drops these, so that a
  /// stack deploys with them; the place is most often wrong.
  var unknownAttributes: [SAMFailure] {
    (tree.members ?? []).compactMap { member in
      guard !Self.known.contains(member.key) else { return nil }
      return SAMFailure(
        .unknownAttribute,
        "`\(member.key)` is not an attribute of a resource, and the transform drops it",
        at: member.keySpan,
        hint: Suggestion.didYouMean(member.key, among: Self.known)
          ?? "properties stand under `Properties`"
      ).asWarning
    }
  }

  var dependsOn: Tree? { tree["DependsOn"] }
  var condition: String? { tree["Condition"]?.string }

  /// The attributes that the resource itself keeps.
  var attributes: Tree { attributes(Self.resourceAttributes) }

  /// The attributes that every resource made of this one has too.
  var passedAttributes: Tree { attributes(Self.passedOn) }

  private func attributes(_ names: [String]) -> Tree {
    var attributes = Tree.emptyObject
    for name in names { attributes[name] = tree[name] }
    return attributes
  }

  subscript(property: String) -> Tree? { properties[property] }

  /// The place of a property, of the resource where it isn't written.
  func span(of property: String) -> SourceSpan? {
    properties.keySpan(property) ?? properties[property]?.span ?? span
  }

  /// A property that must be an object, or absent.
  func object(_ property: String) throws(SAMFailure) -> Tree? {
    guard let tree = properties[property] else { return nil }
    guard tree.members != nil else { throw wrongShape(property, "an object", tree) }
    return tree
  }

  /// A property that must be a list, or absent; intrinsics pass.
  func list(_ property: String) throws(SAMFailure) -> Tree? {
    guard let tree = properties[property] else { return nil }
    guard tree.elements != nil || tree.isIntrinsic else {
      throw wrongShape(property, "a list", tree)
    }
    return tree
  }

  private func wrongShape(_ property: String, _ wanted: String, _ tree: Tree) -> SAMFailure {
    SAMFailure(
      "`\(property)` of `\(id)` must be \(wanted), this is \(tree.shape)",
      at: tree.span ?? span(of: property))
  }

  private static let flags = [
    "PropagateTags", "AutoPublishAliasAllProperties", "UseAliasAsEventTarget",
    "PublishLambdaVersion", "FailOnWarnings", "TracingEnabled", "CacheClusterEnabled",
    "DisableExecuteApiEndpoint", "MergeDefinitions", "AlwaysDeploy",
  ]

  /// Properties that are true or false, and are something else.
  func wrongFlags() -> [SAMFailure] { SAMFailure.wrongFlags(Self.flags, in: properties) }

  /// The failures for properties that the type doesn't have.
  func unknownProperties(known: Set<String>) -> [SAMFailure] {
    properties.keys.compactMap { key in
      if key == ManagedDefinition.marker || known.contains(key) { return nil }
      return unknownProperty(key, known: known)
    }
  }

  private func unknownProperty(_ key: String, known: Set<String>) -> SAMFailure {
    SAMFailure(
      .unknownProperty, "`\(key)` is not a property of `\(type)`", at: span(of: key),
      hint: Suggestion.didYouMean(key, among: known))
  }

  /// The failure for a property that was meant to be this one; nil where none is near.
  func misspelt(_ property: String, known: Set<String>) -> SAMFailure? {
    properties.keys.first { key in
      !known.contains(key) && Suggestion.nearest(to: key, among: known) == property
    }.map { unknownProperty($0, known: known) }
  }

  /// A property that must be there and is not. One that is misspelt is reported as misspelt alone.
  func missing(_ property: String, known: Set<String>, hint: String? = nil) -> SAMFailure {
    misspelt(property, known: known)
      ?? SAMFailure(
        .missingProperty, "`\(id)` has no `\(property)`", at: span, hint: hint)
  }
}

/// The mark on an API's properties that the transform made its definition and goes on filling it.
enum ManagedDefinition {
  static let marker = "__MANAGE_SWAGGER"
}
