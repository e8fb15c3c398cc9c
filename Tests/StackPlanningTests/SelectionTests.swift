import Diagnostics
import Effects
import PropertyTree
import ResourceModel
import StackModel
import StackPlanning
import Testing

/// Plans of a part of the changes.
@Suite struct SelectionTests {
  /// A resource whose properties hold what its dependencies are called.
  struct Wish: Sendable {
    var id: LogicalID
    /// Replaces the resource where it changes.
    var kind = 0
    var size = 0
    var needs: [LogicalID] = []
  }

  static func plan(_ wishes: [Wish], on state: StackState?, _ choices: PlanChoices = PlanChoices())
    -> (plan: Plan?, diagnostics: [Diagnostic])
  {
    var planner = StackPlanner(
      state: state, environment: environment, catalog: catalog, choices: choices)
    var names: [LogicalID: PropertyValue] = [:]
    var resources: [ResolvedResource] = []
    for wish in wishes {
      let needed = wish.needs.map { ($0.text, names[$0] ?? .null) }
      let made = resource(
        wish.id, "Fake::Queue",
        [
          "Kind": .int(Int64(wish.kind)), "Size": .int(Int64(wish.size)),
          "Policy": .object(PropertyObject(needed)),
        ], dependsOn: wish.needs)
      names[wish.id] = planner.identify(made).reference
      resources.append(made)
    }
    let outputs = wishes.map {
      StackOutput(key: "Of\($0.id)", value: names[$0.id]?.scalarText ?? "")
    }
    return planner.finish(
      resolved: resolved(resources, outputs: outputs), request: PlanRequest(templateBody: "body"))
  }

  static func part(_ wishes: [Wish], on state: StackState?, _ selection: ChangeSelection) throws
    -> (plan: Plan?, omitted: [OmittedChange], findings: [Diagnostic])
  {
    let whole = try #require(plan(wishes, on: state).plan)
    let (omitted, findings) = selection.leftOut(of: whole)
    if findings.hasErrors { return (nil, [], findings) }
    let choices = PlanChoices(leftOut: Set(omitted.map(\.logicalID)))
    return (plan(wishes, on: state, choices).plan, omitted, findings)
  }

  static func state(_ wishes: [Wish]) throws -> StackState {
    try applied(#require(plan(wishes, on: nil).plan))
  }

  static let chain = [Wish(id: "A"), Wish(id: "B", needs: ["A"]), Wish(id: "C", needs: ["B"])]

  @Test func aTargetBringsWhatItNeeds() throws {
    let made = try Self.part(Self.chain, on: nil, ChangeSelection(targets: ["B"]))
    let plan = try #require(made.plan)
    #expect(plan.changes.map(\.logicalID) == ["A", "B"])
    #expect(made.omitted == [OmittedChange(logicalID: "C", action: .create)])
    // An output of a resource that is not made would have nothing to say.
    #expect(plan.outputs.map(\.key) == ["OfA", "OfB"])
  }

  @Test func anExclusionKeepsBackWhatNeedsIt() throws {
    let made = try Self.part(Self.chain, on: nil, ChangeSelection(exclusions: ["B"]))
    #expect(made.plan?.changes.map(\.logicalID) == ["A"])
    #expect(
      made.omitted == [
        OmittedChange(logicalID: "B", action: .create),
        OmittedChange(logicalID: "C", action: .create, needs: "B"),
      ])
  }

  /// The old one goes: who has its name must have the new one's.
  @Test func aReplacementBringsThoseThatReferToIt() throws {
    let state = try Self.state(Self.chain)
    var wishes = Self.chain
    wishes[0].kind = 1
    let made = try Self.part(wishes, on: state, ChangeSelection(targets: ["A"]))
    #expect(made.plan?.changes.map(\.action) == [.replace, .update, .keep])
    let kept = try Self.part(wishes, on: state, ChangeSelection(exclusions: ["B"]))
    #expect(kept.plan?.changes.map(\.action) == [.keep, .keep, .keep])
    #expect(kept.omitted.map(\.words) == ["A replace B", "B update -"])
    #expect(kept.plan?.outputs.map(\.after) == kept.plan?.outputs.map(\.before))
  }

