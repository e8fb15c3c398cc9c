import Diagnostics
import Foundation
import PropertyTree
import TemplateParsing
import Testing

@Suite struct FormatterTests {
  @Test func sectionsAndAttributesComeInTheirOrder() {
    let text = """
      # A licence.

      # What is made.
      Resources:   \n\

        # The queue.
        Queue:
          Properties: # here
            QueueName: q
            # inside
          # About the type.
          Type: AWS::SQS::Queue


        Other:
          Type: AWS::SQS::Queue
      # Where it is.
      Parameters:
        Name: {Type: String}
      AWSTemplateFormatVersion: "2010-09-09"
      Description: x
      """
    let expected = """
      # A licence.

      AWSTemplateFormatVersion: "2010-09-09"
      Description: x

      # Where it is.
      Parameters:
        Name: {Type: String}

      # What is made.
      Resources:

        # The queue.
        Queue:
          # About the type.
          Type: AWS::SQS::Queue
          Properties: # here
            QueueName: q
            # inside

        Other:
          Type: AWS::SQS::Queue

      """
    #expect(TemplateFormatter.format(text).text == expected)
  }

  @Test func textInBlocksIsLeftAlone() {
    let text =
      "Resources:\n  A:\n    Properties:\n      Value: |\n        a  \n\n\n        # no comment\n"
      + "\n\n    Type: AWS::SSM::Parameter\n"
    let expected =
      "Resources:\n  A:\n    Type: AWS::SSM::Parameter\n    Properties:\n      Value: |\n"
      + "        a  \n\n\n        # no comment\n"
    #expect(TemplateFormatter.format(text).text == expected)
  }

  @Test func linesThatABlockKeepsStay() {
    let text = "Resources:\n  A:\n    Properties:\n      Value: |+\n        a\n\n\n    Type: X\n"
    #expect(TemplateFormatter.format(text).text == text)
  }

  @Test func anchorsStayAboveTheirAliases() {
    let text = "Resources:\n  A:\n    Type: &t X\n    Properties: {a: b}\nMetadata: *t\n"
    #expect(TemplateFormatter.format(text).text == text)
  }

  @Test func jsonIsLaidOut() {
    let text =
      #"{"Resources":{"A":{"Properties":{"N":[1, 2],"e":{}, "u":"\u00e9"},"Type":"X"}},"Description":"d"}"#
    let expected = """
      {
        "Description": "d",
        "Resources": {
          "A": {
            "Type": "X",
            "Properties": {
              "N": [1, 2],
              "e": {},
              "u": "\\u00e9"
            }
          }
        }
      }

      """
    #expect(TemplateFormatter.format(text).text == expected)
  }

  @Test func brokenTextComesBack() {
    let (text, diagnostics) = TemplateFormatter.format("Resources: [a\n")
    #expect(text == "Resources: [a\n")
    #expect(diagnostics.hasErrors)
  }

  /// Over every golden template: formatting twice is formatting once, and nothing resolves
  /// differently.
  @Test(arguments: GoldenTests.cases)
  func meaningStays(_ name: String) throws {
    let folder = GoldenTests.root.appending(path: name)
    let isYAML = FileManager.default.fileExists(
      atPath: folder.appending(path: "template.yaml").path())
    let file = isYAML ? "template.yaml" : "template.json"
    let bytes = [UInt8](try Data(contentsOf: folder.appending(path: file)))
    let text = String(decoding: bytes, as: UTF8.self)
    guard Array(text.utf8) == bytes else { return }
    let once = TemplateFormatter.format(text).text
    #expect(TemplateFormatter.format(once).text == once)
    let before = Compilation(bytes)
    let after = Compilation(Array(once.utf8))
    #expect(Set(before.codes) == Set(after.codes))
    #expect(before.tree == after.tree)
  }

  @Test func sarifHasPlacesAndRules() throws {
    let compilation = Compilation(
      Array("Resources:\n  A: {Type: AWS::SQS::Quue}\n".utf8), file: "a b.yaml")
    let report = try JSONReader.read(Array(SARIFReport.render(compilation.diagnostics).utf8))
    let run = report["runs"]?.listValue?.first
    let result = run?["results"]?.listValue?.first
    #expect(result?["ruleId"] == "LT3001")
    #expect(result?["level"] == "error")
    let place = result?["locations"]?.listValue?.first?["physicalLocation"]
    #expect(place?["artifactLocation"]?["uri"] == "a%20b.yaml")
    #expect(place?["region"]?["startLine"] == 2)
    #expect(place?["region"]?["startColumn"] == 13)
    let rule = run?["tool"]?["driver"]?["rules"]?.listValue?.first
    #expect(rule?["id"] == "LT3001")
    #expect(rule?["name"] == "UnknownType")
    #expect(
      rule?["shortDescription"]?["text"] == "The type is not one that CloudFormation knows.")
  }
}
