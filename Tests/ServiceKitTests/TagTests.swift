import ServiceKit
import Testing

@Suite struct TagTests {
  private static func text(_ count: Int) -> String { String(repeating: "k", count: count) }

  static let cases: [([(key: String, value: String)], TagViolation?)] = [
    ([], nil), ([("a", "")], nil), ([(text(128), text(256))], nil),
    ([("", "v")], .key("")), ([(text(129), "v")], .key(text(129))),
    ([("a", text(257))], .value("a")), ([("aws:x", "v")], .reserved("aws:x")),
    ([("AWS:x", "v")], .reserved("AWS:x")), ([("awsx", "v")], nil),
    ([("a", "1"), ("b", ""), ("a", "2")], .duplicate("a")), ([("a", "1"), ("A", "2")], nil),
    ((0..<50).map { ("k\($0)", "") }, nil), ((0..<51).map { ("k\($0)", "") }, .count(50)),
  ]

  @Test(arguments: cases.indices) func rules(_ index: Int) {
    let (tags, expected) = Self.cases[index]
    #expect(TagRules().violation(of: tags) == expected)
  }

  @Test func keysMayBeComparedWithoutCase() {
    var rules = TagRules()
    rules.ignoresCase = true
    let tags = [ValuedTag(Key: "a", Value: "1"), ValuedTag(Key: "A", Value: "2")]
    #expect(rules.violation(of: tags) == .duplicate("A"))
  }

  @Test func listsAndTables() {
    let tags = [
      ServiceKit.Tag(Key: "b", Value: nil), ServiceKit.Tag(Key: "a", Value: "1"),
      ServiceKit.Tag(Key: "a", Value: "2"),
    ]
    #expect(tags.table == ["a": "2", "b": ""])
    #expect([ValuedTag](table: tags.table).map(\.Key) == ["a", "b"])
    #expect(
      tags.merging([ServiceKit.Tag(Key: "a", Value: "3"), ServiceKit.Tag(Key: "c", Value: "4")])
        .map(\.Key)
        == ["b", "a", "c"])
  }
}
