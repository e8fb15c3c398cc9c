import Effects

/// The reason why local code can't be packaged, in words that follow its path.
public struct PackagingFailure: Error, Sendable, Hashable {
  public var reason: String
  public init(_ reason: String) { self.reason = reason }
}

/// The files of a folder that is to be packaged, in a fixed order.
///
/// Symbolic links stay links, and must end inside the folder. Version control, caches of interpreters
/// and Leat's own data are left out; a link into these is followed.
struct CodeFolder {
  struct Entry: Sendable, Hashable {
    /// Relative, with `/`.
    var path: String
    var source: String
    var size: Int64
    var isExecutable: Bool
    /// The target of a link, relative to the folder that it lies in.
    var link: String?
  }

  static let leftOut: Set<String> = [
    ".git", ".hg", ".svn", "__pycache__", ".DS_Store", ".leat", ".pytest_cache",
  ]
  /// AWS's limit of an unpacked archive: 250 MB.
  static let bytesMax: Int64 = 262_144_000
  static let entriesMax = 50_000
  private static let depthMax = 64

  private let files: any FileSystem
  private let leftOut: Set<String>
  private let root: String
  private var bytes: Int64 = 0
  private(set) var entries: [Entry] = []

  /// - Parameter isWhole: leaves nothing out.
  ///
  /// Throws `PackagingFailure`.
  init(_ path: String, files: any FileSystem, isWhole: Bool) throws {
    self.files = files
    leftOut = isWhole ? [] : Self.leftOut
    root = try Self.attempt { () throws(FileFailure) in try files.status(path).resolvedPath }
    try walk(root, prefix: "", above: [root])
    entries.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    guard !entries.isEmpty else { throw PackagingFailure("holds no files") }
  }

  /// - Parameter above: the folders on the way down, without links, to see when a link turns back.
  private mutating func walk(_ folder: String, prefix: String, above: [String]) throws {
    guard above.count <= Self.depthMax else {
      throw PackagingFailure("is deeper than \(Self.depthMax) folders")
    }
    let names = try Self.attempt { () throws(FileFailure) in try files.list(folder) }
    for name in names where !leftOut.contains(name) {
      let path = prefix + name
      let status = try Self.attempt { () throws(FileFailure) in
        try files.status("\(folder)/\(name)")
      }
      guard status.resolvedPath == root || status.resolvedPath.hasPrefix("\(root)/") else {
        throw PackagingFailure("holds `\(path)`, a link that leaves the folder")
      }
      if files.linkTarget("\(folder)/\(name)") != nil,
        let target = target(status.resolvedPath, from: prefix)
      {
        try add(path, status, link: target)
        continue
      }
      switch status.kind {
      case .folder:
        guard !above.contains(status.resolvedPath) else {
          throw PackagingFailure("holds `\(path)`, a link to a folder that it is in")
        }
        try walk(status.resolvedPath, prefix: "\(path)/", above: above + [status.resolvedPath])
      case .file: try add(path, status)
      case .other: throw PackagingFailure("holds `\(path)`, which is neither a file nor a folder")
      }
    }
  }

  /// The way from a folder to what a link in it ends at, which passes no other link; nil where that is
  /// left out.
  private func target(_ resolved: String, from prefix: String) -> String? {
    let place = prefix.split(separator: "/")
    let end = resolved.dropFirst(root.count).split(separator: "/")
    guard !end.contains(where: { leftOut.contains(String($0)) }) else { return nil }
    let common = zip(place, end).prefix { $0 == $1 }.count
    let way = place.dropFirst(common).map { _ in ".." } + end.dropFirst(common).map(String.init)
    return way.isEmpty ? "." : way.joined(separator: "/")
  }

  private mutating func add(_ path: String, _ status: FileStatus, link: String? = nil) throws {
    bytes += link == nil ? status.size : 0
    guard bytes <= Self.bytesMax else {
      throw PackagingFailure("is larger than \(Self.bytesMax) bytes")
    }
    guard entries.count < Self.entriesMax else {
      throw PackagingFailure("holds more than \(Self.entriesMax) files")
    }
    guard path.utf8.count <= 1024 else {
      throw PackagingFailure("holds a path longer than 1024 bytes")
    }
    entries.append(
      Entry(
        path: path, source: status.resolvedPath, size: status.size,
        isExecutable: link == nil && status.isExecutable, link: link))
  }

  static func attempt<T>(_ body: () throws(FileFailure) -> T) throws -> T {
    do throws(FileFailure) { return try body() } catch {
      throw PackagingFailure("can't be read: \(error)")
    }
  }
}
