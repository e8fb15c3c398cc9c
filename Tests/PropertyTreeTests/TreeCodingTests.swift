import PropertyTree
import Testing

/// Models as services and stacks have them.
private struct Model: Codable, Hashable {
  enum Kind: String, Codable { case small, large }
  struct Part: Codable, Hashable {
    var name: String
    var sizes: [Int]
  }

  var name: String
  var note: String?
  var count: Int
  var bytes: Int64
  var ratio: Double
  var isOpen: Bool
  var isShown: Bool?
  var kind: Kind
  var parts: [Part]
  var byName: [String: Part]
  var tree: PropertyValue
  var other: PropertyValue?
}

struct TreeCodingTests {
  private static let whole = Model(
    name: "a \"b\"\n", note: "", count: -1, bytes: .max, ratio: 1.5, isOpen: true, isShown: false,
    kind: .large, parts: [.init(name: "p", sizes: [1, 2]), .init(name: "", sizes: [])],
    byName: ["x": .init(name: "x", sizes: [3])], tree: ["k": [1, "2", .null, true, .double(0.5)]],
    other: "text")
  private static let bare = Model(
    name: "", count: 0, bytes: .min, ratio: -0.0, isOpen: false, kind: .small, parts: [],
    byName: [:], tree: .null)

  @Test(arguments: [TreeCodingTests.whole, TreeCodingTests.bare])
  private func whatIsEncodedIsDecoded(_ model: Model) throws {
    let text = JSONWriter.compact(try TreeEncoder().encode(model))
    #expect(try TreeDecoder().decode(Model.self, from: JSONReader.read(text)) == model)
    let canonical = JSONWriter.canonical(try TreeEncoder().encode(model))
    #expect(try TreeDecoder().decode(Model.self, from: JSONReader.read(canonical)) == model)
  }

  /// Text is taken for a scalar, as AWS's text protocols need it; null is taken for what may be
  /// absent.
  @Test func scalarsAreReadLeniently() throws {
    struct Scalars: Codable, Hashable {
      var text: String
      var count: Int
      var isOpen: Bool
      var note: String?
      var size: Int?
    }
    let tree: PropertyValue = [
      "text": 5, "count": "12", "isOpen": "true", "note": .null, "size": "3",
    ]
    #expect(
      try TreeDecoder().decode(Scalars.self, from: tree)
        == Scalars(text: "5", count: 12, isOpen: true, size: 3))
    let numbered: PropertyValue = ["text": true, "count": 1, "isOpen": false, "note": 7]
    #expect(
      try TreeDecoder().decode(Scalars.self, from: numbered)
        == Scalars(text: "true", count: 1, isOpen: false, note: "7"))
  }

  @Test(
    arguments: [
      (["name": "a", "sizes": [1, "two"]], "sizes.1"),
      (["name": ["a"], "sizes": []], "name"),
      (["name": "a", "sizes": "1"], "sizes"),
    ] as [(PropertyValue, String)])
  private func anErrorSaysWhereItIs(_ part: PropertyValue, _ path: String) {
    do {
      _ = try TreeDecoder().decode([String: [Model.Part]].self, from: ["parts": [part]])
      Issue.record("nothing was thrown")
    } catch DecodingError.typeMismatch(_, let context) {
      #expect(context.codingPath.map(\.stringValue).joined(separator: ".") == "parts.0.\(path)")
    } catch { Issue.record(error) }
  }

  @Test func whatNobodyReadsIsTold() throws {
    let tree: PropertyValue = [
      "parts": [["name": "a", "sizes": [], "extra": 1]], "other": 1,
    ]
    struct Outer: Decodable { var parts: [Model.Part] }
    let (_, unread) = try TreeDecoder().decodeReportingUnread(Outer.self, from: tree)
    #expect(unread == ["other", "parts.0.extra"])
  }

  @Test func aValueReadAsTwoTypesIsReadByEither() throws {
    struct Name: Decodable { var name: String }
    struct Size: Decodable { var size: Int }
    struct Both: Decodable {
      init(from decoder: any Decoder) throws {
        _ = try Name(from: decoder)
        _ = try Size(from: decoder)
      }
    }
    let tree: PropertyValue = ["name": "a", "size": 1, "extra": 2]
    #expect(try TreeDecoder().decodeReportingUnread(Both.self, from: tree).unread == ["extra"])
  }
}
