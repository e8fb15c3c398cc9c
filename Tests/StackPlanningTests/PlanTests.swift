import Diagnostics
import PropertyTree
import ResourceModel
import StackModel
import Testing

@testable import StackPlanning

@Suite struct PlanTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var before: PropertyValue
    var after: PropertyValue
    var action: ChangeAction
    var paths: [String]
  }

  static let cases: [Case] = [
    Case(
      testDescription: "same", before: ["Size": 1], after: ["Size": 1], action: .keep, paths: []),
    Case(
      testDescription: "number and text", before: ["Size": 1], after: ["Size": "1"],
      action: .keep, paths: []),
    Case(
      testDescription: "order of keys", before: ["Size": 1, "Network": ["A": 1, "B": 2]],
      after: ["Network": ["B": 2, "A": 1], "Size": 1], action: .keep, paths: []),
    Case(
      testDescription: "mutable", before: ["Size": 1], after: ["Size": 2], action: .update,
      paths: ["Size"]),
    Case(
      testDescription: "added", before: [:], after: ["Size": 2], action: .update, paths: ["Size"]),
    Case(
      testDescription: "removed", before: ["Size": 2], after: [:], action: .update,
      paths: ["Size"]),
    Case(
      testDescription: "null is absent", before: ["Size": .null], after: [:], action: .keep,
      paths: []),
    Case(
      testDescription: "create-only", before: ["Kind": "a"], after: ["Kind": "b"],
      action: .replace, paths: ["Kind"]),
    Case(
      testDescription: "nested create-only", before: ["Network": ["Subnet": "a"]],
      after: ["Network": ["Subnet": "b"]], action: .replace, paths: ["Network.Subnet"]),
    Case(
      testDescription: "object with a create-only part goes", before: ["Network": ["Subnet": "a"]],
      after: [:], action: .replace, paths: ["Network"]),
    Case(
      testDescription: "object without a create-only part goes", before: ["Network": ["Port": 1]],
      after: [:], action: .update, paths: ["Network"]),
    Case(
      testDescription: "policy spelling",
      before: [
        "Policy": ["Statement": [["Effect": "Allow", "Action": "s3:*", "Resource": ["*"]]]]
      ],
      after: ["Policy": ["Statement": ["Resource": "*", "Effect": "Allow", "Action": ["s3:*"]]]],
      action: .keep, paths: []),
    Case(
      testDescription: "policy meaning",
      before: ["Policy": ["Statement": [["Effect": "Allow", "Action": "s3:*"]]]],
      after: ["Policy": ["Statement": [["Effect": "Deny", "Action": "s3:*"]]]],
      action: .update, paths: ["Policy.Statement[0].Effect"]),
  ]

  @Test(arguments: cases) func actionFollowsTheProperties(_ test: Case) throws {
    let state = try deployed([resource("A", "Fake::Queue", test.before)])
    let change = try #require(
      plan([resource("A", "Fake::Queue", test.after)], on: state).plan?.changes.first)
    #expect(change.action == test.action)
    #expect(change.properties.map(\.path) == test.paths)
    #expect(change.properties.contains(where: \.requiresReplacement) == (test.action == .replace))
  }

  @Test func creationNamesEverythingAhead() throws {
    let made = try #require(
      plan([resource("A"), resource("B", "Fake::Table", ["Name": "b"])]).plan)
    #expect(made.kind == .create)
    #expect(made.changes.map(\.action) == [.create, .create])
    let first = try #require(made.changes[0].after)
    #expect(first.identity.physicalID.hasPrefix("shop-A-"))
    #expect(first.identity.attributes["Arn"] == .string("arn:fake:\(first.identity.physicalID)"))
    #expect(made.changes[1].after?.identity.physicalID == "b")
    #expect(plan([resource("A")]).plan?.changes[0].after == first, "the same name every time")
  }

  @Test func replacementTakesAnotherName() throws {
    let state = try deployed([resource("A", "Fake::Queue", ["Kind": "a"])])
    let first = try #require(plan([resource("A", "Fake::Queue", ["Kind": "b"])], on: state).plan)
    let after = try #require(first.changes[0].after)
    #expect(after.generation == 1)
    #expect(after.identity.physicalID != state.resources[0].identity.physicalID)
    #expect(first.changes[0].before == state.resources[0])
    let second = try #require(
      plan([resource("A", "Fake::Queue", ["Kind": "c"])], on: applied(first)).plan)
    #expect(second.changes[0].after?.generation == 2)
  }

  @Test func aDeployedResourceKeepsItsNameWhenNewOnesAreFormedDifferently() throws {
    let state = try deployed([resource("A", "Fake::Queue", ["Size": 1])])
    var marked = FakeProvider("Fake::Queue")
    marked.schema.naming = NamingRule(property: "Name", lengthMax: 64, form: .marked)
    for size in [1, 2] as [PropertyValue] {
      let again = StackPlanner(
        state: state, environment: environment, catalog: try ResourceCatalog([marked])
      ).finish(
        resolved: resolved([resource("A", "Fake::Queue", ["Size": size]), resource("B")]),
        request: PlanRequest(templateBody: "body"))
      let changes = try #require(again.plan?.changes)
      #expect(changes[0].after?.identity == state.resources[0].identity)
      #expect(changes[1].after?.identity.physicalID.hasPrefix("CFN-B-") == true)
    }
  }

  @Test func namesInUseAreStepppedOver() throws {
    let taken = try #require(plan([resource("A")]).plan?.changes[0].after?.identity.physicalID)
    let made = try #require(plan([resource("A")], isTaken: { _, id, _ in id == taken }).plan)
    #expect(made.changes[0].after?.generation == 1)
    #expect(made.changes[0].after?.identity.physicalID != taken)
  }

  @Test func aChangeSaysWhy() throws {
    func resources(_ kind: String, _ name: String, size: Int64) -> [ResolvedResource] {
      [
        resource("A", "Fake::Queue", ["Kind": .string(kind), "Name": .string(name)]),
        resource(
          "B", "Fake::Table",
          [
            "Kind": .string("of arn:fake:\(name)"), "Size": .int(size),
            "Policy": ["On": .list([.string(name)])],
          ], dependsOn: ["A"]),
        resource("C", "Fake::Queue", ["Size": 1], dependsOn: ["B"]),
      ]
    }
    let state = try deployed(resources("a", "old", size: 1))
    let made = try #require(plan(resources("b", "new", size: 2), on: state).plan)
    #expect(
      made.changes[0].reasons == [
        ChangeReason(property: "Kind", requiresReplacement: true),
        ChangeReason(property: "Name", requiresReplacement: true),
      ])
    #expect(
      made.changes[1].reasons == [
        ChangeReason(
          property: "Kind", references: [.init("A", attribute: "Arn")], requiresReplacement: true),
        ChangeReason(property: "Size"),
        ChangeReason(property: "Policy.On[0]", references: [.init("A")]),
      ])
    #expect(made.changes[2].action == .keep)
    #expect(made.changes[2].reasons == nil)
    #expect(plan(resources("a", "old", size: 1)).plan?.changes[0].reasons == nil)
  }

  @Test func removalsRunAgainstTheDependencies() throws {
    let state = try deployed([
      resource("A"), resource("B", dependsOn: ["A"]), resource("C", dependsOn: ["B"]),
      resource("D", deletion: .retain),
    ])
    let made = try #require(plan([resource("A")], on: state).plan)
    #expect(made.changes.map(\.logicalID) == ["A", "D", "C", "B"])
    #expect(made.changes.map(\.action) == [.keep, .retain, .delete, .delete])
    #expect(made.changes[2].after == nil)
  }

  @Test func planningWhatIsDeployedIsEmpty() throws {
    let resources = [
      resource("A", "Fake::Queue", ["Kind": "a"]), resource("B", "Fake::Table", dependsOn: ["A"]),
    ]
    let outputs = [StackOutput(key: "Name", value: "x")]
    let made = try #require(
      plan(resources, on: try deployed(resources, outputs: outputs), outputs: outputs).plan)
    #expect(made.isEmpty)
    #expect(made.kind == .update)
  }

  @Test func outputsAreCompared() throws {
    let state = try deployed(
      [resource("A")],
      outputs: [StackOutput(key: "Old", value: "1"), StackOutput(key: "Same", value: "2")])
    let made = try #require(
      plan(
        [resource("A")], on: state,
        outputs: [StackOutput(key: "Same", value: "2"), StackOutput(key: "New", value: "3")]
      ).plan)
    #expect(!made.isEmpty)
    #expect(made.outputs.map(\.key) == ["Same", "New", "Old"])
    #expect(made.outputs.map { $0.before == $0.after } == [true, false, false])
  }

  @Test func policyAloneIsAnUpdate() throws {
    let state = try deployed([resource("A")])
    let change = try #require(
      plan([resource("A", deletion: .retain)], on: state).plan?.changes.first)
    #expect(change.action == .update)
    #expect(change.properties.map(\.path) == ["DeletionPolicy"])
  }

  @Test func destructionCoversAll() throws {
    let state = try deployed([
      resource("A", deletion: .retain), resource("B", dependsOn: ["A"]), resource("C"),
    ])
    let made = StackPlanner.destruction(of: state, discardsContents: true)
    #expect(made.kind == .delete)
    #expect(made.discardsContents)
    #expect(made.changes.map(\.logicalID) == ["C", "B", "A"])
    #expect(made.changes.map(\.action) == [.delete, .delete, .retain])
  }
}
