import ResourceFacts
import Testing

@Suite struct ResourceFactsTests {
  @Test func everyRowIsReadable() throws {
    let types = ResourceFacts.describedTypes
    #expect(types.count >= 200)
    #expect(types == types.sorted())
    for type in types {
      let facts = try #require(ResourceFacts.facts(of: type))
      for shape in facts.shapes {
        for index in shape.properties.values { #expect(facts.shapes.indices.contains(index)) }
      }
    }
  }

  @Test func knownTypesAreToldFromUnknownOnes() {
    #expect(ResourceFacts.typeNames.count > 1400)
    #expect(ResourceFacts.isKnown("AWS::Kinesis::Stream"))
    #expect(ResourceFacts.isKnown("AWS::RDS::DBInstance"))
    #expect(!ResourceFacts.isKnown("AWS::Kinesis::Steram"))
    #expect(!ResourceFacts.isKnown(""))
    #expect(ResourceFacts.facts(of: "AWS::RDS::DBInstance") == nil)
  }

  @Test func streamFacts() throws {
    let facts = try #require(ResourceFacts.facts(of: "AWS::Kinesis::Stream"))
    #expect(facts.createOnly == ["Name"])
    #expect(facts.readOnly.contains("Arn"))
    let root = facts.shape(facts.root).facts
    #expect(root.isClosed)
    let name = facts.shape(try #require(root.properties["Name"])).facts
    #expect(name.kinds == .string)
    #expect(name.maxLength == 128)
    let tags = facts.shape(try #require(root.properties["Tags"])).facts
    #expect(tags.kinds == .array)
    let tag = facts.shape(try #require(tags.items)).facts
    #expect(tag.name == "Tag")
    #expect(Set(tag.required) == ["Key", "Value"])
  }
}
