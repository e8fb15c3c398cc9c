/// The properties of a type that Leat implements, ready for quick look-ups.
struct SupportedPaths {
  enum Extent { case none, itself, everything }

  private var itself: Set<String> = []
  private var everything: Set<String> = []

  /// - Parameter paths: dotted, `X.*` for all of `X`, `*` for all there is.
  init(_ paths: Set<String>) {
    for path in paths {
      var path = path[...]
      if path == "*" {
        everything.insert("")
        continue
      }
      if path.hasSuffix(".*") {
        path = path.dropLast(2)
        everything.insert(String(path))
      }
      itself.insert(String(path))
      // What is listed inside an object makes the object itself acceptable.
      while let dot = path.lastIndex(of: ".") {
        path = path[..<dot]
        itself.insert(String(path))
      }
    }
  }

  func extent(of path: String) -> Extent {
    if everything.contains(path) || everything.contains("") { return .everything }
    return itself.contains(path) ? .itself : .none
  }

  /// The listed names directly under an object's path, for types without public facts.
  func names(under path: String) -> [String] {
    let prefix = path.isEmpty ? "" : path + "."
    return itself.filter { $0.hasPrefix(prefix) && !$0.dropFirst(prefix.count).contains(".") }
      .map { String($0.dropFirst(prefix.count)) }.sorted()
  }
}
