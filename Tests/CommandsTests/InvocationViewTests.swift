import AWSModel
import ArgumentParser
import Foundation
import PropertyTree
import ServiceKit
import Testing

@testable import Commands

/// Output of `leat invoke` and the events that it calls with, byte for byte.
/// `UPDATE_GOLDEN=1` re-records.
@Suite struct InvocationViewTests {
  private static let good: ObservedResult = {
    var result = ObservedResult(
      requestID: "5ad4b8a0-0000-4000-8000-000000000001", event: #"{"id":1}"#,
      result: FunctionResult(payload: Array(#"{"kept":[1,2],"name":"tides"}"#.utf8)),
      log: [
        "INIT_START Runtime Version: python:3.11.v2\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:0a",
        "START RequestId: 5ad4b8a0-0000-4000-8000-000000000001 Version: $LATEST\n", "kept two",
        "END RequestId: 5ad4b8a0-0000-4000-8000-000000000001\n",
        "REPORT RequestId: 5ad4b8a0-0000-4000-8000-000000000001\tDuration: 1.83 ms\t\n",
      ])
    (result.milliseconds, result.startMilliseconds, result.peakBytes) = (1.834, 52.1, 35_000_000)
    return result
  }()

  private static let bad: ObservedResult = {
    var failed = FunctionResult(
      payload: Array(#"{"errorMessage":"no such key","errorType":"KeyError"}"#.utf8))
    failed.functionError = "Unhandled"
    var result = ObservedResult(
      requestID: "5ad4b8a0-0000-4000-8000-000000000002", event: "{}", result: failed,
      log: ["[ERROR] KeyError: no such key"])
    result.milliseconds = 0.4
    return result
  }()

  /// An answer that is no JSON, of a call that nobody measured.
  private static let plain = ObservedResult(
    requestID: "5ad4b8a0-0000-4000-8000-000000000003", event: "{}",
    result: FunctionResult(payload: Array("plain <text>".utf8)), log: [])

  @Test(arguments: ["good", "bad", "plain"], [false, true])
  func aCallRendersAsItsGoldenSays(_ name: String, _ isColoured: Bool) throws {
    let result = ["good": Self.good, "bad": Self.bad, "plain": Self.plain][name]
    let view = InvocationView(
      terminal: Terminal(
        isColoured: isColoured, isInteractive: false, width: 100, write: { _ in },
        writeError: { _ in }))
    let call = try #require(result)
    let lines =
      view.log(call) + [view.summary(call), "", view.answer(call), ""]
      + [JSONWriter.pretty(view.tree(call))]
    try Self.compare(lines, "invoke-\(name)\(isColoured ? ".colour" : "")")
  }

  @Test(arguments: SampleEvent.allCases)
  func aSampleIsAsItsGoldenSays(_ sample: SampleEvent) throws {
    let scope = Scope(account: AccountID("111122223333"), region: Region("eu-west-1"))
    let lines = [
      JSONWriter.pretty(sample.event([], scope: scope)),
      JSONWriter.pretty(sample.event(["first", "über/zweite.json"], scope: scope)),
    ]
    try Self.compare(lines, "sample-\(sample.rawValue)")
  }

  /// Every command and option, for each shell.
  @Test(arguments: ["bash", "zsh", "fish"]) func completionKnowsTheOptions(_ shell: String) throws {
    let script = LeatCommand.completionScript(for: try #require(.init(rawValue: shell)))
    for command in LeatCommand.configuration.subcommands {
      let name = try #require(command.configuration.commandName)
      #expect(script.contains(name), "\(shell) does not know \(name)")
    }
    for word in [
      "sample", "replay", "debugpy", "isolate", "kinesis", "http-api", "markdown", "revert-drift",
      "adopt",
    ] {
      #expect(script.contains(word), "\(shell) does not know \(word)")
    }
  }

  private static func compare(_ lines: [String], _ name: String) throws {
    let text = lines.joined(separator: "\n") + "\n"
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Golden/invocations")
    let file = folder.appending(path: "\(name).txt")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(text == (try String(contentsOf: file, encoding: .utf8)))
  }
}
