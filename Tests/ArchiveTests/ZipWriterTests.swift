import CZlib
import Testing

import Archives

@Suite struct ZipWriterTests {
  /// Little-endian numbers of an archive.
  private func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int {
    (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
  }

  @Test func entriesCarryNameModeSizeAndChecksum() throws {
    var zip = ZipWriter()
    let repetitive = [UInt8](repeating: 7, count: 10_000)
    zip.add("run.sh", [1, 2, 3], isExecutable: true)
    zip.add("é/data", repetitive, isExecutable: false)
    let bytes = zip.finished()
    let end = bytes.count - 22
    #expect(number(bytes, end, 4) == 0x0605_4B50)
    #expect(number(bytes, end + 10, 2) == 2)
    var at = number(bytes, end + 16, 4)
    let first = at
    #expect(number(bytes, at, 4) == 0x0201_4B50)
    #expect(number(bytes, at + 10, 2) == 0)  // too short to pack
    #expect(number(bytes, at + 14, 2) == 0x21)  // 1980-01-01
    #expect(number(bytes, at + 38, 4) >> 16 == 0o100755)
    at += 46 + number(bytes, at + 28, 2)
    #expect(number(bytes, at + 10, 2) == 8)
    #expect(number(bytes, at + 20, 4) < 200)
    #expect(number(bytes, at + 24, 4) == repetitive.count)
    #expect(number(bytes, at + 16, 4) == Int(crc32(0, repetitive, UInt32(repetitive.count))))
    #expect(number(bytes, at + 38, 4) >> 16 == 0o100644)
    let name = bytes[(at + 46)..<(at + 46 + number(bytes, at + 28, 2))]
    #expect(String(decoding: name, as: UTF8.self) == "é/data")
    #expect(zip.finished() == bytes, "the same bytes each time")
    let read = try ZipArchive(bytes, limits: .init(bytesMax: 20_000))
    #expect(read.entries.map(\.path) == ["run.sh", "é/data"])
    #expect(read.entries.map(\.isExecutable) == [true, false])
    #expect(try read.entries.map { try read.contents($0) } == [[1, 2, 3], repetitive])
    #expect(at + 46 + name.count - first == number(bytes, end + 12, 4))
  }
}