  @Test func aRemovalWaitsForThoseThatReferToIt() throws {
    let state = try Self.state(Self.chain)
    let wishes = [Wish(id: "B")]
    let all = try #require(Self.plan(wishes, on: state).plan)
    #expect(all.changes.map(\.action) == [.update, .delete, .delete])
    let made = try Self.part(wishes, on: state, ChangeSelection(targets: ["A"]))
    #expect(
      Set(made.plan?.changes.map { "\($0.logicalID) \($0.action)" } ?? []) == [
        "B update", "A delete", "C keep",
      ])
  }

  @Test func contradictionsAndUnknownNamesAreRefused() throws {
    func messages(_ selection: ChangeSelection) throws -> [String] {
      try Self.part(Self.chain, on: nil, selection).findings.map(\.message)
    }
    #expect(
      try messages(ChangeSelection(targets: ["C"], exclusions: ["A"])) == [
        "`B` needs the change of `A`, which is excluded"
      ])
    #expect(
      try messages(ChangeSelection(targets: ["A"], exclusions: ["A"])) == [
        "`A` is a target and excluded"
      ])
    #expect(
      try messages(ChangeSelection(targets: ["X"])) == [
        "neither the template nor the stack has a resource `X` (`--target`)"
      ])
    #expect(
      try messages(ChangeSelection(exclusions: ["A"])) == [
        "every resource of the new stack is left out"
      ])
  }

  @Test func replacementsAreMadeForTheAsking() throws {
    let state = try Self.state(Self.chain)
    let made = try #require(
      Self.plan(Self.chain, on: state, PlanChoices(replaced: ["A"])).plan)
    #expect(made.changes.map(\.action) == [.replace, .update, .keep])
    #expect(made.changes[0].isForced == true)
    #expect(made.changes[0].after?.identity != made.changes[0].before?.identity)
    #expect(made.changes[1].reasons?.first?.references.map(\.text) == ["A"])
    #expect(Self.plan(Self.chain, on: applied(made)).plan?.isEmpty == true)
    #expect(
      Self.plan(Self.chain, on: state, PlanChoices(replaced: ["X"])).diagnostics.map(\.message) == [
        "the template has no resource `X` to replace"
      ])
    #expect(
      Self.plan(Self.chain, on: nil, PlanChoices(replaced: ["A"])).diagnostics.map(\.message) == [
        "`A` is not deployed, so that there is nothing to replace"
      ])
  }

  /// Random templates over random states: a part leaves no reference to what is gone, and the whole
  /// plan after it ends where the whole plan would have ended at once.
  @Test(arguments: 0..<400) func aPartCanStandAlone(_ seed: Int) throws {
    let random = SeededRandomSource(seed: "selection/\(seed)")
    func number(_ bound: Int) -> Int { Int(random.nextUInt64() % UInt64(bound)) }
    func wishes() -> [Wish] {
      var made: [Wish] = []
      for name in ["A", "B", "C", "D", "E", "F", "G"] where number(4) > 0 {
        let needs = made.map(\.id).filter { _ in number(3) == 0 }
        made.append(
          Wish(id: LogicalID(name), kind: number(3) / 2, size: number(2), needs: needs))
      }
      return made.isEmpty ? [Wish(id: "A")] : made
    }
    let state = number(5) == 0 ? nil : try Self.state(wishes())
    let template = wishes()
    let whole = try #require(Self.plan(template, on: state).plan)
    let names = whole.changes.map(\.logicalID).filter { _ in number(3) == 0 }
    let selection =
      number(2) == 0 ? ChangeSelection(targets: names) : ChangeSelection(exclusions: names)
    let made = try Self.part(template, on: state, selection)
    guard let part = made.plan else {
      #expect(made.findings.map(\.message) == ["every resource of the new stack is left out"])
      return
    }
    let after = applied(part)
    let standing = Dictionary(
      uniqueKeysWithValues: after.resources.map { ($0.logicalID, $0.identity.reference) })
    for resource in after.resources {
      for (name, value) in resource.properties["Policy"]?.objectValue ?? [:] {
        #expect(standing[LogicalID(name)] == value, "\(resource.logicalID) refers to \(name)")
      }
    }
    for name in selection.targets {
      let wanted = whole.changes.first { $0.logicalID == name }
      #expect(part.changes.first { $0.logicalID == name }?.action == wanted?.action)
    }
    for name in selection.exclusions {
      #expect([nil, .keep].contains(part.changes.first { $0.logicalID == name }?.action))
    }
    let rest = try #require(Self.plan(template, on: after).plan)
    #expect(Self.summary(applied(rest)) == Self.summary(applied(whole)))
  }

  private static func summary(_ state: StackState) -> [String: PropertyValue] {
    var found: [String: PropertyValue] = [:]
    for resource in state.resources {
      found[resource.logicalID.text] = [
        "name": resource.identity.reference, "properties": resource.properties,
      ]
    }
    for output in state.outputs { found[output.key] = .string(output.value) }
    return found
  }
}

extension OmittedChange {
  fileprivate var words: String { "\(logicalID) \(action) \(needs?.text ?? "-")" }
}
