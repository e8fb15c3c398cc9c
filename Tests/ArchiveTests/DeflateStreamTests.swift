import Archives
import Testing

@Suite struct DeflateStreamTests {
  private static let sample = (0..<400_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }

  private func packed(_ bytes: [UInt8], pieces: Int) throws -> [UInt8] {
    let stream = try DeflateStream(.gzip)
    var out: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: pieces) {
      try bytes[start..<min(start + pieces, bytes.count)].withUnsafeBytes { piece in
        try stream.write(piece) { out += $0 }
      }
    }
    try stream.finish { out += $0 }
    return out
  }

  /// The ends lie on, before and behind the boundary of a piece, and there may be nothing at all.
  @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 400_000]) func contentComesBackAsItWas(
    count: Int
  ) throws {
    let bytes = Array(Self.sample.prefix(count))
    let whole = try packed(bytes, pieces: 1 << 20)
    #expect(Gzip.decompress(whole, countMax: 1 << 20) == bytes)
    for pieces in [1_000, 65_536, 99_999] {
      #expect(try packed(bytes, pieces: pieces) == whole, "in pieces of \(pieces)")
    }
  }

  /// Readers that stop behind the first member get all of it.
  @Test func thereIsOneMember() throws {
    let packed = try packed(Self.sample, pieces: 10_000)
    #expect(Array(packed.prefix(3)) == [0x1F, 0x8B, 8])
    let count = packed.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(count == Self.sample.count, "the trailer counts all bytes")
  }
}
