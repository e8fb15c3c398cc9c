import Effects
import ServiceTesting
import Testing

@testable import Firehose

@Suite struct TimeZoneTests {
  @Test(arguments: [
    ("UTC0", "2026-07-01T00:00:00", 0), ("JST-9", "2026-07-01T00:00:00", 9 * 3600),
    ("<+0330>-3:30", "2026-01-01T00:00:00", 12_600),
    ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T00:59:59", 3600),
    ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T01:00:00", 7200),
    ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T00:59:59", 7200),
    ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T01:00:00", 3600),
    // The south: summer goes over the year's end.
    ("AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-01-01T00:00:00", 11 * 3600),
    ("AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-07-01T00:00:00", 10 * 3600),
    ("EST5EDT,M3.2.0,M11.1.0", "2026-03-08T06:59:59", -5 * 3600),
    ("EST5EDT,M3.2.0,M11.1.0", "2026-03-08T07:00:00", -4 * 3600),
    ("A0B,J60,J61", "2024-03-01T00:00:00", 0), ("A0B,59,60/0", "2024-02-29T03:00:00", 3600),
  ])
  func rulesOfYearsToCome(rule: String, moment: String, offset: Int) throws {
    let seconds = try #require(Self.seconds(moment))
    #expect(try #require(TimeZoneRule(rule)).offset(at: seconds) == offset)
  }

  @Test(arguments: ["", "CET", "CET-1CEST,M13.1.0,M1.1.0", "CET-1CEST,M3.5.0", "<CET-1"])
  func whatIsNoRuleIsNone(rule: String) { #expect(TimeZoneRule(rule) == nil) }

  /// A file as RFC 8536 describes it: one transition, then a rule.
  static func file(_ transition: Int64, from before: Int32, to after: Int32, rule: String)
    -> [UInt8]
  {
    func header(_ transitions: UInt8, _ kinds: UInt8, _ letters: UInt8) -> [UInt8] {
      Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
        + [
          0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, transitions, 0, 0, 0, kinds, 0, 0, 0,
          letters,
        ]
    }
    func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
      withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }
    let kinds = bytes(before) + [0, 0] + bytes(after) + [0, 0]
    return header(0, 1, 1) + bytes(before) + [0, 0] + [0] + header(1, 2, 1) + bytes(transition)
      + [1] + kinds + [0] + Array("\n\(rule)\n".utf8)
  }

  @Test func filesTellOffsets() throws {
    let bytes = Self.file(1_000_000, from: 100, to: 7200, rule: "")
    let rules = try #require(TimeZoneRules(bytes))
    #expect(rules.offset(at: Timestamp(milliseconds: 999_999_999)) == 100)
    #expect(rules.offset(at: Timestamp(milliseconds: 1_000_000_000)) == 7200)
    let ruled = try #require(
      TimeZoneRules(Self.file(1_000_000, from: 100, to: 7200, rule: "JST-9")))
    #expect(ruled.offset(at: Timestamp(milliseconds: 2_000_000_000)) == 32_400)
    for cut in 0..<bytes.count - 4 {
      // Whatever is cut off: no crash, and no rules beyond the file's body.
      _ = TimeZoneRules(Array(bytes.prefix(cut)))
    }
    #expect(TimeZoneRules([]) == nil && TimeZoneRules(Array("TZif".utf8)) == nil)
  }

  @Test func prefixesAndNamesAreInTheZone() async throws {
    let world = TestWorld(at: FirehoseFixture.start)
    try world.effects.files.createDirectory("\(TimeZoneRules.directory)/Asia")
    try world.effects.files.writeAtomically(
      Self.file(0, from: 0, to: 32_400, rule: "JST-9"), to: "\(TimeZoneRules.directory)/Asia/Tokyo")
    let fixture = try await FirehoseFixture(world)
    try await fixture.create(["CustomTimeZone": "Asia/Tokyo"])
    try await fixture.put("a")
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(
      fixture.surroundings.objects.first?.key.hasPrefix("in/2026/11/21/13/d-1-2026-11-21-13-48-00-")
        == true)
  }

  private static func seconds(_ text: String) -> Int64? {
    let parts = text.split { !$0.isNumber }.compactMap { Int($0) }
    guard parts.count == 6 else { return nil }
    return Timestamp(
      year: parts[0], month: parts[1], day: parts[2], hour: parts[3], minute: parts[4],
      second: parts[5]
    ).milliseconds / 1000
  }
}
