import AWSModel
import AWSWire
import PropertyTree
import Testing

/// Members of AWS's two CBOR protocols.
@Suite struct CBORTreeTests {
  static func read(_ hex: String, _ wire: WireProtocol = .cbor11) throws -> PropertyObject {
    try CBORTree(wire).members(try CBORTests.bytes(hex))
  }

  @Test func blobsAreBase64AndTimestampsSeconds() throws {
    // {"Data": h'0102', "Timestamp": 1(1500), "N": -7, "B": true, "L": [null, 1.5]}
    let body = "a564446174614201026954696d657374616d70c11905dc614e266142f5614c82f6f93e00"
    #expect(
      try Self.read(body) == [
        "Data": "AQI=", "Timestamp": .double(1.5), "N": -7, "B": true,
        "L": .list([.null, .double(1.5)]),
      ])
    #expect(try Self.read(body, .rpcV2CBOR)["Timestamp"] == 1500)
    #expect(try Self.read("") == [:])
  }

  @Test(arguments: [
    ("80", "SerializationException"), ("ff", "SerializationException"),
    ("a10102", "SerializationException"), ("a2616101616102", "SerializationException"),
    ("a161611bffffffffffffffff", "SerializationException"),
    ("a16161c16161", "SerializationException"), ("a16161f0", "SerializationException"),
    ("a16161c24101", "UnsupportedOperation"),
  ]) func whatHasNoMeaningIsRefused(_ hex: String, _ code: String) {
    #expect {
      try Self.read(hex)
    } throws: {
      ($0 as? ServiceError)?.code == code
    }
  }

  static let shape = MemberShape.structure([
    "Data": .blob, "At": .timestamp,
    "Records": .list(.structure(["Data": .blob, "At": .timestamp])), "Map": .map(.blob),
  ])

  static func write(_ members: PropertyValue, _ wire: WireProtocol = .cbor11) throws -> CBORValue {
    try CBORReader.read(CBORTree(wire).bytes(members, shape: shape))
  }

  @Test func answersHaveTheTypesOfTheirShape() throws {
    #expect(
      try Self.write([
        "Data": "AQI=", "At": .double(1_700_000_000.25), "Text": "AQI=", "Gone": .null,
        "Records": [["Data": "", "At": 3]], "Map": ["k": "Aw=="],
      ])
        == .map([
          CBORPair(.text("Data"), .bytes([1, 2])),
          CBORPair(.text("At"), .tag(1, .unsigned(1_700_000_000_250))),
          CBORPair(.text("Text"), .text("AQI=")),
          CBORPair(
            .text("Records"),
            .array([
              .map([
                CBORPair(.text("Data"), .bytes([])),
                CBORPair(.text("At"), .tag(1, .unsigned(3000))),
              ])
            ])),
          CBORPair(.text("Map"), .map([CBORPair(.text("k"), .bytes([3]))])),
        ]))
  }

  @Test func secondsStaySecondsInVersionTwo() throws {
    for (given, expected) in [
      (PropertyValue.int(3), CBORValue.unsigned(3)), (.double(1.25), .double(1.25)),
    ] {
      #expect(
        try Self.write(["At": given], .rpcV2CBOR)
          == .map([CBORPair(.text("At"), .tag(1, expected))]))
    }
  }
}
