import Archives
import Testing

@Suite struct GzipTests {
  @Test func theFrameHoldsChecksumAndLength() throws {
    let packed = try Gzip.compress(Array("hello world".utf8))
    #expect(Array(packed.prefix(3)) == [0x1F, 0x8B, 8])
    #expect(Array(packed.suffix(8)) == [0x85, 0x11, 0x4A, 0x0D, 11, 0, 0, 0])
    #expect(try Gzip.compress(Array("hello world".utf8)) == packed)
    #expect(try Gzip.compress([]).count == 20)
  }
}
