import Archives
import Crypto
import Effects
import PropertyTree

/// Code from the disk as an archive, with a hash that changes with what is in it.
public struct PackagedCode: Sendable, Hashable {
  public var bytes: [UInt8]
  /// SHA-256 in hex. Of a folder: over names, modes, contents and links of its files.
  public var hash: String
  /// The ending of the file's names: `.zip`.
  public var nameSuffix: String

  /// Packages a folder, or a single file, which may be an archive already.
  ///
  /// - Parameter isWhole: takes version control and interpreters' caches along too.
  ///
  /// Throws `PackagingFailure` for what is missing, too large, empty, or links out of the folder.
  public init(_ path: String, files: any FileSystem, isWhole: Bool = false) throws {
    guard files.exists(path) else { throw PackagingFailure("does not exist") }
    let status = try CodeFolder.attempt { () throws(FileFailure) in try files.status(path) }
    switch status.kind {
    case .folder: self = try Self.folder(path, files, isWhole: isWhole)
    case .file:
      guard status.size <= CodeFolder.bytesMax else {
        throw PackagingFailure("is larger than \(CodeFolder.bytesMax) bytes")
      }
      let contents = try CodeFolder.attempt { () throws(FileFailure) in try files.read(path) }
      let name = path.split(separator: "/").last.map(String.init) ?? path
      if name.hasSuffix(".zip") || name.hasSuffix(".jar") {
        self.init(
          bytes: contents, hash: Hex.encode(SHA256.hash(data: contents)),
          nameSuffix: String(name.suffix(4)))
      } else {
        self.init(files: [(name, contents, status.isExecutable)])
      }
    case .other: throw PackagingFailure("is neither a file nor a folder")
    }
  }

  /// A file as it is, under a name that ends as its own does.
  ///
  /// Throws `PackagingFailure` for what is missing, too large, or a folder.
  static func file(_ path: String, files: any FileSystem) throws -> PackagedCode {
    guard files.exists(path) else { throw PackagingFailure("does not exist") }
    let status = try CodeFolder.attempt { () throws(FileFailure) in try files.status(path) }
    switch status.kind {
    case .folder: throw PackagingFailure("is a folder, and a file is needed here")
    case .other: throw PackagingFailure("is neither a file nor a folder")
    case .file: break
    }
    guard status.size <= CodeFolder.bytesMax else {
      throw PackagingFailure("is larger than \(CodeFolder.bytesMax) bytes")
    }
    let contents = try CodeFolder.attempt { () throws(FileFailure) in try files.read(path) }
    return PackagedCode(contents, namedAs: path)
  }

  /// Contents under a name that ends as the path does, where that is a short ending in ASCII.
  init(_ contents: [UInt8], namedAs path: String) {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let ending = name.lastIndex(of: ".").map { name[$0...] } ?? ""
    let isPlain =
      (2...16).contains(ending.utf8.count)
      && ending.dropFirst().allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
    self.init(
      bytes: contents, hash: Hex.encode(SHA256.hash(data: contents)),
      nameSuffix: isPlain ? String(ending) : "")
  }

  private init(bytes: [UInt8], hash: String, nameSuffix: String) {
    self.bytes = bytes
    self.hash = hash
    self.nameSuffix = nameSuffix
  }

  private init(files: [(path: String, contents: [UInt8], isExecutable: Bool)]) {
    var zip = ZipWriter()
    var digest = SHA256()
    for file in files {
      zip.add(file.path, file.contents, isExecutable: file.isExecutable)
      Self.update(&digest, file.path, file.contents, file.isExecutable)
    }
    self.init(bytes: zip.finished(), hash: Hex.encode(digest.finalize()), nameSuffix: ".zip")
  }

  private static func folder(_ path: String, _ files: any FileSystem, isWhole: Bool) throws
    -> PackagedCode
  {
    var zip = ZipWriter()
    var digest = SHA256()
    for entry in try CodeFolder(path, files: files, isWhole: isWhole).entries {
      if let link = entry.link {
        zip.addLink(entry.path, to: link)
        digest.update(data: Array("\(entry.path)\nl \(link.utf8.count)\n\(link)".utf8))
        continue
      }
      let contents = try CodeFolder.attempt { () throws(FileFailure) in
        try files.read(entry.source)
      }
      zip.add(entry.path, contents, isExecutable: entry.isExecutable)
      update(&digest, entry.path, contents, entry.isExecutable)
    }
    return PackagedCode(
      bytes: zip.finished(), hash: Hex.encode(digest.finalize()), nameSuffix: ".zip")
  }

  /// Not over the archive's bytes: another version of zlib may pack the same files otherwise.
  private static func update(
    _ digest: inout SHA256, _ path: String, _ contents: [UInt8], _ isExecutable: Bool
  ) {
    digest.update(data: Array("\(path)\n\(isExecutable ? "x" : "-") \(contents.count)\n".utf8))
    digest.update(data: contents)
  }
}
