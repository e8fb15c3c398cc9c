import Diagnostics
import Effects
import Foundation
import PropertyTree
import StackModel
import TemplateParsing
import Testing

@testable import Packaging

/// Nested templates are packaged by changing their text at the places of local paths alone.
@Suite struct NestedTemplateTests {
  private let folder = FileManager.default.temporaryDirectory
    .appending(path: "nested-\(UUID().uuidString)").path()

  private func write(_ files: [String: String]) throws {
    for (name, text) in files {
      let url = URL(filePath: "\(folder)/\(name)")
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
    }
  }

  /// Packages a template that nests `child`.
  private func package(_ child: String = "child.yaml") throws
    -> (assets: [Asset], diagnostics: [Diagnostic])
  {
    let text = """
      Resources:
        Child:
          Type: AWS::CloudFormation::Stack
          Properties: {TemplateURL: \(child)}
      """
    let template = try #require(TemplateParser.parse(Array(text.utf8), file: "t.yaml").template)
    return LocalCode.package(
      template, file: "\(folder)/t.yaml", bucket: "b", region: "eu-west-1",
      files: LiveFileSystem())
  }

  private func text(_ asset: Asset) throws -> String {
    let contents = try #require(asset.contents)
    return String(decoding: try #require(Base64.decode(contents)), as: UTF8.self)
  }

  @Test func pathsGiveWayToAddressesLineForLine() throws {
    defer { remove() }
    try write([
      "src/app.py": "x", "machine.json": "{}", "job.py": "y",
      "child.yaml": """
      Globals:
        Function: {CodeUri: ./src}  # all of them
      Resources:
        F:
          Type: AWS::Lambda::Function
          Properties:
            Code: >-
              src
            Handler: app.handler
        Fn::ForEach::Jobs:
          - Name
          - [A, B]
          - J${Name}:
              Type: AWS::Glue::Job
              Properties: {Command: {ScriptLocation: "job.py"}, Role: src}
        M: {Type: AWS::StepFunctions::StateMachine, Properties: {DefinitionS3Location: machine.json}}
        S: {Type: AWS::Lambda::Function, Properties: {Code: s3://already/there}}
      """,
    ])
    let (assets, diagnostics) = try package()
    #expect(diagnostics.isEmpty)
    #expect(assets.count == 4)
    #expect(assets[0].path == "child.yaml" && assets[0].templateFile == "\(folder)/child.yaml")
    #expect(assets.dropFirst().allSatisfy { $0.path == nil && $0.templateFile == nil })
    let written = try text(assets[0])
    let child = try String(contentsOfFile: "\(folder)/child.yaml", encoding: .utf8)
    #expect(
      written.split(separator: "\n", omittingEmptySubsequences: false).count
        == child.split(separator: "\n", omittingEmptySubsequences: false).count)
    let root = try #require(TemplateParser.document(Array(written.utf8), file: "c").root)
    #expect(ArtifactPlaces(root).found.isEmpty)
    let code = assets[1].key
    #expect(code.hasSuffix(".zip"))
    #expect(written.contains("{CodeUri: \"s3://b/\(code)\"}  # all of them"))
    #expect(written.contains("Code: {\"S3Bucket\":\"b\",\"S3Key\":\"\(code)\"}"))
    #expect(written.contains("ScriptLocation: \"s3://b/\(try key(".py", of: assets))\""))
    #expect(
      written.contains(
        "DefinitionS3Location: {\"Bucket\":\"b\",\"Key\":\"\(try key(".json", of: assets))\"}"))
    #expect(written.contains("Role: src") && written.contains("s3://already/there"))
  }

  private func key(_ ending: String, of assets: [Asset]) throws -> String {
    try #require(assets.first { $0.key.hasSuffix(ending) }).key
  }

  @Test func aTemplatesKeyChangesWithWhatItNames() throws {
    defer { remove() }
    let deep =
      #"{"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {"Code": "f"}}}}"#
    try write([
      "child.yaml": "Resources: {D: {Type: AWS::Serverless::Application, "
        + "Properties: {Location: deep/d.json}}}",
      "deep/d.json": deep, "deep/f": "1",
    ])
    let first = try package().assets
    #expect(try package().assets == first)
    #expect(try text(first[0]).contains("https://s3.eu-west-1.amazonaws.com/b/"))
    try write(["deep/f": "2"])
    let second = try package().assets
    #expect(Set(first.map(\.key)).isDisjoint(with: second.map(\.key)))
    #expect(second.count == 3)
  }

  @Test(arguments: [
    ("child.yaml", "nests itself: child.yaml → child.yaml"),
    ("../t.yaml", "does not exist"),
    ("sub", "is a folder"),
  ])
  func whatCannotBeNestedIsReportedWhereItStands(_ inner: String, _ reason: String) throws {
    defer { remove() }
    try write([
      "child.yaml":
        "Resources: {D: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: \(inner)}}}",
      "sub/x": "",
    ])
    let (assets, diagnostics) = try package()
    #expect(assets.map(\.key) == ["unreadable"])
    #expect(diagnostics.count == 1)
    #expect(diagnostics.first?.message.contains(reason) == true)
    #expect(diagnostics.first?.span?.file == "\(folder)/child.yaml")
  }

  private func remove() {
    do { try FileManager.default.removeItem(atPath: folder) } catch { Issue.record(error) }
  }
}
