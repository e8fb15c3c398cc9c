import Crypto
import Effects
import PropertyTree
import ServiceKit
import Synchronization

/// Finds the local folder that deployed code was packaged from, for a server that runs functions
/// from there.
///
/// A place is looked at when a function is called: nothing polls, and two calls with nothing written
/// between them run the same code.
final class LocalCodeWatch: Sendable {
  struct Place: Sendable, Hashable {
    /// Absolute.
    var folder: String
    /// Changes with the names, sizes and times of the files.
    var stamp: String
  }

  private static let leftOut: Set<String> = [
    ".git", ".hg", ".svn", "__pycache__", ".DS_Store", ".leat", ".pytest_cache",
  ]
  private static let entriesMax = 50_000

  private let environment: ServiceEnvironment
  private let sources = CodeSourceStore()
  /// Paths by the hash of the archive; nil where there is none. A hash has one source for good.
  private let known = Mutex<[String: String]>([:])

  init(environment: ServiceEnvironment) { self.environment = environment }

  /// nil where functions run what was deployed: nobody asked for local code, this was not packaged
  /// from a folder, or that folder is gone.
  func place(of function: FunctionModel) throws -> Place? {
    guard environment.hosting.runsLocalCode, let folder = try folder(function.codeHash) else {
      return nil
    }
    let files = environment.effects.files
    guard files.isDirectory(folder) else { return nil }
    var digest = SHA256()
    var count = 0
    try stamp(folder, prefix: "", &digest, &count)
    return Place(folder: folder, stamp: String(Hex.encode(digest.finalize()).prefix(16)))
  }

  private func folder(_ hash: String) throws -> String? {
    if let path = known.withLock({ $0[hash] }) { return path }
    guard let path = try environment.database.read({ try sources.path(hash, $0) }) else {
      return nil
    }
    known.withLock { $0[hash] = path }
    return path
  }

  private func stamp(
    _ folder: String, prefix: String, _ digest: inout SHA256, _ count: inout Int
  ) throws {
    let files = environment.effects.files
    for name in try files.list(folder) where !Self.leftOut.contains(name) {
      count += 1
      guard count <= Self.entriesMax, files.exists("\(folder)/\(name)") else { continue }
      let status = try files.status("\(folder)/\(name)")
      let line = "\(prefix)\(name)\n\(status.size) \(status.modified) \(status.isExecutable)\n"
      digest.update(data: Array(line.utf8))
      if status.kind == .folder, status.resolvedPath == "\(folder)/\(name)" {
        try stamp(status.resolvedPath, prefix: "\(prefix)\(name)/", &digest, &count)
      }
    }
  }
}
