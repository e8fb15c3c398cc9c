import PropertyTree

/// The properties of a type that Leat implements, ready for quick look-ups.
struct SupportedPaths {
  /// True at the top where everything is implemented; else the tree's paths are.
  let isEverything: Bool
  let tree: PathTree

  /// The last step of a path that stands for all that is below it.
  private static let all = "*"

  /// - Parameter paths: dotted, `X.*` for all of `X`, `*` for all there is.
  init(_ paths: Set<String>) {
    isEverything = paths.contains(Self.all)
    tree = PathTree(paths)
  }

  /// True where all that is below a place is implemented.
  static func isWhole(_ place: PathTree) -> Bool { place.children[all] != nil }

  /// The listed names at the top, for types without public facts.
  var names: [String] { tree.children.keys.sorted() }
}
