import AWSModel
import AWSWire
import PropertyTree
import Testing

/// RFC 8949, appendix A, and what must be refused.
@Suite struct CBORTests {
  /// Encoding, item, and whether the encoding is the one that the writer chooses.
  typealias Example = (hex: String, item: CBORValue, isWritten: Bool)

  static let examples: [Example] =
    integers + floats + simple + strings + containers + indefinite

  static let integers: [Example] = [
    ("00", .unsigned(0), true), ("01", .unsigned(1), true), ("0a", .unsigned(10), true),
    ("17", .unsigned(23), true), ("1818", .unsigned(24), true), ("1819", .unsigned(25), true),
    ("1864", .unsigned(100), true), ("1903e8", .unsigned(1000), true),
    ("1a000f4240", .unsigned(1_000_000), true),
    ("1b000000e8d4a51000", .unsigned(1_000_000_000_000), true),
    ("1bffffffffffffffff", .unsigned(.max), true), ("3bffffffffffffffff", .negative(.max), true),
    ("c249010000000000000000", .tag(2, .bytes([1, 0, 0, 0, 0, 0, 0, 0, 0])), true),
    ("c349010000000000000000", .tag(3, .bytes([1, 0, 0, 0, 0, 0, 0, 0, 0])), true),
    ("20", .negative(0), true), ("29", .negative(9), true), ("3863", .negative(99), true),
    ("3903e7", .negative(999), true),
  ]

  static let floats: [Example] = [
    ("f90000", .double(0), false), ("f98000", .double(-0.0), false),
    ("f93c00", .double(1), false), ("fb3ff199999999999a", .double(1.1), true),
    ("f93e00", .double(1.5), false), ("f97bff", .double(65504), false),
    ("fa47c35000", .double(100_000), false),
    ("fa7f7fffff", .double(3.4028234663852886e+38), false),
    ("fb7e37e43c8800759c", .double(1.0e+300), true),
    ("f90001", .double(5.960464477539063e-8), false),
    ("f90400", .double(0.00006103515625), false), ("f9c400", .double(-4), false),
    ("fbc010666666666666", .double(-4.1), true), ("f97c00", .double(.infinity), false),
    ("f9fc00", .double(-.infinity), false), ("fa7f800000", .double(.infinity), false),
    ("faff800000", .double(-.infinity), false), ("fb7ff0000000000000", .double(.infinity), true),
    ("fbfff0000000000000", .double(-.infinity), true),
  ]

  static let simple: [Example] = [
    ("f4", .bool(false), true), ("f5", .bool(true), true), ("f6", .null, true),
    ("f7", .undefined, true), ("f0", .simple(16), true), ("f8ff", .simple(255), true),
  ]

  static let strings: [Example] = [
    (
      "c074323031332d30332d32315432303a30343a30305a",
      .tag(0, .text("2013-03-21T20:04:00Z")), true
    ),
    ("c11a514b67b0", .tag(1, .unsigned(1_363_896_240)), true),
    ("c1fb41d452d9ec200000", .tag(1, .double(1_363_896_240.5)), true),
    ("d74401020304", .tag(23, .bytes([1, 2, 3, 4])), true),
    ("d818456449455446", .tag(24, .bytes([0x64, 0x49, 0x45, 0x54, 0x46])), true),
    (
      "d82076687474703a2f2f7777772e6578616d706c652e636f6d",
      .tag(32, .text("http://www.example.com")), true
    ),
    ("40", .bytes([]), true), ("4401020304", .bytes([1, 2, 3, 4]), true), ("60", .text(""), true),
    ("6161", .text("a"), true), ("6449455446", .text("IETF"), true),
    ("62225c", .text("\"\\"), true),
    ("62c3bc", .text("\u{fc}"), true), ("63e6b0b4", .text("\u{6c34}"), true),
    ("64f0908591", .text("\u{10151}"), true),
  ]

  static let oneTwoThree: [CBORValue] = [.unsigned(1), .unsigned(2), .unsigned(3)]
  static let oneToTwentyFive = CBORValue.array((1...25).map { .unsigned($0) })
  static let nested = CBORValue.array([
    .unsigned(1), .array([.unsigned(2), .unsigned(3)]), .array([.unsigned(4), .unsigned(5)]),
  ])
  static let ab = CBORValue.map([
    CBORPair(.text("a"), .unsigned(1)),
    CBORPair(.text("b"), .array([.unsigned(2), .unsigned(3)])),
  ])
  static let listWithMap = CBORValue.array([
    .text("a"), .map([CBORPair(.text("b"), .text("c"))]),
  ])

