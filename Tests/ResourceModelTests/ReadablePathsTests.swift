import PropertyTree
import Testing

/// Members are read off a type, whatever it is made of.
@Suite struct ReadablePathsTests {
  enum Choice: String, Codable, CaseIterable { case first, second }
  enum Closed: String, Codable { case only }

  struct Inner: Codable {
    var Key: String
    var Value: Double?
  }

  struct Everything: Codable {
    var Text: String
    var Count: Int?
    var Flag: Bool?
    var Inner: Inner
    var List: [Inner]?
    var Nested: [[Int]]?
    var Names: [String: String]?
    var ByName: [String: Inner]?
    var Document: PropertyValue?
    var Choice: Choice
    var Closed: Closed?
    var Renamed: Int?

    enum CodingKeys: String, CodingKey {
      case Text, Count, Flag, Inner, List, Nested, Names, ByName, Document, Choice, Closed
      case Renamed = "renamed-member"
    }
  }

  @Test func everyMemberIsFound() throws {
    #expect(
      try ReadablePaths.of(Everything.self).sorted() == [
        "ByName", "ByName.*", "Choice", "Closed", "Count", "Document", "Document.*", "Flag",
        "Inner", "Inner.Key", "Inner.Value", "List", "List.Key", "List.Value", "Names", "Names.*",
        "Nested", "Text", "renamed-member",
      ])
  }

  final class Tree: Codable {
    var Name: String
    var Children: [Tree]?
    init(Name: String) { self.Name = Name }
  }

  @Test func aTypeThatContainsItselfTakesAllThatIsBelow() throws {
    #expect(try ReadablePaths.of(Tree.self).sorted() == ["Children", "Children.*", "Name"])
  }

  struct Refusing: Codable {
    var Outer: Middle
    struct Middle: Codable { var Kind: Closed }
  }

  @Test func aMemberThatTakesNoAnswerIsNamed() {
    let failure = #expect(throws: ReadablePaths.Failure.self) {
      try ReadablePaths.of(Refusing.self)
    }
    #expect(failure?.path == "Outer.Kind")
  }
}
