import AWSModel
import Crypto
import Effects
import PropertyTree
import ServiceKit

/// The files that hold objects' bytes: `<data>/s3/objects/<2 hex>/<id>` for what a committed row
/// points to, `<data>/s3/staging/<id>` for what is being written.
///
/// A file is complete and synced before the row that names it commits, and moves from staging
/// only after that commit. So whatever a crash leaves in staging is either named by a row (and
/// moves at the next start) or is nobody's (and goes). Keys and bucket names are never part of a
/// path.
struct S3ObjectFiles: Sendable {
  private let files: any FileSystem
  private let random: any RandomSource
  private let root: String
  private let isDurable: Bool
  /// The start of every id that this process makes: the sweep leaves those alone.
  let run: String

  init(_ environment: ServiceEnvironment) throws {
    files = environment.effects.files
    random = environment.effects.random
    root = environment.directory("s3")
    isDurable = environment.isDurable
    run = environment.effects.random.text(8, from: "0123456789abcdef")
    try Self.attempt { () throws(FileFailure) in
      try files.createDirectory("\(root)/staging")
      try files.createDirectory("\(root)/objects")
    }
  }

  /// Turns a failure of the disk into the service's error.
  static func attempt<T>(_ body: () throws(FileFailure) -> T) throws -> T {
    do throws(FileFailure) { return try body() } catch {
      throw ServiceError(onMachine: error)
    }
  }

  private func stagingPath(_ id: String) -> String { "\(root)/staging/\(id)" }
  private func folder(_ id: String) -> String { "\(root)/objects/\(id.suffix(2))" }
  private func objectPath(_ id: String) -> String { "\(folder(id))/\(id)" }

  /// Begins a file of unknown length.
  func stage(_ expected: S3ExpectedDigests = S3ExpectedDigests()) throws -> S3StagingFile {
    let id = run + random.text(24, from: "0123456789abcdef")
    let handle = try Self.attempt { () throws(FileFailure) in
      try files.open(stagingPath(id), .createNew)
    }
    return S3StagingFile(id: id, handle: handle, expected: expected) { [self] in
      guard isDurable else { return }
      try Self.attempt { () throws(FileFailure) in
        try handle.sync()
        try files.syncDirectory("\(root)/staging")
      }
    }
  }

  /// After the commit: moves a staged file to its place. What fails here is done at the next
  /// start; until then `path` finds the file where it is.
  func moveIntoPlace(_ id: String) {
    do throws(FileFailure) {
      try files.rename(stagingPath(id), to: objectPath(id))
    } catch {
      do throws(FileFailure) {
        try files.createDirectory(folder(id))
        try files.rename(stagingPath(id), to: objectPath(id))
      } catch { return }
    }
  }

  /// The path of a committed file, wherever it lies now.
  func path(_ id: String) -> String {
    let placed = objectPath(id)
    return files.exists(placed) || !files.exists(stagingPath(id)) ? placed : stagingPath(id)
  }

  func open(_ id: String) throws -> any FileHandle {
    try Self.attempt { () throws(FileFailure) in
      do throws(FileFailure) { return try files.open(objectPath(id), .read) } catch {
        return try files.open(path(id), .read)
      }
    }
  }

  /// Removes a file that no row names. What can't be removed stays on the list of garbage.
  func remove(_ id: String) throws {
    try Self.attempt { () throws(FileFailure) in
      try files.remove(stagingPath(id))
      try files.remove(objectPath(id))
    }
  }

  /// Makes removals durable: without it a loss of power may bring the files back.
  func syncRemovals(of ids: [String]) throws {
    let folders = Set(ids.map(folder)).union(["\(root)/staging"])
    try Self.attempt { () throws(FileFailure) in
      for path in folders.sorted() where files.exists(path) { try files.syncDirectory(path) }
    }
  }

  /// Ids in staging that another process left.
  func abandoned() throws -> [String] {
    try Self.attempt { () throws(FileFailure) in try files.list("\(root)/staging") }
      .filter { !$0.hasPrefix(run) }
  }
}

/// A file that is being written, with its MD5 and the checksum that the client asked for.
struct S3StagingFile {
  let id: String
  private let handle: any FileHandle
  private let sync: () throws -> Void
  private let expected: S3ExpectedDigests
  private var md5 = Insecure.MD5()
  private var digest: S3Digest?
  private(set) var size: Int64 = 0

  fileprivate init(
    id: String, handle: any FileHandle, expected: S3ExpectedDigests,
    sync: @escaping () throws -> Void
  ) {
    self.id = id
    self.handle = handle
    self.expected = expected
    self.sync = sync
    digest = expected.algorithm.map(S3Digest.init)
  }

  mutating func append(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try append($0) } }

  mutating func append(_ raw: UnsafeRawBufferPointer) throws {
    guard !raw.isEmpty else { return }
    md5.update(bufferPointer: raw)
    digest?.update(raw)
    do throws(FileFailure) { try handle.write(raw, at: size) } catch {
      throw ServiceError(onMachine: error)
    }
    size += Int64(raw.count)
  }

  /// Checks the digests and makes the bytes durable. Throws `BadDigest`.
  func finish(trailer: String? = nil) throws -> S3StagedBytes {
    let md5Bytes = Array(md5.finalize())
    if let wanted = expected.md5, wanted != md5Bytes {
      throw ServiceError.badDigest("Content-MD5")
    }
    let checksum = digest?.text
    if let algorithm = expected.algorithm, let wanted = expected.value ?? trailer,
      wanted != checksum
    {
      throw ServiceError.badDigest(algorithm.rawValue)
    }
    try sync()
    return S3StagedBytes(
      id: id, size: size, md5: Hex.encode(md5Bytes), algorithm: expected.algorithm,
      checksum: checksum)
  }
}

/// Bytes that lie complete and synced in staging.
struct S3StagedBytes: Sendable, Hashable {
  var id: String
  var size: Int64
  /// Lower-case hex.
  var md5: String
  var algorithm: S3ChecksumAlgorithm?
  var checksum: String?
}
