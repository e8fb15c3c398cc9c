import AWSModel
import Archives
import Effects
import ServiceKit
import Synchronization

/// Functions' code as files: unpacked on first use under the archive's hash, so that functions with
/// the same code share a folder, and swept when the data directory is opened.
final class CodeFolders: Sendable {
  let environment: ServiceEnvironment
  let store = CodeStore()
  private let underWay = Mutex<[String: Task<String, any Error>]>([:])

  init(environment: ServiceEnvironment) { self.environment = environment }

  var root: String { "\(environment.directory("lambda"))/code" }
  var files: any FileSystem { environment.effects.files }

  /// The folder's path. Throws `ServiceError` when the archive is gone or the disk refuses.
  func prepare(_ hash: String) async throws -> String {
    try await prepare(hash, from: [hash])
  }

  /// Unpacks archives over one another, in order, into a folder of this name.
  func prepare(_ name: String, from hashes: [String]) async throws -> String {
    let task = underWay.withLock { underWay in
      if let running = underWay[name] { return running }
      let task = Task { try self.unpackIfMissing(name, from: hashes) }
      underWay[name] = task
      return task
    }
    defer { underWay.withLock { $0[name] = nil } }
    return try await task.value
  }

  private func unpackIfMissing(_ name: String, from hashes: [String]) throws -> String {
    let folder = "\(root)/\(name)"
    if files.exists(folder) { return folder }
    let temporary = "\(folder).\(environment.effects.random.uuid()).tmp"
    do {
      try files.createDirectory(temporary)
      var merged = MergedLinks()
      for hash in hashes {
        guard let archive = try environment.database.read({ try store.archive(hash, $0) }) else {
          throw ServiceError.internalFailure("The code \(hash) is not in the database.")
        }
        let zip = try ZipArchive(archive, limits: FunctionCode.unpacked)
        try merged.add(zip)
        for entry in zip.entries { try unpack(entry, of: zip, into: temporary) }
      }
      try files.rename(temporary, to: folder)
    } catch {
      // A folder that can't be removed now is swept at the next start.
      try? files.remove(temporary)
      throw error
    }
    return folder
  }

  private func unpack(_ entry: ZipArchive.Entry, of zip: ZipArchive, into folder: String) throws {
    let path = "\(folder)/\(entry.path)"
    if let slash = entry.path.lastIndex(of: "/") {
      try files.createDirectory("\(folder)/\(entry.path[..<slash])")
    }
    let contents = try zip.contents(entry)
    // A layer may bring what one below it has brought.
    try files.remove(path)
    if let target = zip.links[entry.path] { return try files.createLink(path, to: target) }
    let file = try files.open(path, .createNew)
    let failure = contents.withUnsafeBytes { raw -> FileFailure? in
      do throws(FileFailure) { try file.write(raw, at: 0) } catch { return error }
      return nil
    }
    if let failure { throw failure }
    // `provided` runtimes start the file `bootstrap`, with or without its permission.
    if entry.isExecutable || entry.path == "bootstrap" { try files.makeExecutable(path) }
  }

  /// Removes folders of code that no function has, half-made ones, and old working folders. While
  /// no process runs.
  func sweep() throws {
    try sweepCode()
    try files.remove(temporaryRoot)
  }

  /// Removes folders of code that no function has any more.
  func sweepCode() throws {
    let names = try files.list(root)
    if names.isEmpty { return }
    let used = try environment.database.read { transaction in
      try store.hashes(transaction).union(
        store.layerStacks(transaction).map { CodeFolders.layerFolder($0) })
    }
    for name in names where !used.contains(name) { try files.remove("\(root)/\(name)") }
  }

  private var temporaryRoot: String { "\(environment.directory("lambda"))/tmp" }

  /// A private folder for one process, its `HOME` and `TMPDIR`.
  func makeTemporary() throws -> String {
    let path = "\(temporaryRoot)/\(environment.effects.random.uuid())"
    try files.createDirectory(path)
    return path
  }

  var bootstrapFolder: String { "\(environment.directory("lambda"))/bootstrap" }

  /// The name of a family's runtime client in `bootstrapFolder`, written when it is missing or another
  /// version's.
  func bootstrap(_ family: RuntimeFamily) throws -> String {
    let (name, source) =
      switch family {
      case .node: (NodeBootstrap.fileName, NodeBootstrap.source)
      default: (PythonBootstrap.fileName, PythonBootstrap.source)
      }
    let folder = bootstrapFolder
    let path = "\(folder)/\(name)"
    let bytes = Array(source.utf8)
    if files.exists(path), try files.read(path) == bytes { return name }
    try files.createDirectory(folder)
    try files.writeAtomically(bytes, to: path)
    return name
  }
}
