import PropertyTree
import ServiceKit
import Testing

@testable import QueryEngine

/// Records as rows: keys, nested values, several objects in one record, and what is no JSON.
@Suite struct RowReadingTests {
  private func openX(_ change: (inout OpenXOptions) -> Void) -> JSONRecordReader {
    var options = OpenXOptions()
    change(&options)
    return .openX(options)
  }

  @Test func nestedValuesKeepTheirShape() throws {
    let bench = try ReadingBench(
      "id int;tags array<string>;who struct<name:string,age:int>;m map<string,array<int>>;"
        + "deep array<struct<a:map<int,double>>>")
    let rows = try bench.read(
      #"""
      {"id":1,"tags":["a",null],"who":{"name":"x","extra":[{"b":{}}]},"m":{"k":[1,null],"n":null},
       "deep":[{"a":{"7":0.5}},null,{}]}
      {"id":2,"tags":[],"who":{},"m":{}} {"id":3,"tags":null}
      """#)
    #expect(
      rows == [
        [
          "id": 1, "tags": ["a", .null], "who": ["name": "x", "age": .null],
          "m": [["k", [1, .null]], ["n", .null]],
          "deep": [["a": [[7, .double(0.5)]]], .null, ["a": .null]],
        ],
        [
          "id": 2, "tags": [], "who": ["name": .null, "age": .null], "m": [], "deep": .null,
        ],
        ["id": 3, "tags": .null, "who": .null, "m": .null, "deep": .null],
      ])
  }

  /// Observed at AWS: OpenX makes values of the wrong shape fit.
  private static let shapes: [(String, String, PropertyValue)] = [
    ("array<string>", #""solo""#, ["solo"]),
    ("array<struct<b:int>>", #"{"b":1}"#, [["b": 1]]),
    ("struct<b:string,c:int>", #"["Bob",41,true]"#, ["b": "Bob", "c": 41]),
    ("struct<b:string,c:int>", #"["Bob"]"#, ["b": "Bob", "c": PropertyValue.null]),
    ("string", #"{ "Outer" : { "Inner" : [ 1 , "A\"b" ] } }"#, #"{"outer":{"inner":[1,"A\"b"]}}"#),
    ("array<string>", #"[["a", "B"]]"#, [#"["a","B"]"#]),
    ("map<string,int>", #"{"MixedKey":1}"#, [["mixedkey", 1]]),
    ("map<string,int>", #"{"a":1,"b":2,"A":3}"#, [["b", 2], ["a", 3]]),
    ("map<int,string>", #"{"1":"x"}"#, [[1, "x"]]),
  ]

  @Test(arguments: shapes)
  func openXMakesShapesFit(_ type: String, _ json: String, _ value: PropertyValue) throws {
    let bench = try ReadingBench("a \(type)")
    #expect(try bench.read(#"{"A":\#(json)}"#) == [["a": value]])
  }

  @Test(arguments: [
    ("struct<b:int>", "42", "Data is not JSONObject  but java.lang.Long with value 42"),
    ("struct<b:int>", #""x""#, "Data is not JSONObject  but java.lang.String with value x"),
    ("map<string,int>", "4.5", "Data is not JSONObject  but java.lang.Double with value 4.5"),
    ("map<int,int>", #"{"x":1}"#, #"For input string: "x""#),
    ("array<struct<b:int>>", #"[{"b":1},{"b":"oops"}]"#, #"For input string: "oops""#),
    (
      "array<tinyint>", "[1,1000]",
      "Value 1000 is out of range for column a.element of type tinyint."
    ),
  ])
  func aMismatchDeepInsideFailsTheRecordAlone(_ type: String, _ json: String, _ reason: String)
    throws
  {
    let bench = try ReadingBench("a \(type);b array<string>")
    try bench.read(#"{"b":["before"]}"#)
    let fault = ColumnarFault(
      "DataFormatConversion.MalformedData", "Data does not match the schema. \(reason)")
    #expect(throws: fault) { try bench.read(#"{"b":["gone","too"]}{"a":\#(json)}"#) }
    #expect(
      try bench.read(#"{"b":["after"]}"#) == [
        ["a": .null, "b": ["before"]], ["a": .null, "b": ["after"]],
      ])
  }

  @Test(arguments: [
    ("", "No content to map due to end-of-input"),
    ("  \n", "No content to map due to end-of-input"),
    (
      "this is not json",
      "Unexpected character ('t' (code 116)) at byte 0: expected a JSON value"
    ),
    (#"{"a":1"#, "Unexpected end-of-input: expected `,` or `}`"),
    (
      #"{"a":1,}"#,
      "Unexpected character ('}' (code 125)) at byte 7: expected a field's name in quotes"
    ),
    (
      #"{a:1}"#, "Unexpected character ('a' (code 97)) at byte 1: expected a field's name in quotes"
    ),
    (#"{"a":01}"#, "Invalid numeric value: Leading zeroes not allowed, at byte 5"),
    (#"{"a":1}{"a":"#, "Unexpected end-of-input: expected a JSON value"),
    (#"{"a":"x"#, "Unexpected end-of-input: was expecting closing quote for a string value"),
    (#"{"a":"\x"}"#, "Unrecognized character escape 'x' (code 120) at byte 7"),
    (#"{"a":NaN}"#, "Unexpected character ('N' (code 78)) at byte 5: expected a JSON value"),
    // A mismatch before it doesn't hide that the record is no JSON.
    (
      #"{"a":"oops","b":}"#,
      "Unexpected character ('}' (code 125)) at byte 16: expected a JSON value"
    ),
  ])
  func whatIsNoJSONIsAParseError(_ record: String, _ reason: String) throws {
    let bench = try ReadingBench("a int;s string")
    let fault = ColumnarFault(
      "DataFormatConversion.ParseError", "Encountered malformed JSON. \(reason)")
    #expect(throws: fault) { try bench.read(record) }
    #expect(bench.rows.count == 0)
  }

  @Test func brokenTextIsAParseError() throws {
    let bench = try ReadingBench("a string")
    let broken: [[UInt8]] = [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0x01]]
    for bytes in broken {
      let record = Array(#"{"a":""#.utf8) + bytes + Array(#""}"#.utf8)
      let error = #expect(throws: ColumnarFault.self) {
        try RowReader(rules: bench.rules).read(record, into: bench.rows)
      }
      #expect(error?.code == "DataFormatConversion.ParseError", "\(bytes)")
    }
  }

  @Test(arguments: ["[{\"a\":1},{\"a\":2}]", "7", "\"x\""])
  func aRecordIsAnObject(_ record: String) throws {
    let bench = try ReadingBench("a int")
    let fault = ColumnarFault(
      "DataFormatConversion.MalformedData",
      "Data does not match the schema. A JSON object is required.")
    #expect(throws: fault) { try bench.read(record) }
  }

  @Test func hostileNestingEndsInAnError() throws {
    let bench = try ReadingBench("a int;s string")
    for key in ["a", "s", "other"] {
      let record = #"{"\#(key)":"# + String(repeating: "[", count: 100_000)
      let error = #expect(throws: ColumnarFault.self) { try bench.read(record) }
      #expect(error?.message == "Encountered malformed JSON. Nested deeper than 256 levels")
    }
  }

  // MARK: Keys

  @Test func caseCountsWhereItIsAskedFor() throws {
    let record = #"{"ID":1,"id":2,"who":{"NAME":"x"},"m":{"Key":1}}"#
    let columns = "id int;who struct<name:string>;m map<string,int>"
    #expect(
      try ReadingBench(columns).read(record) == [
        ["id": 2, "who": ["name": "x"], "m": [["key", 1]]]
      ])
    let exact = try ReadingBench(columns, openX { $0.isCaseInsensitive = false })
    #expect(
      try exact.read(record) == [["id": 2, "who": ["name": .null], "m": [["Key", 1]]]])
    let hive = try ReadingBench(columns, .hive(timestampFormats: []))
    #expect(try hive.read(record) == [["id": 2, "who": ["name": "x"], "m": [["Key", 1]]]])
  }

  @Test func keysOfOtherLettersAreFoundInAnyCase() throws {
    #expect(try ReadingBench("straße int").read(#"{"STRAßE":1}"#) == [["straße": 1]])
    #expect(try ReadingBench("a int").read(#"{"\u0041":1}"#) == [["a": 1]])
  }

  @Test func dotsMayBeUnderscores() throws {
    let record = #"{"a.b":1,"s":{"c.d":2}}"#
    let columns = "a_b int;s struct<c_d:int>"
    #expect(try ReadingBench(columns).read(record) == [["a_b": .null, "s": ["c_d": .null]]])
    let converting = try ReadingBench(columns, openX { $0.convertsDots = true })
    #expect(try converting.read(record) == [["a_b": 1, "s": ["c_d": 2]]])
  }

  @Test func columnsMayStandUnderOtherKeys() throws {
    let reader = openX { $0.keys = ["ts": "Timestamp", "a": "x.y"] }
    let record = #"{"timestamp":1,"ts":2,"X.Y":3}"#
    #expect(try ReadingBench("ts int;a int", reader).read(record) == [["ts": 1, "a": 3]])
  }

  @Test func manyColumnsAreFoundInAnyOrder() throws {
    let names = (0..<300).map { "column_\($0)" }
    let bench = try ReadingBench(names.map { "\($0) int" }.joined(separator: ";"))
    let members = names.enumerated().reversed().map { #""\#($0.element)":\#($0.offset)"# }
    let rows = try bench.read("{\(members.joined(separator: ","))}")
    for (index, name) in names.enumerated() { #expect(rows[0][name] == .int(Int64(index))) }
  }
}
