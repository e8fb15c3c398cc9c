import Diagnostics
import Effects
import PropertyTree
import StackModel
import TemplateParsing
import Testing

@testable import Packaging

@Suite struct LocalCodeTests {
  private func template(_ code: String) throws -> Template {
    let text = """
      Resources:
        F:
          Type: AWS::Lambda::Function
          Properties:
            Code: \(code)
        B:
          Type: AWS::S3::Bucket
          Properties:
            Code: ./not-a-function
      """
    return try #require(TemplateParser.parse(Array(text.utf8), file: "t.yaml").template)
  }

  private func code(_ template: Template) -> Expression.Kind? {
    guard case .object(let entries)? = template.resources[0].properties?.kind else { return nil }
    return entries[0].value.kind
  }

  @Test func aPathBecomesBucketAndKeyInItsPlace() throws {
    var template = try template("./src")
    let asset = Asset(bucket: "b", key: "k.zip", size: 1, path: "./src")
    #expect(LocalCode.substitute([asset], in: &template).isEmpty)
    guard case .object(let entries)? = code(template) else {
      Issue.record("the path still stands")
      return
    }
    #expect(entries.map(\.key.value) == ["S3Bucket", "S3Key"])
    #expect(entries.map(\.value.kind) == [.literal("b"), .literal("k.zip")])
    #expect(entries.allSatisfy { $0.value.span.start.line == 5 })
  }

  @Test func aPathWithoutItsCodeIsAnErrorWhereItStands() throws {
    var template = try template("./src")
    let findings = LocalCode.substitute([], in: &template)
    #expect(findings.map(\.code) == [.unsupportedValue])
    #expect(findings.first?.span?.start.line == 5)
  }

  @Test func anAddressBecomesTheBucketAndTheKey() throws {
    var template = try template("s3://bucket/folder/key.zip")
    #expect(LocalCode.substitute([], in: &template).isEmpty)
    guard case .object(let entries)? = code(template) else {
      Issue.record("the address still stands")
      return
    }
    #expect(entries.map(\.key.value) == ["S3Bucket", "S3Key"])
    #expect(entries.map(\.value.kind) == [.literal("bucket"), .literal("folder/key.zip")])
  }

  @Test(arguments: ["{ZipFile: x}", "s3://bucket", "!Ref F", "''"])
  func otherValuesAreLeftAlone(_ text: String) throws {
    var template = try template(text)
    let before = template
    #expect(LocalCode.substitute([], in: &template).isEmpty)
    #expect(template == before)
    let (assets, findings) = LocalCode.package(
      template, file: "/nowhere/t.yaml", bucket: "b", region: "us-east-1", files: LiveFileSystem())
    #expect(assets.isEmpty && findings.isEmpty)
  }
}
