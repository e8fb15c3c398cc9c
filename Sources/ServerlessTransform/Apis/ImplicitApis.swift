import Diagnostics

/// The APIs that events name, and the one that events share which name none.
extension Expansion {
  /// Gives APIs without a definition one that their events fill.
  func addMissingDefinitions() throws(SAMFailure) {
    for (id, tree) in resources.all {
      for style in ApiStyle.allCases where tree["Type"]?.string == style.resourceType {
        let properties = tree["Properties"] ?? .emptyObject
        guard properties.members != nil, properties["DefinitionBody"]?.isTruthy != true,
          properties["DefinitionUri"]?.isTruthy != true
        else { continue }
        resources[id]?["Properties"] = managed(properties, style)
      }
    }
  }

  private func managed(_ properties: Tree, _ style: ApiStyle) -> Tree {
    var properties = properties
    properties["DefinitionBody"] = style.skeleton
    properties[ManagedDefinition.marker] = true
    return properties
  }

  func addImplicitApi(_ style: ApiStyle) throws(SAMFailure) {
    let existing = resources[style.implicitID]
    resources[style.implicitID] = [
      "Type": Tree(style.resourceType),
      "Properties": managed(style == .rest ? ["StageName": "Prod"] : .emptyObject, style),
    ]
    var uses = ApiUses()
    for id in workingOrder(upTo: style) {
      guard let tree = resources[id], let type = tree["Type"]?.string,
        type == "AWS::Serverless::Function" || type == "AWS::Serverless::StateMachine"
      else { continue }
      linkEvents(of: id, tree, style, &uses)
    }
    setRouteSettings(uses)
    applyAttributes(of: uses, style)
    makePathsConditional(uses, style)
    closeDefinitions()
    if resources[style.implicitID]?.at("Properties", "DefinitionBody", "paths")?.isTruthy != true {
      resources[style.implicitID] = existing
    }
  }

  /// The events of a resource in the order in which they are worked on.
  func ordered(_ events: [Tree.Member]) -> [Tree.Member] {
    isHashOrdered ? PythonOrder.indices(of: events.map(\.key)).map { events[$0] } : events
  }

  private func linkEvents(
    of owner: String, _ tree: Tree, _ style: ApiStyle, _ uses: inout ApiUses
  ) {
    var events = ordered(tree.at("Properties", "Events")?.members ?? [])
    events = ordered(events.filter { $0.value["Type"]?.string == style.eventType })
    var changed: [String: Tree] = [:]
    for event in events {
      do {
        changed[event.key] = try link(event, of: owner, tree, style, &uses)
      } catch { report(error) }
    }
    guard !changed.isEmpty else { return }
    resources[owner]?.setEvents(changed)
  }

  /// Finds the event's API and adds the path to its definition.
  ///
  /// - Returns: the event's properties with its API in them.
  private func link(
    _ event: Tree.Member, of owner: String, _ tree: Tree, _ style: ApiStyle,
    _ uses: inout ApiUses
  ) throws(SAMFailure) -> Tree? {
    var properties = event.value["Properties"] ?? .emptyObject
    if style == .rest, !properties.isTruthy { return nil }
    guard properties.members != nil else {
      throw SAMFailure(
        "`Properties` of the event `\(event.key)` must be an object", at: properties.span)
    }
    if properties[style.idProperty] == nil {
      propagateTags(of: tree, style)
      properties[style.idProperty] = .ref(style.implicitID)
        .placed(at: event.keySpan)
    }
    if style == .http, properties["Path"]?.isTruthy != true,
      properties["Method"]?.isTruthy != true
    {
      properties["Path"] = "$default"
      properties["Method"] = Tree(ApiDocument.anyMethod)
    }
    for name in ["Path", "Method"] where properties[name]?.string == nil {
      throw SAMFailure(
        .missingProperty, "the event `\(event.key)` of `\(owner)` needs a `\(name)`",
        at: properties.keySpan(name) ?? event.keySpan)
    }
    let reference = properties[style.idProperty]
    let path = properties["Path"] ?? "/"
    let method = properties["Method"]?.string ?? ""
    guard let apiID = reference?["Ref"]?.string ?? reference?.string, let api = resources[apiID],
      style == .http || api["Type"]?.string != ApiStyle.http.resourceType
    else {
      throw SAMFailure(
        .unknownReference,
        "`\(style.idProperty)` of the event `\(event.key)` must name an API of the template",
        at: reference?.span ?? event.keySpan)
    }
    uses.note(tree, api: apiID, path: path.string ?? "", method: method)
    addPath(path, method, to: apiID, style)
    if style == .http, let settings = properties["RouteSettings"] {
      let written = resources[apiID]?.at("Properties", "RouteSettings")
      uses.routeSettings[apiID, default: TreeTable(written)].addRoute(
        settings, path.string ?? "", method, tree["Condition"]?.string)
    }
    return properties
  }

  private func addPath(_ path: Tree, _ method: String, to apiID: String, _ style: ApiStyle) {
    guard resources[apiID]?.at("Properties", ManagedDefinition.marker)?.bool == true else { return }
    withDefinition(of: apiID) { document in
      guard document.isValid(style) else { return }
      if style == .rest { document.copy() }
      document.addPath(path, method)
      if style == .rest { document.copy() }
    }
  }

  func setDefinition(_ body: Tree, of apiID: String) {
    guard var api = resources[apiID], var properties = api["Properties"] else { return }
    properties["DefinitionBody"] = body
    api["Properties"] = properties
    resources[apiID] = api
  }

