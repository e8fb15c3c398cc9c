import Testing

@testable import Firehose

/// COPY's options, and what becomes of an object's bytes under them.
@Suite struct CopyTests {
  private static let columns = [
    CopyColumn(name: "id", kind: .other), CopyColumn(name: "name", kind: .text, lengthMax: 5),
    CopyColumn(name: "at", kind: .moment),
  ]

  /// The lines for the server, and the faults in brackets.
  private static func lines(_ options: String, _ text: String, paths: String? = nil) throws
    -> [String]
  {
    let file = paths.flatMap { CopyMembers.paths(Array($0.utf8)) }
    let rows = CopyRows(options: try CopyOptions(options), columns: columns, paths: file ?? [])
    return rows.lines(Array(text.utf8)).map { line in
      switch line {
      case .success(let bytes): String(decoding: bytes.dropLast(), as: UTF8.self)
      case .failure(let fault): "<\(fault.message)>"
      }
    }
  }

  @Test(
    arguments: [
      ("", "1|a|2026-01-01\n2|b|\n", ["1\ta\t2026-01-01", "2\tb\t\\N"]),
      ("", "1|a\n", ["<Delimiter not found>"]),
      ("", "1|a|b|c\n", ["<Extra column(s) found>"]),
      ("FILLRECORD", "1|a\n", ["1\ta\t\\N"]),
      ("", "1|\\N|x\r\n", ["1\t\\N\tx"]),
      ("NULL AS 'nil'", "nil|nil|x", ["\\N\t\\N\tx"]),
      ("DELIMITER ','", "1,a\\b,x", ["1\ta\\\\b\tx"]),
      ("DELIMITER '\\t' IGNOREHEADER 1", "id\tname\tat\n1\ta\tx", ["1\ta\tx"]),
      ("ESCAPE", "1|a\\|b|x\n2|c\\\nd|y\n", ["1\ta|b\tx", "2\tc\\nd\ty"]),
      ("REMOVEQUOTES", "1|\"a|b\"|x", ["1\ta|b\tx"]),
      ("", "1||x", ["1\t\tx"]),
      ("EMPTYASNULL", "1||x", ["1\t\\N\tx"]),
      ("BLANKSASNULL", "1|  |x", ["1\t\\N\tx"]),
      ("TRIMBLANKS", "1|a  |x", ["1\ta\tx"]),
      ("TRUNCATECOLUMNS", "1|abcdefg|x", ["1\tabcde\tx"]),
      ("IGNOREBLANKLINES", "1|a|x\n\n2|b|y", ["1\ta\tx", "2\tb\ty"]),
      ("TIMEFORMAT 'epochsecs'", "1|a|1", ["1\ta\t1970-01-01T00:00:01.000Z"]),
      ("TIMEFORMAT AS 'epochmillisecs'", "1|a|1500", ["1\ta\t1970-01-01T00:00:01.500Z"]),
      ("CSV", "1,\"a,\"\"b\"\"\nc\",x\n", ["1\ta,\"b\"\\nc\tx"]),
      ("CSV QUOTE AS '%'", "1,%a,b%,x", ["1\ta,b\tx"]),
      ("FORMAT AS CSV DELIMITER '|'", "1|a|x", ["1\ta\tx"]),
      ("CSV", "1,\"a", ["<Invalid quote formatting for CSV>"]),
    ] as [(String, String, [String])])
  func fieldsBecomeColumns(options: String, text: String, expected: [String]) throws {
    #expect(try Self.lines(options, text) == expected)
  }

