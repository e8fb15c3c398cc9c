import Checksums
import Testing

@Suite struct ChecksumTests {
  /// The check values of the catalogue of parametrised CRC algorithms.
  @Test(arguments: [
    (CyclicRedundancyCheck.Algorithm.crc32, 0xCBF4_3926 as UInt64),
    (.crc32c, 0xE306_9283), (.crc64NVME, 0xAE8B_1486_0A79_9888),
  ]) func checkValues(_ algorithm: CyclicRedundancyCheck.Algorithm, _ expected: UInt64) {
    var check = CyclicRedundancyCheck(algorithm)
    #expect(check.value == 0)
    check.update(Array("123456789".utf8))
    #expect(check.value == expected)
    #expect(check.bytes.count == algorithm.byteCount)
    #expect(check.bytes.reduce(0) { $0 << 8 | UInt64($1) } == expected)
  }

  private static func bitByBit(_ bytes: [UInt8], _ polynomial: UInt64, _ mask: UInt64) -> UInt64 {
    var register = mask
    for byte in bytes {
      register ^= UInt64(byte)
      for _ in 0..<8 { register = register & 1 == 1 ? register >> 1 ^ polynomial : register >> 1 }
    }
    return register ^ mask
  }

  /// Pieces of every length give what the definition gives for the whole.
  @Test(arguments: [
    (CyclicRedundancyCheck.Algorithm.crc32, 0xEDB8_8320 as UInt64, 0xFFFF_FFFF as UInt64),
    (.crc32c, 0x82F6_3B78, 0xFFFF_FFFF), (.crc64NVME, 0x9A6C_9329_AC4B_C9B5, .max),
  ]) func piecesOfAnyLength(
    _ algorithm: CyclicRedundancyCheck.Algorithm, _ polynomial: UInt64, _ mask: UInt64
  ) {
    let bytes = (0..<100).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ 7) }
    for length in 0...40 {
      let whole = Array(bytes.prefix(length + 37))
      let expected = Self.bitByBit(whole, polynomial, mask)
      var check = CyclicRedundancyCheck(algorithm)
      check.update(Array(whole.prefix(length)))
      var rest = CyclicRedundancyCheck(algorithm, continuing: check.value)
      rest.update(Array(whole.dropFirst(length)))
      #expect(rest.value == expected)
    }
  }

  @Test func wholesAndContinuations() {
    let bytes = Array("123456789".utf8)
    #expect(CyclicRedundancyCheck.crc32(bytes) == 0xCBF4_3926)
    #expect(CyclicRedundancyCheck.crc32([]) == 0)
    let first = CyclicRedundancyCheck.crc32(Array(bytes.prefix(4)))
    bytes.withUnsafeBytes { raw in
      let rest = UnsafeRawBufferPointer(rebasing: raw[4...])
      #expect(CyclicRedundancyCheck.crc32(rest, continuing: first) == 0xCBF4_3926)
    }
  }
}
