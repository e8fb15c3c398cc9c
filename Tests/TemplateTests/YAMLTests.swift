import Diagnostics
import PropertyTree
import Testing

@testable import TemplateParsing

@Suite struct YAMLTests {
  private func nodes(_ text: String) -> (root: TemplateNode?, diagnostics: [Diagnostic]) {
    Array(text.utf8).withUnsafeBufferPointer { TemplateParser.nodes($0, file: "t") }
  }

  private func value(_ node: TemplateNode) -> PropertyValue {
    switch node.content {
    case .scalar(let scalar): ScalarTyping.value(of: scalar)
    case .sequence(let elements): .list(elements.map(value))
    case .mapping(let entries):
      .object(PropertyObject(entries.map { ($0.key.value, value($0.value)) }))
    }
  }

  @Test func keysAndValuesHaveTheirPlaces() throws {
    let root = try #require(nodes("a:\n  ключ: [1, 'two']\n").root)
    let outer = try #require(root.entries?.first)
    #expect(outer.key.span.location == "t:1:1")
    let inner = try #require(outer.value.entries?.first)
    #expect(inner.key.span.start == SourcePosition(line: 2, column: 3))
    #expect(inner.key.span.end == SourcePosition(line: 2, column: 7))
    let second = try #require(inner.value.elements?.last)
    #expect(second.span.start == SourcePosition(line: 2, column: 13))
    #expect(second.span.end == SourcePosition(line: 2, column: 18))
    #expect(second.scalar?.isPlain == false)
  }

  @Test func jsonHasTheSamePlacesAsYAML() throws {
    let text = "{\n  \"a\": [\"é\", {\"b\": 12}],\r\n\t\"c\": true\n}"
    let json = try Array(text.utf8).withUnsafeBufferPointer {
      try JSONTemplateReader.read($0, file: "t").root
    }
    let yaml = try #require(
      Array(text.utf8).withUnsafeBufferPointer { YAMLReader.read($0, file: "t").root })
    #expect(json == yaml)
  }

  static let plain: [(String, PropertyValue)] = [
    ("", .null), ("~", .null), ("null", .null), ("NULL", .null), ("nul", "nul"),
    ("true", true), ("True", true), ("TRUE", true), ("tRUE", "tRUE"), ("yes", true), ("Yes", true),
    ("on", true), ("ON", true), ("y", "y"), ("N", "N"), ("no", false), ("off", false),
    ("0", 0), ("7", 7), ("-7", -7), ("+7", "+7"), ("007", "007"), ("-0", "-0"),
    ("9223372036854775807", 9_223_372_036_854_775_807),
    ("9223372036854775808", "9223372036854775808"),
    ("012345678901", "012345678901"), ("123456789012", 123_456_789_012),
    ("1.5", .double(1.5)), ("-1.5", .double(-1.5)), ("1.50", "1.50"), ("1.", "1."), (".5", ".5"),
    ("1e3", "1e3"), ("0x10", "0x10"), ("1_000", "1_000"), ("12:30", "12:30"), ("-", "-"),
    ("2012-10-17", "2012-10-17"), (".inf", ".inf"), ("nan", "nan"), ("1.2.3", "1.2.3"),
  ]

  @Test(arguments: plain)
  func plainScalarsMeanWhatCloudFormationReads(_ text: String, _ expected: PropertyValue) {
    #expect(ScalarTyping.value(ofPlain: text) == expected)
  }

  /// Whatever a tree holds, its JSON text is read back unchanged by both readers.
  @Test(arguments: 0..<200)
  func anyTreeSurvivesBothReaders(_ seed: Int) throws {
    var random = SplitMix(state: UInt64(seed))
    let tree = PropertyValue.object(["root": random.tree(depth: 0)])
    let text = JSONWriter.compact(tree)
    let bytes = Array(text.utf8)
    let json = try bytes.withUnsafeBufferPointer {
      try JSONTemplateReader.read($0, file: "t").root
    }
    #expect(value(json) == tree, "seed \(seed): \(text)")
    let yaml = bytes.withUnsafeBufferPointer { YAMLReader.read($0, file: "t").root }
    #expect(yaml.map(value) == tree, "seed \(seed): \(text)")
  }

  /// Cutting or damaging a template anywhere gives findings or a tree, never a crash.
  @Test func damagedTextIsNoTrouble() {
    let text = "A: &a [1, !Sub \"${x}\", {b: >\n    folded\n  }]\nB: {<<: {c: 'd'}, e: *a}\n"
    let bytes = Array(text.utf8)
    for cut in bytes.indices {
      let (template, found) = TemplateParser.parse(Array(bytes[..<cut]), file: "t")
      #expect(template != nil || !found.isEmpty)
      for byte: UInt8 in [0x00, 0x09, 0x7B, 0x80, 0xFF, 0x2A, 0x26] {
        var damaged = bytes
        damaged[cut] = byte
        let (template, found) = TemplateParser.parse(damaged, file: "t")
        #expect(template != nil || !found.isEmpty)
      }
    }
  }

  @Test func tooMuchTextIsRefusedUnread() {
    let (template, found) = TemplateParser.parse(
      [UInt8](repeating: 0x20, count: DocumentLimits.bytesMax + 1), file: "t")
    #expect(template == nil)
    #expect(found.map(\.code) == [.tooLarge])
  }

  @Test func moreThanCloudFormationTakesIsAWarning() {
    let comment = "#" + String(repeating: "x", count: DocumentLimits.bytesSoftMax) + "\n"
    let text = comment + "Resources: {Q: {Type: 'AWS::SQS::Queue'}}\n"
    let (template, found) = TemplateParser.parse(Array(text.utf8), file: "t")
    #expect(template?.resources.count == 1)
    #expect(found.map(\.code) == [.tooLarge])
    #expect(!found.hasErrors)
  }
}

/// A small generator for reproducible trees.
struct SplitMix {
  var state: UInt64

  mutating func next(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
  }

  mutating func text() -> String {
    let pieces = ["a", "Z", "0", " ", "é", "漢", "😀", "\"", "\\", "/", "\n", "\t", ":", "#", "${x}"]
    return (0..<next(8)).map { _ in pieces[next(pieces.count)] }.joined()
  }

  mutating func tree(depth: Int) -> PropertyValue {
    switch next(depth > 3 ? 4 : 6) {
    case 0: return .string(text())
    case 1: return .int(Int64(next(1_000_000)) - 500_000)
    case 2: return .bool(next(2) == 0)
    case 3: return .double(Double(next(1000)) + 0.5)
    case 4: return .list((0..<next(4)).map { _ in tree(depth: depth + 1) })
    default:
      let pairs = (0..<next(4)).map { (text() + "\($0)", tree(depth: depth + 1)) }
      return .object(PropertyObject(pairs))
    }
  }
}
