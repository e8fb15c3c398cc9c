/// A set of dotted paths (`Endpoint.Address`) as a tree, so that a walk over properties takes one
/// step in it for each of its own and puts no text together.
public final class PathTree: Sendable {
  /// By the next key.
  public let children: [String: PathTree]
  /// True where the set has the path that ends here.
  public let isMember: Bool

  private init(children: [String: PathTree], isMember: Bool) {
    self.children = children
    self.isMember = isMember
  }

  public convenience init(_ paths: some Sequence<String>) {
    self.init(keys: paths.map { $0.split(separator: ".").map(String.init)[...] })
  }

  private convenience init(keys paths: [ArraySlice<String>]) {
    var tails: [String: [ArraySlice<String>]] = [:]
    for path in paths {
      guard let first = path.first else { continue }
      tails[first, default: []].append(path.dropFirst())
    }
    self.init(
      children: tails.mapValues { PathTree(keys: $0) },
      isMember: paths.contains { $0.isEmpty })
  }
}