  private func setRouteSettings(_ uses: ApiUses) {
    for (apiID, settings) in uses.routeSettings {
      guard var api = resources[apiID] else { continue }
      var properties = api["Properties"] ?? .emptyObject
      properties["RouteSettings"] = settings.tree
      api["Properties"] = properties
      resources[apiID] = api
    }
  }

  /// The shared API has the tags of those that propagate theirs.
  private func propagateTags(of owner: Tree, _ style: ApiStyle) {
    let kind = String((owner["Type"]?.string ?? "").dropFirst("AWS::Serverless::".count))
    let presets = globalProperties(kind)
    let propagates = owner.at("Properties", "PropagateTags") ?? presets?["PropagateTags"]
    guard propagates?.isTruthy == true,
      let tags = owner.at("Properties", "Tags") ?? presets?["Tags"], tags.isTruthy,
      var api = resources[style.implicitID], var properties = api["Properties"]
    else { return }
    var all = properties["Tags"] ?? .emptyObject
    all.update(with: tags)
    properties["Tags"] = all
    properties["PropagateTags"] = true
    api["Properties"] = properties
    resources[style.implicitID] = api
  }

  // MARK: Conditions

  private func applyAttributes(of uses: ApiUses, _ style: ApiStyle) {
    guard var api = resources[style.implicitID] else { return }
    let methods = (uses.conditions[style.implicitID] ?? [:]).values.flatMap(\.values)
    let named = Set(methods.compactMap { $0 })
    if !methods.isEmpty, methods.allSatisfy({ $0 != nil }) {
      if named.count == 1 {
        api["Condition"] = named.first.map { Tree($0) }
      } else {
        let name = style.implicitID + "Condition"
        addCombined(named, name)
        api["Condition"] = Tree(name)
      }
    }
    for (attribute, order) in [
      ("DeletionPolicy", ["Retain", "Delete"]),
      ("UpdateReplacePolicy", ["Retain", "Snapshot", "Delete"]),
    ] {
      let policies = uses.policies[style.implicitID]?[attribute] ?? []
      if let policy = order.first(where: policies.contains) { api[attribute] = Tree(policy) }
    }
    resources[style.implicitID] = api
  }

  private func makePathsConditional(_ uses: ApiUses, _ style: ApiStyle) {
    for (apiID, api) in resources.all where api["Type"]?.string == style.resourceType {
      guard api.at("Properties", ManagedDefinition.marker)?.bool == true else { continue }
      withDefinition(of: apiID) { document in
        if style == .rest { document.copy() }
        for path in document.paths {
          let methods = (uses.conditions[apiID]?[path] ?? [:]).values
          guard !methods.isEmpty, methods.allSatisfy({ $0 != nil }) else { continue }
          let named = Set(methods.compactMap { $0 })
          let keySpan = document.keySpan(of: path)
          document.updateWhole(path) { item in
            var condition = Tree(named.first ?? "").placed(at: item.span ?? keySpan)
            if named.count > 1 {
              let name = Self.pathConditionName(apiID, path)
              addCombined(named, name)
              condition = Tree(name)
            }
            item = item.under(condition)
          }
        }
        if style == .rest { document.copy() }
      }
    }
  }

  private static func pathConditionName(_ apiID: String, _ path: String) -> String {
    let words: [Character: String] = ["/": "SLASH", "{": "OB", "}": "CB"]
    return apiID + path.map { words[$0] ?? String($0) }.joined() + "PathCondition"
  }

  /// A condition that holds where one of several does. `Fn::Or` takes ten at most, so that more
  /// make a chain.
  func addCombined(_ names: Set<String>, _ condition: String) {
    var rest = names.sorted()
    var links = (rest.count - 2) / 9
    while rest.count > 1 {
      let name = links > 0 ? "\(condition)\(links)" : condition
      links -= 1
      let these = rest.prefix(10).map { Tree.isCondition($0) }
      conditions[name] = ["Fn::Or": Tree(Array(these))]
      rest = Array(rest.dropFirst(10)) + [name]
    }
  }
}

/// The methods of APIs that functions use, and under what conditions.
private struct ApiUses {
  var conditions: [String: [String: [String: String?]]] = [:]
  var policies: [String: [String: Set<String>]] = [:]
  /// Events' settings of their routes, by HTTP API.
  var routeSettings: [String: TreeTable] = [:]

  mutating func note(_ owner: Tree, api: String, path: String, method: String) {
    let condition: String? = owner["Condition"]?.string
    conditions[api, default: [:]][path, default: [:]].updateValue(condition, forKey: method)
    for attribute in ["DeletionPolicy", "UpdateReplacePolicy"] {
      guard let policy = owner[attribute]?.string else { continue }
      policies[api, default: [:]][attribute, default: []].insert(policy)
    }
  }
}

extension TreeTable {
  fileprivate mutating func addRoute(
    _ settings: Tree, _ path: String, _ method: String, _ condition: String?
  ) {
    let route = method == ApiDocument.anyMethod ? path : "\(method.uppercased()) \(path)"
    var own = self[route] ?? .emptyObject
    own.update(with: condition.map { .conditional($0, settings) } ?? settings)
    self[route] = own
  }
}

extension Tree {
  /// Replaces the properties of a resource's events.
  fileprivate mutating func setEvents(_ changed: [String: Tree]) {
    guard var own = self["Properties"], var events = own["Events"], let members = events.members
    else { return }
    var rest = changed
    events.content = .object(
      members.map { member in
        guard let properties = rest.removeValue(forKey: member.key) else { return member }
        var member = member
        member.value["Properties"] = properties
        return member
      })
    own["Events"] = events
    self["Properties"] = own
  }
}
