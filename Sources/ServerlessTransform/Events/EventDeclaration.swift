import Diagnostics

/// One of a function's or state machine's `Events`.
struct EventDeclaration {
  /// The name in the template.
  let name: String
  /// The id of what is made of it: the owner's with the name.
  let id: String
  let owner: String
  let type: String
  var properties: Tree
  let span: SourceSpan?

  /// The events of a resource.
  static func read(_ events: Tree?, owner: String, in expansion: Expansion) throws(SAMFailure)
    -> [EventDeclaration]
  {
    guard let events else { return [] }
    guard let members = events.members else {
      throw SAMFailure(
        "`Events` of `\(owner)` must be an object, this is \(events.shape)", at: events.span)
    }
    var declarations: [EventDeclaration] = []
    for member in expansion.ordered(members) {
      guard let type = member.value["Type"]?.string else {
        throw SAMFailure(
          .missingProperty, "the event `\(member.key)` of `\(owner)` has no `Type`",
          at: member.keySpan ?? member.value.span)
      }
      let properties = member.value["Properties"] ?? .emptyObject
      guard properties.members != nil else {
        throw SAMFailure(
          "`Properties` of the event `\(member.key)` must be an object", at: properties.span)
      }
      declarations.append(
        EventDeclaration(
          name: member.key, id: owner + member.key, owner: owner, type: type,
          properties: properties, span: member.keySpan ?? member.value.span))
    }
    return declarations
  }

  /// Functions' events go by path where they have one, by name otherwise.
  var sortKey: String { properties["Path"]?.string ?? name }

  subscript(property: String) -> Tree? { properties[property] }

  func span(of property: String) -> SourceSpan? {
    properties.keySpan(property) ?? properties[property]?.span ?? span
  }

  /// A property that must be there.
  func required(_ property: String) throws(SAMFailure) -> Tree {
    if let tree = properties[property] { return tree }
    throw SAMFailure(
      .missingProperty, "the event `\(name)` of `\(owner)` has no `\(property)`", at: span)
  }

  /// Refuses properties that the event's type doesn't have.
  func check(known: [String]) throws(SAMFailure) {
    let flags = ["Enabled", "OmitName", "UnescapeMappingTemplate", "DynamicPolicyName"]
    if let failure = SAMFailure.wrongFlags(flags, in: properties).first { throw failure }
    for member in properties.members ?? [] where !known.contains(member.key) {
      throw SAMFailure(
        .unknownProperty, "`\(member.key)` is not a property of `\(type)` events",
        at: member.keySpan, hint: Suggestion.didYouMean(member.key, among: known))
    }
  }
}

/// The target of an event: a function, its alias or a state machine.
struct EventTarget {
  let id: String
  /// The value that `FunctionName` takes.
  let name: Tree
  let arn: Tree
  /// The attributes that everything made for the target has too.
  let attributes: Tree

  var condition: String? { attributes["Condition"]?.string }

  /// The condition as it is written.
  var conditionTree: Tree? { attributes["Condition"] }

  init(function: String, alias: GeneratedResource?, attributes: Tree) {
    id = alias?.id ?? function
    name = .ref(id)
    arn = alias?.reference ?? .getAtt(function, "Arn")
    self.attributes = attributes
  }

  init(stateMachine: String, attributes: Tree) {
    id = stateMachine
    name = .ref(stateMachine)
    arn = .ref(stateMachine)
    self.attributes = attributes
  }
}
