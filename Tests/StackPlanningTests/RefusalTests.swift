import Diagnostics
import PropertyTree
import StackModel
import Testing

@testable import StackPlanning

@Suite struct RefusalTests {
  @Test func anotherTypeUnderTheSameLogicalID() throws {
    let state = try deployed([resource("A", "Fake::Queue")])
    let (made, findings) = plan([resource("A", "Fake::Table", line: 7)], on: state)
    #expect(made == nil)
    #expect(findings.map(\.code) == [.typeChanged])
    #expect(findings.first?.span == span(7))
    #expect(findings.first?.message.contains("`Fake::Queue` to `Fake::Table`") == true)
  }

  @Test func replacementUnderACustomName() throws {
    let state = try deployed([resource("A", "Fake::Queue", ["Name": "orders", "Kind": "a"])])
    let (made, findings) = plan(
      [resource("A", "Fake::Queue", ["Name": "orders", "Kind": "b"])], on: state)
    #expect(made == nil)
    #expect(findings.map(\.code) == [.customNameReplacement])
    #expect(findings.first?.message.contains("`Kind`") == true)
    let renamed = plan(
      [resource("A", "Fake::Queue", ["Name": "orders2", "Kind": "b"])], on: state)
    #expect(renamed.plan?.changes.map(\.action) == [.replace])
  }

  @Test func twoResourcesOfOneName() {
    let (made, findings) = plan([
      resource("A", "Fake::Queue", ["Name": "x"]), resource("B", "Fake::Queue", ["Name": "x"]),
    ])
    #expect(made == nil)
    #expect(findings.map(\.code) == [.duplicatePhysicalName])
    let others = plan([
      resource("A", "Fake::Queue", ["Name": "x"]), resource("B", "Fake::Table", ["Name": "x"]),
    ])
    #expect(others.plan != nil, "names are per type")
  }

  @Test func aNewLogicalIDForADeployedName() throws {
    let state = try deployed([resource("Old", "Fake::Queue", ["Name": "x"])])
    let (made, findings) = plan([resource("New", "Fake::Queue", ["Name": "x"])], on: state)
    #expect(made == nil)
    #expect(findings.map(\.code) == [.duplicatePhysicalName])
    #expect(findings.first?.hint?.contains("`Old`") == true)
  }

  @Test func aNameThatSomethingOutsideHas() {
    let (made, findings) = plan(
      [resource("A", "Fake::Queue", ["Name": "x"])], isTaken: { _, id, _ in id == "x" })
    #expect(made == nil)
    #expect(findings.map(\.code) == [.duplicatePhysicalName])
  }

  @Test(
    arguments: [
      ([], "CAPABILITY_IAM", PropertyValue.object([:])),
      ([], "CAPABILITY_NAMED_IAM", ["Name": "r"]),
      (["CAPABILITY_IAM"], "CAPABILITY_NAMED_IAM", ["Name": "r"]),
      (["CAPABILITY_IAM"], nil, [:]),
      (["CAPABILITY_NAMED_IAM"], nil, ["Name": "r"]),
    ] as [([String], String?, PropertyValue)])
  func capabilities(_ granted: [String], _ missing: String?, _ properties: PropertyValue) {
    let (made, findings) = plan(
      [resource("R", "Fake::Role", properties)], capabilities: granted)
    #expect((made == nil) == (missing != nil))
    #expect(findings.map(\.code) == (missing == nil ? [] : [.missingCapability]))
    if let missing { #expect(findings.first?.message.contains("`\(missing)`") == true) }
  }

  @Test func snapshotsWhereThereAreNone() {
    let (made, findings) = plan([resource("A", deletion: .snapshot)])
    #expect(made == nil)
    #expect(findings.map(\.code) == [.unsupportedValue])
  }

  @Test func aTypeThatNobodyProvides() {
    let (made, findings) = plan([resource("A", "Fake::Unknown")])
    #expect(made == nil)
    #expect(findings.map(\.code) == [.unsupportedType])
  }
}
