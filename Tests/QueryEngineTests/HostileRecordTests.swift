import Effects
import PropertyTree
import ServiceKit
import Testing

@testable import QueryEngine

/// Records that were damaged at random: each is a row or an error, and touches no other row.
@Suite struct HostileRecordTests {
  private static let columns =
    "i int;d decimal(20,3);t timestamp;s string;v varchar(2);a array<struct<x:double,y:array<date>>>;"
    + "m map<string,array<boolean>>;o struct<p:struct<q:tinyint>,r:string>"
  private static let record = #"""
    {"i":12,"d":"1.5e3","t":"2026-11-27 01:02:03.4","s":"\u00e9\n","v":"äöü","a":[{"x":1.5,"y":
    ["2026-01-01",null]},null],"m":{"k":[true],"K":[false,null]},"o":{"p":{"q":-7},"r":{"z":[1]}}}
    """#

  @Test(arguments: [UInt64](1...8)) func aDamagedRecordHurtsItselfAlone(_ seed: UInt64) throws {
    let random = SeededRandomSource(seed: seed)
    for reader in [
      JSONRecordReader.openX(OpenXOptions()), .hive(timestampFormats: ["yyyy-MM-dd H:m:s.SSS"]),
    ] {
      let bench = try ReadingBench(Self.columns, reader)
      var failures = 0
      for _ in 0..<300 {
        var bytes = Array(Self.record.utf8)
        for _ in 0...(random.nextUInt64() % 3) {
          let place = Int(random.nextUInt64() % UInt64(bytes.count))
          switch random.nextUInt64() % 3 {
          case 0: bytes[place] = UInt8(truncatingIfNeeded: random.nextUInt64())
          case 1: bytes.removeSubrange(place..<min(bytes.count, place + 3))
          default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 9)], at: place)
          }
        }
        let before = bench.rows.count
        do throws(ColumnarFault) {
          try RowReader(rules: bench.rules).read(bytes, into: bench.rows)
          #expect(bench.rows.count > before)
        } catch {
          failures += 1
          #expect(bench.rows.count == before)
        }
        for column in bench.rows.children { #expect(column.count == bench.rows.count) }
      }
      #expect(failures > 50)
      // All that was read is still whole.
      #expect(ColumnDump.rows(bench.rows).count == bench.rows.count)
      let clean = try ReadingBench(Self.columns, .openX(OpenXOptions()))
      let row = try clean.read(Self.record)
      if case .openX = reader {
        #expect(try bench.read(Self.record).last == row.last)
      }
    }
  }
}
