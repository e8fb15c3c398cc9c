/// Changes that connectors make to the dependencies of others: who waits for them, and the mappings
/// that wait. Gathered until all connectors are done, so that none looks through the whole
/// template.
struct Connections {
  private struct Mapped: Hashable {
    let source: String
    let function: String
  }

  private let connectors: Set<String>
  private var waiting: [String: Set<String>] = [:]
  private var mappings: [Mapped: [String]] = [:]
  /// Dependencies that have changed.
  private var dependencies: [String: UniqueTrees] = [:]

  init() { connectors = [] }

  init(_ resources: ResourceTable, among connectors: [String]) {
    self.connectors = Set(connectors)
    guard !connectors.isEmpty else { return }
    for (id, tree) in resources.all {
      note(id, waitsFor: tree["DependsOn"])
      guard tree["Type"]?.string == "AWS::Lambda::EventSourceMapping",
        let function = tree.at("Properties", "FunctionName")?.referencedResource,
        let source = tree.at("Properties", "EventSourceArn")?.referencedResource
      else { continue }
      mappings[Mapped(source: source, function: function), default: []].append(id)
    }
  }

  /// Remembers which connectors a resource waits for.
  mutating func note(_ id: String, waitsFor dependencies: Tree?) {
    guard !connectors.isEmpty, let dependencies else { return }
    for name in dependencies.asList.compactMap(\.string) where connectors.contains(name) {
      waiting[name, default: []].insert(id)
    }
  }

  /// The one mapping between the two.
  func mapping(from source: String, to function: String) -> String? {
    let found = mappings[Mapped(source: source, function: function)] ?? []
    return found.count == 1 ? found[0] : nil
  }

  /// Makes a resource wait for another.
  mutating func wait(_ id: String, for other: String, in resources: ResourceTable) {
    guard let tree = resources[id] else { return }
    var list = dependencies.removeValue(forKey: id) ?? UniqueTrees(tree["DependsOn"]?.asList ?? [])
    if list.add(Tree(other)) { note(id, waitsFor: Tree(other)) }
    dependencies[id] = list
  }

  /// Lets those that wait for a connector wait for all that it makes.
  mutating func replace(_ connector: String, by made: [String], in resources: ResourceTable) {
    for id in waiting.removeValue(forKey: connector) ?? [] {
      var list =
        dependencies.removeValue(forKey: id)
        ?? UniqueTrees(resources[id]?["DependsOn"]?.asList ?? [])
      list.remove(Tree(connector))
      for other in made where list.add(Tree(other)) { note(id, waitsFor: Tree(other)) }
      dependencies[id] = list
    }
  }

  /// The changed dependencies of a resource; nil where they are as they were.
  func changed(_ id: String) -> Tree? {
    dependencies[id].map { Tree($0.trees) }
  }

  /// Writes the changed dependencies into the resources.
  func place(into resources: inout ResourceTable) {
    for (id, list) in dependencies where resources[id] != nil {
      resources[id]?["DependsOn"] = Tree(list.trees)
    }
  }
}
