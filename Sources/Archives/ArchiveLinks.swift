/// The symbolic links among files that are to lie in one folder: each ends within it, whatever it is
/// followed through.
public struct ArchiveLinks: Sendable, Hashable {
  /// The links that a system follows in one path.
  private static let hopsMax = 40

  /// By path, relative to the folder; as they are written.
  private let targets: [String: String]

  public init(_ targets: [String: String]) { self.targets = targets }

  /// Throws for a link that leaves the folder, is absolute, or leads to itself; and for a path behind
  /// a link, which would be written through it.
  public func check(_ paths: some Sequence<String>) throws(ZipArchive.Failure) {
    if targets.isEmpty { return }
    for path in paths {
      var parent = path[...]
      while let slash = parent.lastIndex(of: "/") {
        parent = parent[..<slash]
        guard targets[String(parent)] == nil else {
          throw ZipArchive.Failure("`\(path)` lies behind the link `\(parent)`")
        }
      }
    }
    for path in targets.keys.sorted() { try follow(path) }
  }

  private func follow(_ link: String) throws(ZipArchive.Failure) {
    var place = link.split(separator: "/").dropLast().map(String.init)
    var pending = try parts(of: link, in: link)
    var hops = 1
    while let part = pending.popLast() {
      if part == "." { continue }
      if part == ".." {
        guard place.popLast() != nil else { throw leaves(link) }
        continue
      }
      place.append(part)
      let next = place.joined(separator: "/")
      guard targets[next] != nil else { continue }
      hops += 1
      guard hops <= Self.hopsMax else {
        throw ZipArchive.Failure("`\(link)` is a link that leads to itself")
      }
      place.removeLast()
      pending += try parts(of: next, in: link)
    }
  }

  /// The parts of a link's target, last one first.
  private func parts(of link: String, in first: String) throws(ZipArchive.Failure) -> [String] {
    let target = targets[link] ?? ""
    guard !target.isEmpty, !target.hasPrefix("/"), !target.utf8.contains(0) else {
      throw leaves(first)
    }
    return target.split(separator: "/").reversed().map(String.init)
  }

  private func leaves(_ link: String) -> ZipArchive.Failure {
    ZipArchive.Failure("`\(link)` is a link to `\(targets[link] ?? "")`, which leaves the archive")
  }
}