  static let containers: [Example] = [
    ("80", .array([]), true), ("83010203", .array(oneTwoThree), true),
    ("8301820203820405", nested, true),
    ("98190102030405060708090a0b0c0d0e0f101112131415161718181819", oneToTwentyFive, true),
    ("a0", .map([]), true),
    (
      "a201020304",
      .map([CBORPair(.unsigned(1), .unsigned(2)), CBORPair(.unsigned(3), .unsigned(4))]), true
    ),
    ("a26161016162820203", ab, true), ("826161a161626163", listWithMap, true),
    (
      "a56161614161626142616361436164614461656145",
      .map(zip("abcde", "ABCDE").map { CBORPair(.text(String($0)), .text(String($1))) }), true
    ),
  ]

  static let indefinite: [Example] = [
    ("5f42010243030405ff", .bytes([1, 2, 3, 4, 5]), false),
    ("7f657374726561646d696e67ff", .text("streaming"), false), ("9fff", .array([]), false),
    ("9f018202039f0405ffff", nested, false), ("9f01820203820405ff", nested, false),
    ("83018202039f0405ff", nested, false), ("83019f0203ff820405", nested, false),
    ("9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff", oneToTwentyFive, false),
    ("bf61610161629f0203ffff", ab, false), ("826161bf61626163ff", listWithMap, false),
    (
      "bf6346756ef563416d7421ff",
      .map([CBORPair(.text("Fun"), .bool(true)), CBORPair(.text("Amt"), .negative(1))]), false
    ),
  ]

  static func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex)) }

  @Test(arguments: examples.indices) func theExamplesOfTheStandard(_ index: Int) throws {
    let example = Self.examples[index]
    let bytes = try Self.bytes(example.hex)
    #expect(try CBORReader.read(bytes) == example.item)
    if example.isWritten { #expect(CBORWriter.bytes(example.item) == bytes) }
    #expect(try CBORReader.read(CBORWriter.bytes(example.item)) == example.item)
  }

  @Test(arguments: ["f97e00", "fa7fc00000", "fb7ff8000000000000"])
  func notANumber(_ hex: String) throws {
    guard case .double(let double) = try CBORReader.read(Self.bytes(hex)) else {
      Issue.record("no number of floating point")
      return
    }
    #expect(double.isNaN)
  }

  @Test(arguments: [
    "", "18", "1901", "1b00000000000000", "41", "5f", "5f41", "5f6161ff", "7f4161ff", "5f5fffff",
    "61ff", "7f61c361bcff", "81", "9f", "9f01", "a1", "a101", "bf01ff", "bf", "ff", "81ff", "1c",
    "1d", "1e", "1f", "3f", "df00", "fc", "fd", "fe", "f800", "f818", "f81f", "c1", "0000",
    "9bffffffffffffffff", "5bffffffffffffffff", "bb8000000000000000", "9a00100000",
  ]) func whatIsNotWellFormedIsRefused(_ hex: String) throws {
    let bytes = try Self.bytes(hex)
    #expect(throws: CBORReader.Failure.self) { try CBORReader.read(bytes) }
  }

  @Test func depthAndCountAreBounded() throws {
    for head: UInt8 in [0x81, 0xC1, 0x9F] {
      let deep = [UInt8](repeating: head, count: 100_000)
      #expect(throws: CBORReader.Failure.self) { try CBORReader.read(deep) }
    }
    let count = CBORReader.itemsMax + 1
    let many = [0x9F] + [UInt8](repeating: 0, count: count) + [0xFF]
    #expect(throws: CBORReader.Failure.self) { try CBORReader.read(many) }
    let pieces = [0x5F] + [UInt8](repeating: 0x40, count: count) + [0xFF]
    #expect(throws: CBORReader.Failure.self) { try CBORReader.read(pieces) }
  }

  /// Bytes of any kind are an item or a failure, and an item that was read can be written and read.
  @Test(arguments: 0..<200 as Range<UInt64>) func anyBytesAreReadOrRefused(_ seed: UInt64) throws {
    var state = seed &+ 0x9E37_79B9_7F4A_7C15
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33
    }
    for _ in 0..<50 {
      let example = try Self.bytes(Self.examples[Int(next()) % Self.examples.count].hex)
      var bytes = example + (0..<(next() % 8)).map { _ in UInt8(next() & 255) }
      for _ in 0..<(next() % 4) where !bytes.isEmpty {
        bytes[Int(next()) % bytes.count] = UInt8(next() & 255)
      }
      guard let item = try? CBORReader.read(bytes) else { continue }  // a refusal is an answer
      let written = CBORWriter.bytes(item)
      #expect(CBORWriter.bytes(try CBORReader.read(written)) == written, "seed \(seed)")
    }
  }
}
