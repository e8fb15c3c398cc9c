import Effects
import Foundation
import PropertyTree
import StackContracts
import StackEngine
import StackModel
import Synchronization
import Testing

@testable import Commands

@Suite struct CommandLineTests {
  /// Argument, working directory, the stack's name.
  static let names: [(argument: String, directory: String, name: String)] = [
    ("orders/template.yaml", "/home/me", "orders"), ("orders", "/home/me", "orders"),
    ("./orders/", "/home/me", "orders"), ("orders.yaml", "/home/me", "orders"),
    ("template.yaml", "/home/me", "template"), (".", "/home/me/shop", "shop"),
    ("..", "/home/me/shop/api", "shop"), (".aws-sam/build", "/home/me/shop", "shop"),
    (".aws-sam/build/template.yaml", "/home/me/shop", "shop"),
    ("api/.aws-sam/build", "/home/me/shop", "api"),
    ("../.aws-sam/build/", "/home/me/shop/api", "shop"), ("/srv/shop/.aws-sam/build", "/", "shop"),
    ("a.b/template.json", "/home/me", "a.b"), ("build", "/home/me/shop", "build"),
  ]

  @Test(arguments: names.indices) func aStackIsNamedByItsFolder(_ index: Int) {
    let row = Self.names[index]
    #expect(StackReference.baseName(row.argument, in: row.directory) == row.name)
  }

  @Test func aWordThatIsNoCommandSuggestsOne() {
    #expect(LeatCommand.unknownCommandHelp("deplyo") == "did you mean `deploy`?")
    #expect(LeatCommand.unknownCommandHelp("zzzzzz")?.contains("leat --help") == true)
    for word in ["deploy", "help", "--version", "-h"] {
      #expect(LeatCommand.unknownCommandHelp(word) == nil)
    }
  }

  @Test func plansAreReadInBothForms() throws {
    let plan = ViewTests.update
    let encoder = TreeEncoder()
    #expect(try PlanFile(encoder.encode(plan)) == PlanFile([plan]))
    let file = PlanFile(
      [plan, ViewTests.creation], waiting: [.init(stack: "b", waitsFor: ["a"])])
    #expect(try PlanFile(file.sealed()) == file)
    var second = try #require(try encoder.encode(file).objectValue)
    second["planFile"] = 2
    #expect(try PlanFile(.object(second)).plans == file.plans)
    var later = try #require(try file.sealed().objectValue)
    later["planFile"] = 4
    #expect(throws: StackFailure.self) { try PlanFile(.object(later)) }
  }

  /// Somebody has reviewed it: what is carried out is that and nothing else.
  @Test func aPlanThatWasTouchedIsRefused() throws {
    let file = PlanFile([ViewTests.creation])
    let written = JSONWriter.pretty(try file.sealed())
    #expect(try PlanFile(JSONReader.read(Array(written.utf8))) == file)
    let touched = written.replacingOccurrences(of: "us-east-1", with: "eu-west-1")
    #expect(touched != written)
    let failure = #expect(throws: StackFailure.self) {
      try PlanFile(JSONReader.read(Array(touched.utf8)))
    }
    #expect(failure?.message.contains("its checksum is another") == true)
    var unsealed = try #require(try file.sealed().objectValue)
    unsealed["checksum"] = nil
    #expect(throws: StackFailure.self) { try PlanFile(.object(unsealed)) }
  }

  /// The screen of a terminal that knows two controls: back to the line's start, and clear the line.
  private func screen(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      String(line.components(separatedBy: "\r\u{1B}[2K").last ?? "")
    }
  }

  @Test func aTerminalShowsAPairOfEventsOnOneLine() {
    let written = Mutex("")
    var terminal = Terminal(
      isColoured: false, isInteractive: true, width: 60,
      write: { text in written.withLock { $0 += text } }, writeError: { _ in })
    terminal.redraws = true
    let feed = EventFeed(terminal: terminal)
    func event(_ id: String, _ status: String, _ reason: String? = nil) -> StackEvent {
      var event = ViewTests.events[0]
      event.logicalID = id
      event.physicalID = id == "shop" ? event.stackID : id
      event.status = status
      event.reason = reason
      return event
    }
    for event in [
      event("shop", "CREATE_IN_PROGRESS", "User Initiated"), event("A", "CREATE_IN_PROGRESS"),
      event("B", "CREATE_IN_PROGRESS"), event("A", "CREATE_COMPLETE"),
    ] {
      feed.show(event)
    }
    #expect(screen(written.withLock { $0 }).last == "  … 2 under way: B")
    feed.show(event("B", "CREATE_FAILED", "no"))
    feed.show(event("shop", "ROLLBACK_IN_PROGRESS", "B failed"))
    feed.show(event("shop", "ROLLBACK_COMPLETE"))
    feed.end()
    let lines = screen(written.withLock { $0 })
    #expect(lines.last?.isEmpty == true)
    let states = lines.compactMap { line in
      line.split(separator: " ").dropFirst().first { $0.contains("_") }.map(String.init)
    }
    #expect(
      states == ["CREATE_COMPLETE", "CREATE_FAILED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE"])
  }

  @Test func aTerminalShowsHowFarADeploymentIs() {
    let written = Mutex("")
    var terminal = Terminal(
      isColoured: false, isInteractive: true, width: 80,
      write: { text in written.withLock { $0 += text } }, writeError: { _ in })
    terminal.redraws = true
    let feed = EventFeed(terminal: terminal, total: 4)
    func show(_ id: String, _ status: String, at milliseconds: Int64) {
      var event = ViewTests.events[0]
      event.logicalID = id
      event.physicalID = id
      event.status = status
      event.timestamp = Timestamp(milliseconds: milliseconds)
      feed.show(event)
    }
    show("A", "CREATE_IN_PROGRESS", at: 1000)
    show("B", "CREATE_IN_PROGRESS", at: 1010)
    show("B", "CREATE_COMPLETE", at: 1050)
    #expect(
      screen(written.withLock { $0 }).last
        == "  \(String(repeating: "█", count: 7))\(String(repeating: "░", count: 23)) 1/4  0.0s: A")
    show("C", "CREATE_IN_PROGRESS", at: 1100)
    show("A", "CREATE_COMPLETE", at: 3360)
    let lines = screen(written.withLock { $0 })
    #expect(lines.last?.hasSuffix(" 2/4  2.3s: C") == true)
    // A short time is not worth a word.
    #expect(lines[lines.count - 2].hasSuffix("  2.3s"))
    #expect(lines[lines.count - 3].contains("B  "))
    #expect(!lines[lines.count - 3].hasSuffix("s"))
    show("C", "CREATE_FAILED", at: 4000)
    show("A", "DELETE_IN_PROGRESS", at: 4001)
    #expect(screen(written.withLock { $0 }).last == "  … 1 under way: A")
  }

  @Test func manyUnderWayFitTheWidth() {
    let written = Mutex("")
    var terminal = Terminal(
      isColoured: false, isInteractive: true, width: 40,
      write: { text in written.withLock { $0 += text } }, writeError: { _ in })
    terminal.redraws = true
    let feed = EventFeed(terminal: terminal)
    for number in 0..<50 {
      var event = ViewTests.events[0]
      event.logicalID = "Resource\(number)"
      feed.show(event)
    }
    #expect(screen(written.withLock { $0 }).last.map { $0.count < 40 } == true)
  }
}
