import PropertyTree
import ResourceModel
import StackModel
import Foundation
import Testing

@testable import Commands

/// A comment that a forge takes, whatever the plan.
@Suite struct PlanMarkdownTests {
  private static func plan(_ count: Int, long: Bool) -> Plan {
    var plan = ViewTests.update
    plan.outputs = []
    plan.changes = (0..<count).map { number in
      let resource = ViewTests.resource(
        LogicalID("Resource\(number)"), "AWS::Logs::LogGroup", "group-\(number)")
      return ViewTests.change(
        .update, before: resource, after: resource,
        [
          PropertyChange(
            path: "RetentionInDays", before: .int(1),
            after: .string(String(repeating: "x", count: long ? 900 : 3)),
            requiresReplacement: false)
        ])
    }
    return plan
  }

  @Test(arguments: [(3, false), (200, true), (3000, true)])
  func aCommentIsNeverTooLong(_ count: Int, _ long: Bool) {
    let text = PlanMarkdown().lines([Self.plan(count, long: long)]).joined(separator: "\n")
    #expect(text.count <= PlanMarkdown.lengthMax)
    let opened = text.components(separatedBy: "<details>").count
    #expect(opened == text.components(separatedBy: "</details>").count)
    switch count {
    case 3: #expect(opened == 4 && !text.contains("left out"))
    case 200: #expect(opened > 20 && text.contains("The details of "))
    default: #expect(opened == 1 && text.contains("lines and all details are left out"))
    }
  }

  @Test func longTextsAreToldLineByLine() throws {
    let old = (0..<40).map { "line \($0)" }.joined(separator: "\n")
    let new = old.replacing("line 20\n", with: "line twenty\n") + "\nlast"
    let lines = LineDifference(old, new).lines
    #expect(lines.contains(.removed("line 20")) && lines.contains(.added("line twenty")))
    #expect(lines.first == .skipped(17) && lines.last == .added("last"))
    // Both texts can be had back.
    let all = LineDifference("a\nb\nc", "b\nc\nd").lines
    #expect(all == [.removed("a"), .same("b"), .same("c"), .added("d")])
    #expect(LineDifference(.string("one"), .int(2)) == nil, "both are short")
    let huge = String(repeating: "x\n", count: 5000)
    #expect(LineDifference(huge, huge + "y").lines.count == 10_001)
  }

  /// Columns are told by needs, in chains of any length.
  @Test func aLongChainHasAColumnForEach() {
    var plan = ViewTests.update
    plan.changes = (0..<2000).map { number in
      var change = ViewTests.change(
        .create, before: nil,
        after: ViewTests.resource(LogicalID("R\(number)"), "AWS::Logs::LogGroup", "g"))
      if number > 0 { change.dependsOn = [LogicalID("R\(number - 1)")] }
      return change
    }
    let layout = GraphLayout(ResourceGraph([plan], showsPlan: true))
    #expect(layout.columns == (0..<2000).map { [$0] })
  }

  @Test func aLongLineHasAPlaceInEachColumnThatItPasses() {
    var plan = ViewTests.update
    let needs: [[LogicalID]] = [[], ["R0"], ["R1"], ["R2", "R0"]]
    plan.changes = needs.enumerated().map { number, needed in
      var change = ViewTests.change(
        .create, before: nil,
        after: ViewTests.resource(LogicalID("R\(number)"), "AWS::Logs::LogGroup", "g"))
      change.dependsOn = needed
      return change
    }
    let layout = GraphLayout(ResourceGraph([plan], showsPlan: false))
    #expect(layout.columns.map(\.count) == [1, 2, 2, 1])
    #expect(layout.passages == [[], [], [], [4, 5]])
    #expect(!layout.isNode(4) && layout.isNode(3))
  }
}
