import Testing

@testable import QueryEngine

@Suite struct HiveTypeTests {
  @Test(arguments: [
    ("STRING", HiveType.string), (" int ", .int), ("integer", .int), ("real", .float),
    ("double precision", .double), ("double", .double),
    ("decimal", .decimal(precision: 10, scale: 0)),
    ("decimal(38, 38)", .decimal(precision: 38, scale: 38)),
    ("numeric(5)", .decimal(precision: 5, scale: 0)), ("varchar( 65535 )", .varchar(65_535)),
    ("char(255)", .char(255)), ("Array<Array<date>>", .array(.array(.date))),
    ("map<string,array<bigint>>", .map(key: .string, value: .array(.bigint))),
    (
      "struct<a:int, `or``der` : struct<b:boolean>>",
      .structure([
        HiveField(name: "a", type: .int),
        HiveField(
          name: "or`der", type: .structure([HiveField(name: "b", type: .boolean)])),
      ])
    ),
    ("struct<timestamp:timestamp>", .structure([HiveField(name: "timestamp", type: .timestamp)])),
  ])
  func textsAreTypes(_ text: String, _ type: HiveType) throws {
    #expect(try HiveTypeReader.read(text) == type)
    #expect(try HiveTypeReader.read(type.text.replacing("or`der", with: "`or``der`")) == type)
  }

  @Test(arguments: [
    ("binary", "`binary` is not supported"),
    ("array<binary>", "`binary` is not supported"),
    ("uniontype<int,string>", "`uniontype` is not supported"),
    ("struct<a:interval>", "`interval` is not supported"),
    ("", "it ends early"),
    ("array<string", "`>` is missing in a array"),
    ("array<string>x", "there is text after the type `array<string>`"),
    ("struct<a:>", "`>` stands where a name is expected"),
    ("struct<a:int,A:int>", "a struct has two members `A`"),
    ("struct<`a:int>", "a member's name is missing or not closed"),
    ("map<string>", "`,` is missing in a map"),
    ("map<array<int>,int>", "a map's key must be of a primitive type"),
    ("varchar", "a varchar has a length of 1 to 65535"),
    ("varchar(6 5535)", "`)` is missing in a varchar"),
    ("char(256)", "a char has a length of 1 to 255"),
    ("decimal(39,0)", "a decimal has 1 to 38 digits, of which some may be a fraction"),
    ("decimal(2,3)", "a decimal has 1 to 38 digits, of which some may be a fraction"),
    ("decimal(x)", "`x` is no size of a decimal"),
  ])
  func otherTextsSayWhyNot(_ text: String, _ reason: String) {
    #expect(throws: HiveTypeReader.Fault(reason: reason)) { try HiveTypeReader.read(text) }
  }

  @Test func nestingIsBounded() {
    let text = String(repeating: "array<", count: 40) + "int" + String(repeating: ">", count: 40)
    #expect(throws: HiveTypeReader.Fault(reason: "it is nested deeper than 32 levels")) {
      try HiveTypeReader.read(text)
    }
  }
}
