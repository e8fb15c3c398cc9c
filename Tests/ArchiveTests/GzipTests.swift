import Archives
import Testing

@Suite struct GzipTests {
  @Test func theFrameHoldsChecksumAndLength() throws {
    let packed = try Gzip.compress(Array("hello world".utf8))
    #expect(Array(packed.prefix(3)) == [0x1F, 0x8B, 8])
    #expect(Array(packed.suffix(8)) == [0x85, 0x11, 0x4A, 0x0D, 11, 0, 0, 0])
    #expect(try Gzip.compress(Array("hello world".utf8)) == packed)
    #expect(try Gzip.compress([]).suffix(8) == [0, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test func contentComesBackAsItWas() throws {
    for count in [0, 1, 4095, 4096, 4097, 300_000] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
      let packed = try Gzip.compress(bytes)
      #expect(Gzip.isLikely(packed))
      #expect(Gzip.decompress(packed, countMax: count) == bytes)
      #expect(count == 0 || Gzip.decompress(packed, countMax: count - 1) == nil)
      // Members in a row are one content.
      #expect(Gzip.decompress(packed + packed, countMax: 2 * count) == bytes + bytes)
    }
  }

  @Test func damageIsNoContent() throws {
    let packed = try Gzip.compress(Array("hello world".utf8))
    for count in packed.indices {
      #expect(Gzip.decompress(Array(packed.prefix(count)), countMax: 100) == nil)
    }
    for place in packed.indices where !(3...9).contains(place) {
      var damaged = packed
      damaged[place] = ~damaged[place]
      #expect(Gzip.decompress(damaged, countMax: 100) == nil, "byte \(place)")
    }
    #expect(Gzip.decompress(packed + [0], countMax: 100) == nil)
    #expect(Gzip.decompress([], countMax: 100) == nil)
  }
}
