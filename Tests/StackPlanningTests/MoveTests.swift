import Diagnostics
import PropertyTree
import ResourceModel
import StackModel
import StackPlanning
import Testing

/// Resources that go on under another logical ID.
@Suite struct MoveTests {
  @Test func aMovedResourceStaysAsItIs() throws {
    let state = try deployed([
      resource("A", "Fake::Queue", ["Size": 1]), resource("B", "Fake::Table", dependsOn: ["A"]),
    ])
    let made = try #require(
      plan(
        [
          resource("New", "Fake::Queue", ["Size": 1]),
          resource("B", "Fake::Table", dependsOn: ["New"]),
        ], on: state, takeovers: Takeovers(moves: ["New": "A"])
      ).plan)
    #expect(made.changes.map(\.action) == [.move, .keep])
    #expect(made.changes[0].previousLogicalID == "A")
    #expect(made.changes[0].before == state.resources[0])
    #expect(made.changes[0].after?.identity == state.resources[0].identity)
    #expect(made.changes[0].after?.logicalID == "New")
    #expect(made.changes[1].after?.dependsOn == ["New"])
    #expect(!made.isEmpty)
    // Moved once, it stays.
    let again = plan(
      [
        resource("New", "Fake::Queue", ["Size": 1]),
        resource("B", "Fake::Table", dependsOn: ["New"]),
      ], on: applied(made))
    #expect(again.plan?.isEmpty == true)
  }

  @Test func aRenameIsNoticed() throws {
    let state = try deployed([
      resource("A", "Fake::Queue", ["Size": 1]), resource("T", "Fake::Table", ["Size": 1]),
    ])
    let renamed = [
      resource("B", "Fake::Queue", ["Size": 1]), resource("T", "Fake::Table", ["Size": 1]),
    ]
    let result = plan(renamed, on: state)
    #expect(result.plan?.changes.map(\.action) == [.create, .keep, .delete])
    #expect(result.diagnostics.map(\.code) == [.renamed])
    #expect(result.diagnostics.first?.severity == .note)
    #expect(result.diagnostics.first?.hint?.hasSuffix("`--move A=B`") == true)
    // Moved, there is nothing to notice.
    #expect(plan(renamed, on: state, takeovers: Takeovers(moves: ["B": "A"])).diagnostics.isEmpty)
    let other = [
      resource("B", "Fake::Queue", ["Size": 2]), resource("T", "Fake::Table", ["Size": 1]),
    ]
    #expect(plan(other, on: state).diagnostics.isEmpty)
    let two = renamed + [resource("C", "Fake::Queue", ["Size": 1])]
    #expect(plan(two, on: state).diagnostics.isEmpty)
  }

  @Test func aRenameUnderAFixedNameIsRefusedWithTheMove() throws {
    let state = try deployed([resource("A", "Fake::Queue", ["Name": "q"])])
    let result = plan([resource("B", "Fake::Queue", ["Name": "q"])], on: state)
    #expect(result.plan == nil)
    let refusal = result.diagnostics.first { $0.code == .duplicatePhysicalName }
    #expect(refusal?.hint?.contains("`--move A=B`") == true)
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var resources: [ResolvedResource]
    var moves: [LogicalID: LogicalID]
    var message: String
  }

  static let refusals: [Refusal] = [
    Refusal(
      testDescription: "unknown new", resources: [resource("A")], moves: ["New": "A"],
      message: "the template has no resource `New` to move `A` to"),
    Refusal(
      testDescription: "unknown old", resources: [resource("New")], moves: ["New": "X"],
      message: "the stack has no resource `X` to move to `New`"),
    Refusal(
      testDescription: "there already", resources: [resource("B", "Fake::Table")],
      moves: ["B": "A"], message: "the stack has a resource `B` already"),
    Refusal(
      testDescription: "still there", resources: [resource("A"), resource("New")],
      moves: ["New": "A"], message: "`A` moves to `New`, and the template still has it"),
    Refusal(
      testDescription: "twice", resources: [resource("New"), resource("Other")],
      moves: ["New": "A", "Other": "A"], message: "`A` moves to `Other` and to another resource"),
    Refusal(
      testDescription: "another type", resources: [resource("New", "Fake::Table")],
      moves: ["New": "A"],
      message: "`New` is of the type `Fake::Table`, `A` of `Fake::Queue`"),
    Refusal(
      testDescription: "changed too",
      resources: [resource("New", "Fake::Queue", ["Size": 2])], moves: ["New": "A"],
      message: "`New` is not as `A` was deployed: `Size`"),
  ]

  @Test(arguments: refusals) func whatCanNotBeMovedIsRefused(_ refusal: Refusal) throws {
    let state = try deployed([resource("A"), resource("B", "Fake::Table")])
    let result = plan(refusal.resources, on: state, takeovers: Takeovers(moves: refusal.moves))
    #expect(result.plan == nil)
    #expect(result.diagnostics.map(\.message).contains(refusal.message))
  }
}
