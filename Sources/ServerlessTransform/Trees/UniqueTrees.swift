/// A list that grows by what isn't in it yet.
struct UniqueTrees {
  private var entries: [Tree?]
  private var places: [Tree: Int]

  init(_ trees: [Tree] = []) {
    entries = trees
    places = Dictionary(
      trees.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  var trees: [Tree] { entries.compactMap { $0 } }

  func contains(_ tree: Tree) -> Bool { places[tree] != nil }

  /// True where the tree is new.
  @discardableResult
  mutating func add(_ tree: Tree) -> Bool {
    guard places[tree] == nil else { return false }
    places[tree] = entries.count
    entries.append(tree)
    return true
  }

  /// Removes a tree, as often as it was there from the start.
  mutating func remove(_ tree: Tree) {
    guard let place = places.removeValue(forKey: tree) else { return }
    entries[place] = nil
    // More entries than places and gaps: the list had some twice.
    guard entries.lazy.dropFirst(place).first(where: { $0 == tree }) != nil else { return }
    for index in entries.indices where entries[index] == tree { entries[index] = nil }
  }
}