  @Test(
    arguments: [
      (
        "JSON 'auto'", #"{"id":1,"name":"a","at":null}{"name":"b"} {"Id":3}"#,
        ["1\ta\t\\N", "\\N\tb\t\\N", "\\N\t\\N\t\\N"]
      ),
      ("json 'auto ignorecase'", #"{"ID":1,"Name":"a"}"#, ["1\ta\t\\N"]),
      (
        "json 'auto'", #"{"id":123456789012345678901.50,"name":{"n":1}}"#,
        ["123456789012345678901.50\t{\"n\":1}\t\\N"]
      ),
      ("json 'auto'", #"{"id":true,"name":"a\tb\\c"}"#, ["true\ta\\tb\\\\c\t\\N"]),
      (
        "json 'auto' timeformat 'epochmillisecs'", #"{"id":1,"at":1500}"#,
        ["1\t\\N\t1970-01-01T00:00:01.500Z"]
      ),
      ("json 'auto'", "[1]", ["<Invalid JSONPath format. Object is not valid.>"]),
      ("json 'auto'", "{1}", ["<Invalid JSON>"]),
      ("json 'auto'", " \n", []),
    ] as [(String, String, [String])])
  func membersBecomeColumns(options: String, text: String, expected: [String]) throws {
    #expect(try Self.lines(options, text) == expected)
  }

  @Test func pathsReachInside() throws {
    let paths = #"{"jsonpaths":["$.a.b","$['c'][1]","$[\"d\"]"]}"#
    let found = try Self.lines(
      "JSON 's3://b/k'", #"{"a":{"b":7},"c":["x","y"],"d":"z"}{"c":[]}"#, paths: paths)
    #expect(found == ["7\ty\tz", "\\N\t\\N\t\\N"])
    #expect(CopyMembers.paths(Array(#"{"jsonpaths":["a"]}"#.utf8)) == nil)
    #expect(CopyMembers.paths(Array("{}".utf8)) == nil)
  }

  @Test func bytesThatAreNoTextAreErrorsOrReplaced() throws {
    let bytes = Array("1|a".utf8) + [0xFF] + Array("b|x".utf8)
    func lines(_ options: String) throws -> [Result<[UInt8], CopyRows.Fault>] {
      CopyRows(options: try CopyOptions(options), columns: Self.columns).lines(bytes)
    }
    #expect(try lines("").allSatisfy { if case .failure = $0 { true } else { false } })
    #expect(try lines("ACCEPTINVCHARS") == [.success(Array("1\ta?b\tx\n".utf8))])
    #expect(try lines("ACCEPTINVCHARS AS '^'") == [.success(Array("1\ta^b\tx\n".utf8))])
  }

  @Test(arguments: [
    ("PARQUET", true), ("REGION 'eu-west-1'", true), ("TIMEFORMAT 'YYYY'", true),
    ("JSON 'noshred'", true), ("COMPUPDATE ON", true), ("STATUPDATE", true), ("bzip2", true),
    ("FROBNICATE", false), ("CSV JSON 'auto'", false), ("CSV ESCAPE", false),
    ("JSON 'auto' IGNOREHEADER 1", false), ("DELIMITER 'ab'", false), ("MAXERROR x", false),
    ("MAXERROR 100001", false), ("IAM_ROLE 'r'", false), ("'text'", false), ("NULL AS 'x", false),
    ("GZIP GZIP", false), ("GZIP; DROP TABLE t", false), ("JSON 's3://'", false),
  ])
  func optionsThatCantBeCarriedOutAreRefused(options: String, isUnsupported: Bool) throws {
    let fault = try #require(throws: ConfigurationFault.Reason.self) {
      _ = try CopyOptions(options)
    }
    #expect(fault.isUnsupported == isUnsupported, "\(options): \(fault.message)")
  }

  @Test func optionsOfNoEffectHereAreTaken() throws {
    let options = try CopyOptions("json 'auto' gzip COMPUPDATE OFF STATUPDATE false MAXERROR AS 3")
    #expect(options.isPacked && options.errorsMax == 3)
  }

  @Test(
    arguments: [
      ("t", ["t"]), ("Public.Rides", ["public", "rides"]), (#"s."My ""T""""#, ["s", #"My "T""#]),
      (" t ", ["t"]), ("t; DROP TABLE u", nil), ("a.b.c", nil), ("1t", nil), (#""""#, nil),
      ("t--", nil), ("", nil), ("t(a)", nil), (#""t"#, nil),
    ] as [(String, [String]?)])
  func tablesAreNamesAndNothingElse(text: String, parts: [String]?) {
    #expect(SQLName.table(text) == parts)
  }

  @Test func namesAreQuoted() {
    #expect(SQLName.quoted(#"a"; DROP TABLE t; --"#) == #""a""; DROP TABLE t; --""#)
    #expect(SQLName.columns("at, Car,\"Fare\"") == ["at", "car", "Fare"])
    #expect(SQLName.columns("a,,b") == nil && SQLName.columns("a,a") == nil)
  }
}
