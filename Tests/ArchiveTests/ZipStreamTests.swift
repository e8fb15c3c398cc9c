import Archives
import Testing

@Suite struct ZipStreamTests {
  @Test(arguments: [0, 10, 300_000]) func theFileComesBackAsItWas(count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
    let stream = try ZipStream()
    for start in stride(from: 0, to: count, by: 70_001) {
      try bytes[start..<min(start + 70_001, count)].withUnsafeBytes { try stream.write($0) }
    }
    var out: [UInt8] = []
    try stream.finish("a/b.json") { out += $0 }
    let archive = try ZipArchive(out, limits: .init(bytesMax: 1 << 20))
    let entry = try #require(archive.entries.first)
    #expect(archive.entries.map(\.path) == ["a/b.json"])
    #expect(try archive.contents(entry) == bytes)
  }
}
