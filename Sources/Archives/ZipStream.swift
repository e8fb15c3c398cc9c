import Checksums

/// A ZIP archive of one file, whose contents come piece by piece.
///
/// Its header says what the file packs to, so that the packed bytes, and they alone, are kept until
/// the end.
public final class ZipStream {
  private let deflate: DeflateStream
  private var packed: [UInt8] = []
  private var checksum: UInt32 = 0
  private var count = 0

  /// Throws where there is no memory for it.
  public init() throws(CompressionFailure) { deflate = try DeflateStream(.none) }

  public func write(_ bytes: UnsafeRawBufferPointer) throws {
    checksum = CyclicRedundancyCheck.crc32(bytes, continuing: checksum)
    count += bytes.count
    try deflate.write(bytes) { packed.append(contentsOf: $0) }
  }

  /// Hands on the archive, in pieces that are valid within the call only. Nothing may follow.
  ///
  /// - Parameter path: the file's, in the archive.
  public func finish(
    _ path: String, to body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    try deflate.finish { packed.append(contentsOf: $0) }
    guard count < 1 << 32, packed.count < 1 << 32 else {
      throw CompressionFailure(reason: "a ZIP archive holds less than 4 GiB")
    }
    let (before, behind) = ZipWriter.around(
      path, checksum: checksum, packedCount: packed.count, count: count)
    for part in [before, packed, behind] { try part.withUnsafeBytes { try body($0) } }
  }
}
