import AWSModel
import Archives
import Crypto
import PropertyTree

/// A function's code: a ZIP archive that was found sound.
struct FunctionCode: Sendable, Hashable {
  /// AWS's limit of an archive in a request: 50 MB.
  static let archiveBytesMax = 52_428_800
  /// AWS's limit of an archive in a bucket is that of its contents: 250 MB.
  static let objectBytesMax = 262_144_000
  /// Of the unpacked archive.
  static let unpacked = ZipArchive.Limits(bytesMax: objectBytesMax)
  /// CloudFormation's limit of inline source: 4 MiB.
  static let inlineBytesMax = 4_194_304

  let archive: [UInt8]
  /// SHA-256 of the archive, hexadecimal.
  let hash: String

  /// Unpacks the archive in memory to check it. Throws `InvalidParameterValueException`,
  /// `RequestEntityTooLargeException`.
  init(archive: [UInt8], bytesMax: Int = archiveBytesMax) throws {
    guard archive.count <= bytesMax else {
      throw ServiceError(
        "RequestEntityTooLargeException",
        "Zipped size must be smaller than \(bytesMax) bytes", status: 413)
    }
    do {
      let zip = try ZipArchive(archive, limits: Self.unpacked)
      guard !zip.entries.isEmpty else { throw ZipArchive.Failure("it is empty") }
      for entry in zip.entries { _ = try zip.contents(entry) }
    } catch let failure as ZipArchive.Failure {
      throw ServiceError(
        "InvalidParameterValueException",
        "Could not unzip uploaded file. Please check your file, then try to upload again. "
          + "(\(failure.reason))", fields: ["Type": "User"])
    }
    self.init(sound: archive)
  }

  /// The `ZipFile` of a template: source text that becomes `index.js` or `index.py`.
  init(inlineSource source: String, family: RuntimeFamily) throws {
    guard source.utf8.count <= Self.inlineBytesMax else {
      throw ServiceError.validation(
        "The inline code is larger than \(Self.inlineBytesMax) bytes.")
    }
    let name: String
    switch family {
    case .node: name = "index.js"
    case .python: name = "index.py"
    case .provided:
      throw ServiceError.validation(
        "Inline code (Code.ZipFile) is for Node.js and Python runtimes only.")
    }
    var zip = ZipWriter()
    // Stored as it is: the hash must not depend on the machine's zlib.
    zip.add(name, Array(source.utf8), packs: false)
    self.init(sound: zip.finished())
  }

  /// Bytes of what lies in an archive that was found sound.
  static func unpackedSize(of archive: [UInt8]) throws -> Int {
    try ZipArchive(archive, limits: unpacked).entries.reduce(0) { $0 + $1.count }
  }

  /// True for a layer that brings extensions along, which Leat does not run.
  var hasExtensions: Bool {
    get throws {
      try ZipArchive(archive, limits: Self.unpacked).entries
        .contains { $0.path.hasPrefix("extensions/") }
    }
  }

  private init(sound archive: [UInt8]) {
    self.archive = archive
    hash = Hex.encode(SHA256.hash(data: archive))
  }
}
