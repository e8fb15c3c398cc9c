import PropertyTree
import ServiceKit
import Testing

@testable import QueryEngine

/// Values of each primitive type, as both deserializers read them.
@Suite struct ScalarReadingTests {
  static let openX = JSONRecordReader.openX(OpenXOptions())
  static let hive = JSONRecordReader.hive(timestampFormats: [])

  @Test(arguments: [
    ("boolean", "true", PropertyValue.bool(true)), ("boolean", #""FALSE""#, .bool(false)),
    ("tinyint", "-128", .int(-128)), ("smallint", "32767", .int(32767)),
    ("int", #""-7""#, .int(-7)), ("int", "null", .null),
    ("bigint", "9223372036854775807", .int(.max)), ("bigint", "-9223372036854775808", .int(.min)),
    ("float", "1.5", .double(1.5)), ("double", #"" 1e3 ""#, .double(1000)),
    ("double", "0.1", .double(0.1)),
    ("double", "123456789012345678", .double(1.2345678901234568e17)),
    ("double", #""-Infinity""#, .double(-.infinity)),
    ("decimal(5,2)", "1.005", "101"), ("decimal(5,2)", "-1.005", "-101"),
    ("decimal(5,2)", "999.994", "99999"), ("decimal(5,2)", "1e2", "10000"),
    ("decimal(5,2)", "0e999999999999", "0"), ("decimal(5,2)", "1e-99999999999", "0"),
    (
      "decimal(38,0)", "99999999999999999999999999999999999999",
      "99999999999999999999999999999999999999"
    ),
    ("decimal(2,2)", "0.005", "1"), ("decimal(5,0)", #""0.5""#, "1"),
    ("string", #""a\u00e9\ud83d\ude00\n\/""#, "aé😀\n/"), ("string", #""\ud83d""#, "\u{FFFD}"),
    ("string", "1.50", "1.50"), ("string", "true", "true"), ("string", #""""#, ""),
    ("varchar(3)", #""äöüß""#, "äöü"), ("char(4)", #""ab   c""#, "ab"), ("char(2)", "123", "12"),
    ("date", #""1970-01-02""#, .int(1)), ("date", #""2024-2-29""#, .int(19782)),
    ("date", #""0001-01-01""#, .int(-719162)),
    ("timestamp", #""2017-02-07T15:13:01.39256Z""#, "1486480381392560000 ns"),
    ("timestamp", #""2017-02-07T15:13:01""#, "1486480381000000000 ns"),
    ("timestamp", #""2017-2-7 5:3:1.123456789""#, "1486443781123456789 ns"),
    ("timestamp", "1518033528", "1518033528000000000 ns"),
    ("timestamp", "1518033528123", "1518033528123000000 ns"),
    ("timestamp", "1518033528.123", "1518033528123000000 ns"),
    ("timestamp", #""1518033528""#, "1518033528000000000 ns"),
    ("timestamp", "-0.5", "-500000000 ns"),
    ("timestamp", "0", "0 ns"), ("timestamp", #""9999-12-31 23:59:59""#, "253402300799000000 us"),
    ("timestamp", #""1600-01-01 00:00:00.1234567""#, "-11676095999876544 us"),
  ])
  func openXReads(_ type: String, _ json: String, _ value: PropertyValue) throws {
    let bench = try ReadingBench("a \(type)", Self.openX)
    #expect(try bench.read(#"{"a":\#(json)}"#) == [["a": value]])
  }

  @Test(arguments: [
    ("boolean", #""yes""#, #"For input string: "yes""#),
    ("boolean", "1", #"For input string: "1""#),
    ("tinyint", "128", "Value 128 is out of range for column a of type tinyint."),
    ("int", "2147483648", "Value 2147483648 is out of range for column a of type int."),
    ("int", "1.5", #"For input string: "1.5""#), ("int", #""oops""#, #"For input string: "oops""#),
    ("int", #""""#, #"For input string: """#), ("int", "true", #"For input string: "true""#),
    (
      "bigint", "9223372036854775808",
      "Value 9223372036854775808 is out of range for column a of type bigint."
    ),
    ("double", #""oops""#, #"For input string: "oops""#),
    ("double", "1e999", "Value 1e999 is out of range for column a of type double."),
    ("float", "1e39", "Value 1e39 is out of range for column a of type float."),
    ("decimal(5,2)", "1000", "Value 1000 is out of range for column a of type decimal(5,2)."),
    ("decimal(5,2)", "999.995", "Value 999.995 is out of range for column a of type decimal(5,2)."),
    ("decimal(5,2)", #""1,5""#, #"For input string: "1,5""#),
    ("date", #""2023-02-29""#, #"For input string: "2023-02-29""#),
    ("date", "1", #"For input string: "1""#),
    ("timestamp", #""2026-9-7T12:00:02Z""#, #"For input string: "2026-9-7T12:00:02Z""#),
    ("timestamp", #""2026-09-07 25:00:00""#, #"For input string: "2026-09-07 25:00:00""#),
    ("timestamp", "1e300", "Value 1e300 is out of range for column a of type timestamp."),
    ("int", "[1]", "Column a cannot hold a JSON array."),
    ("date", "{}", "Column a cannot hold a JSON object."),
  ])
  func openXRefuses(_ type: String, _ json: String, _ reason: String) throws {
    let bench = try ReadingBench("a \(type)", Self.openX)
    let fault = ColumnarFault(
      "DataFormatConversion.MalformedData", "Data does not match the schema. \(reason)")
    #expect(throws: fault) { try bench.read(#"{"a":\#(json)}"#) }
    #expect(bench.rows.count == 0)
  }

  @Test(arguments: [
    ("int", "7.9", PropertyValue.int(7)), ("int", "-7.9", .int(-7)), ("string", "12", "12"),
    ("timestamp", #""2017-02-07 15:13:01.5""#, "1486480381500000000 ns"),
    ("boolean", #""true""#, .bool(true)), ("date", #""2024-02-29""#, .int(19782)),
  ])
  func hiveReads(_ type: String, _ json: String, _ value: PropertyValue) throws {
    let bench = try ReadingBench("a \(type)", Self.hive)
    #expect(try bench.read(#"{"A":\#(json)}"#) == [["a": value]])
  }

  static let notNumeric =
    "Data does not match the schema. Current token (VALUE_STRING) not numeric, can not use numeric "
    + "value accessors"

  @Test(arguments: [
    ("int", #""10""#, notNumeric), ("decimal(5,2)", #""1""#, notNumeric),
    (
      "timestamp", "1518033528",
      "Data does not match the schema. Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]"
    ),
    (
      "string", #"{"b":1}"#,
      "One or more fields have incorrect format. Exception when validating field (root)"
    ),
    (
      "array<int>", "1",
      "Data does not match the schema. java.io.IOException: Start of Array expected"
    ),
    (
      "struct<b:int>", "[1]",
      "Data does not match the schema. java.io.IOException: Start of Object expected"
    ),
    (
      "map<string,int>", #""x""#,
      "Data does not match the schema. java.io.IOException: Start of Object expected"
    ),
  ])
  func hiveRefusesWhatOpenXReads(_ type: String, _ json: String, _ message: String) throws {
    let bench = try ReadingBench("a \(type)", Self.hive)
    let fault = ColumnarFault("DataFormatConversion.MalformedData", message)
    #expect(throws: fault) { try bench.read(#"{"a":\#(json)}"#) }
  }

  @Test(arguments: [
    ("millis", "1518033528123", "1518033528123000000 ns"),
    ("millis", #""-1""#, "-1000000 ns"),
    ("yyyy-MM-dd'T'HH:mm:ss.SSSZ", #""2017-02-07T15:13:01.250+0130""#, "1486474981250000000 ns"),
    ("yyyy-MM-dd'T'HH:mm:ss.SSSZZ", #""2017-02-07T15:13:01.250-01:30""#, "1486485781250000000 ns"),
    ("EEE MMM dd HH:mm:ss Z yyyy", #""Tue Feb 07 15:13:01 +0000 2017""#, "1486480381000000000 ns"),
    ("MMMM d, yyyy h:mm a", #""february 7, 2017 3:13 PM""#, "1486480380000000000 ns"),
    ("dd/MMM/yyyy:kk 'o''clock'", #""07/Feb/2017:24 o'clock""#, "1486425600000000000 ns"),
    ("yyyyMMddHHmmss", #""20170207151301""#, "1486480381000000000 ns"),
    ("yy-D", #""17-38""#, "1486425600000000000 ns"), ("yy", #""75""#, "157766400000000000 ns"),
    ("K a", #""11 am""#, "39600000000000 ns"),
    ("yyyy", #""2017-02-07 00:00:00""#, "1486425600000000000 ns"),
  ])
  func hiveReadsTimestampsByPatterns(_ pattern: String, _ json: String, _ value: PropertyValue)
    throws
  {
    let bench = try ReadingBench("a timestamp", .hive(timestampFormats: ["'x'", pattern]))
    #expect(try bench.read(#"{"a":\#(json)}"#) == [["a": value]])
  }

  @Test(arguments: [
    ("yyyy-'T", "The quotation in the timestamp format `yyyy-'T` is not closed."),
    ("zzz", "`zzz` in the timestamp format `zzz` is not supported."),
    ("xxxx-'W'ww", "`xxxx` in the timestamp format `xxxx-'W'ww` is not supported."),
    ("ZZZ", "`ZZZ` in the timestamp format `ZZZ` is not supported."),
    ("yyyy GG", "`GG` in the timestamp format `yyyy GG` is not supported."),
  ])
  func patternsThatCantBeReadAreNamed(_ pattern: String, _ reason: String) {
    #expect(throws: JodaPattern.Fault(reason: reason)) {
      try JodaPattern(pattern, year: 2026)
    }
  }
}
