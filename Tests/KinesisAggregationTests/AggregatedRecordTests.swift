import Crypto
import Testing

@testable import KinesisAggregation

@Suite struct AggregatedRecordTests {
  /// Written by Amazon's `aws-kinesis-agg` 1.2.3 for Python.
  private static let written = """
    f3899ac20a01610a016212273137303134313138333436303436393233313733313638373330333731353838343130\
    353732381a0b08001a077b226e223a317d1a08080110001a0200ff1a0408001a002ccf4ea076e701aab21037dce4b3\
    e429
    """

  private static func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.compactMap { $0.hexDigitValue }
    return stride(from: 0, to: digits.count - 1, by: 2).map {
      UInt8(digits[$0] << 4 | digits[$0 + 1])
    }
  }

  /// A message with its mark and its checksum.
  private static func sealed(_ message: [UInt8]) -> [UInt8] {
    AggregatedRecord.mark + message + Array(Insecure.MD5.hash(data: message))
  }

  @Test func amazonsOwnAggregateIsTakenApart() throws {
    let record = try #require(try AggregatedRecord(Self.bytes(Self.written)))
    #expect(
      record.records == [
        .init(partitionKey: "a", data: Array(#"{"n":1}"#.utf8)),
        .init(
          partitionKey: "b", explicitHashKey: "170141183460469231731687303715884105728",
          data: [0, 0xFF]),
        .init(partitionKey: "a", data: []),
      ])
  }

  @Test func dataThatIsNoAggregateIsNone() throws {
    let whole = Self.bytes(Self.written)
    var cases: [[UInt8]] = [[], Array("plain".utf8), AggregatedRecord.mark]
    // The mark and a checksum, and no message between.
    cases.append(AggregatedRecord.mark + Array(Insecure.MD5.hash(data: [UInt8]())))
    // A bit elsewhere, anywhere: the mark or the checksum doesn't fit any more.
    for place in whole.indices {
      var damaged = whole
      damaged[place] ^= 0x10
      cases.append(damaged)
    }
    for count in whole.indices { cases.append(Array(whole[..<count])) }
    for bytes in cases { #expect(try AggregatedRecord(bytes) == nil) }
  }

  /// Message, reason.
  static let malformed: [(message: [UInt8], reason: String)] = [
    ([0x0A], "it is cut off"), ([0x0A, 5, 0x61], "it is cut off"), ([0x80], "it is cut off"),
    ([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0x61], "it is cut off"),
    ([0x21, 1, 2, 3], "it is cut off"), ([0x25, 1], "it is cut off"),
    ([0x20] + [UInt8](repeating: 0xFF, count: 9) + [2], "a number of more than 64 bits"),
    ([0x20] + [UInt8](repeating: 0xFF, count: 11), "a number of more than 64 bits"),
    ([0x02, 0], "field number 0"), ([0x23], "wire type 3 of field 4"),
    ([0x26, 0], "wire type 6 of field 4"), ([0x08, 1], "field 1 has another type"),
    ([0x18, 1], "field 3 has another type"), ([0x0A, 1, 0xFF], "a key is not UTF-8"),
    ([0x1A, 4, 0x08, 0, 0x1A, 0], "there is no partition key 0, only 0"),
    ([0x0A, 1, 0x61, 0x1A, 4, 0x08, 1, 0x1A, 0], "there is no partition key 1, only 1"),
    (
      [0x0A, 1, 0x61, 0x1A, 6, 0x08, 0, 0x10, 0, 0x1A, 0],
      "there is no explicit hash key 0, only 0"
    ),
    ([0x1A, 2, 0x1A, 0], "a record without a partition key"),
    ([0x0A, 1, 0x61, 0x1A, 2, 0x08, 0], "a record without data"),
    ([0x0A, 1, 0x61, 0x1A, 2, 0x0A, 0], "field 1 of a record has another type"),
    (
      [0x0A, 1, 0x61, 0x1A, 5, 0x08, 0xFF, 0xFF, 0xFF, 0x7F],
      "there is no partition key 268435455, only 1"
    ),
  ]

  @Test(arguments: malformed.indices) func aMessageThatCannotBeReadIsMalformed(_ index: Int) {
    let row = Self.malformed[index]
    #expect(throws: AggregatedRecord.Malformed(reason: row.reason)) {
      try AggregatedRecord(Self.sealed(row.message))
    }
  }

  @Test func fieldsOfLaterVersionsAreSkipped() throws {
    let tags: [UInt8] = [0x22, 2, 0x0A, 0]
    let record: [UInt8] = [0x08, 0, 0x1A, 1, 7] + tags + [0x29, 1, 2, 3, 4, 5, 6, 7, 8]
    // The table stands behind the record, with a field of each wire type between.
    let message: [UInt8] =
      [0x1A, UInt8(record.count)] + record + [0x20, 0xAC, 2, 0x2D, 1, 2, 3, 4] + [0x0A, 1, 0x61]
    let read = try AggregatedRecord(Self.sealed(message))
    #expect(read?.records == [.init(partitionKey: "a", data: [7])])
  }

  @Test func anyMessageIsReadOrRefused() {
    var state: UInt64 = 42
    func random() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33
    }
    let whole = Self.bytes(Self.written)
    let message = Array(whole[4..<whole.count - 16])
    var counts = (read: 0, refused: 0)
    for _ in 0..<5000 {
      var changed = message
      for _ in 0...(random() % 3) {
        changed[Int(random() % UInt64(changed.count))] = UInt8(truncatingIfNeeded: random())
      }
      if random() % 4 == 0 { changed = Array(changed.prefix(Int(random() % 80))) }
      do {
        _ = try AggregatedRecord(Self.sealed(changed))
        counts.read += 1
      } catch { counts.refused += 1 }
    }
    #expect(counts.read > 100 && counts.refused > 100)
  }
}
