import CSnappy
import Testing

import Archives

@Suite struct SnappyTests {
  private static let samples: [[UInt8]] = [
    [], Array("a".utf8), Array(repeating: 7, count: 200_000),
    (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) },
    (0..<70_000).map { UInt8(truncatingIfNeeded: ($0 &* 1_103_515_245 &+ 12_345) >> 16) },
  ]

  private func unpacked(_ packed: ArraySlice<UInt8>, _ count: Int) -> [UInt8] {
    var length = count
    return [UInt8](unsafeUninitializedCapacity: count) { target, written in
      let status = packed.withUnsafeBytes { source in
        target.withMemoryRebound(to: CChar.self) {
          snappy_uncompress(
            source.bindMemory(to: CChar.self).baseAddress, source.count, $0.baseAddress, &length)
        }
      }
      written = status == SNAPPY_OK ? length : 0
    }
  }

  /// In pieces of a size that fits no block.
  private func packed(_ bytes: [UInt8], _ form: SnappyStream.Form) throws -> [UInt8] {
    let stream = SnappyStream(form)
    var out: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 70_001) {
      try bytes[start..<min(start + 70_001, bytes.count)].withUnsafeBytes { piece in
        try stream.write(piece) { out += $0 }
      }
    }
    try stream.finish { out += $0 }
    return out
  }

  @Test(arguments: samples.indices) func hadoopBlocksHoldTheBytes(index: Int) throws {
    let sample = Self.samples[index]
    var rest = try packed(sample, .hadoop)[...]
    var found: [UInt8] = []
    func number() -> Int { (0..<4).reduce(0) { sum, _ in sum << 8 | Int(rest.removeFirst()) } }
    while !rest.isEmpty {
      let (count, packed) = (number(), number())
      #expect(count <= 256 << 10)
      found += unpacked(rest.prefix(packed), count)
      rest = rest.dropFirst(packed)
    }
    #expect(found == sample)
  }

  @Test(arguments: samples.indices) func framesHoldTheBytes(index: Int) throws {
    let sample = Self.samples[index]
    let framed = try packed(sample, .framed)
    #expect(Array(framed.prefix(10)) == [0xFF, 6, 0, 0] + Array("sNaPpY".utf8))
    var rest = framed.dropFirst(10)
    var found: [UInt8] = []
    while !rest.isEmpty {
      let kind = rest.removeFirst()
      let length = (0..<3).reduce(0) { $0 | Int(rest.removeFirst()) << (8 * $1) }
      let body = rest.dropFirst(4).prefix(length - 4)
      found += kind == 1 ? Array(body) : unpacked(body, min(65_536, sample.count - found.count))
      rest = rest.dropFirst(length)
    }
    #expect(found == sample)
  }

  /// The check that the framing format gives for this text, reckoned by hand from CRC-32C.
  @Test func theChecksumIsMasked() throws {
    let framed = try packed(Array("123456789".utf8), .framed)
    let crc: UInt32 = 0xE306_9283
    let masked = (crc >> 15 | crc << 17) &+ 0xA282_EAD8
    let written = (0..<4).reduce(UInt32(0)) { $0 | UInt32(framed[14 + $1]) << UInt32(8 * $1) }
    #expect(written == masked)
  }
}
