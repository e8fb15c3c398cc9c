import PropertyTree
import Testing

struct JSONTests {
  @Test(arguments: [
    "", "plain", "\"", "\\", "a\"b\\c\n\r\td", "\u{0}\u{1F}\u{7F}", "é€😀", "ends with \"",
    "\"\"\"", "a\nb\nc",
  ])
  func textIsWrittenAndReadAgain(_ text: String) throws {
    let written = JSONWriter.compact(.string(text))
    #expect(written.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
    #expect(try JSONReader.read(written) == .string(text))
    #expect(try JSONReader.read(Array(written.utf8)) == .string(text))
    #expect(try JSONReader.read("{\(written):\(written)}") == [text: .string(text)])
  }

  @Test(arguments: [
    (#""\u0041\/\b\f""#, "A/\u{8}\u{C}"), (#""\ud83d\ude00!""#, "😀!"), (#""a\n""#, "a\n"),
    (#""\ud83d""#, "\u{FFFD}"),
  ])
  func escapesAreRead(_ json: String, _ text: String) throws {
    #expect(try JSONReader.read(json) == .string(text))
  }

  @Test(arguments: [
    #""a"#, #""a\"#, #""a\x""#, "\"a\nb\"", "\"a\\n\u{1}\"", "{\"a\":1", "[1,]", "1 2", "",
    #""\u12""#,
  ])
  func whatIsNoJSONIsRefused(_ text: String) {
    #expect(throws: JSONReader.Failure.self) { try JSONReader.read(text) }
  }

  @Test func keysKeepTheirOrderOrAreSorted() {
    let tree: PropertyValue = ["b": 1, "a": ["d": [], "c": .null]]
    #expect(JSONWriter.compact(tree) == #"{"b":1,"a":{"d":[],"c":null}}"#)
    #expect(JSONWriter.canonical(tree) == #"{"a":{"c":null,"d":[]},"b":1}"#)
  }
}
