import AWSModel
import PropertyTree
import ServiceKit
import Synchronization
import Testing

@testable import Commands

@Suite struct InvokeTests {
  private static let log = [
    "START RequestId: 11111111-2222-4333-8444-555555555555 Version: $LATEST", "a line",
    "END RequestId: 11111111-2222-4333-8444-555555555555",
    "REPORT RequestId: 11111111-2222-4333-8444-555555555555\tDuration: 1.83 ms\t",
  ]

  private static func result(_ payload: String, error: String? = nil, start: Double? = nil)
    -> ObservedResult
  {
    ObservedResult(
      requestID: "11111111-2222-4333-8444-555555555555", event: "{}",
      result: FunctionResult(
        payload: Array(payload.utf8), functionError: error,
        measures: FunctionMeasures(
          milliseconds: 1.834, startMilliseconds: start, peakBytes: 34_000_000)), log: log)
  }

  static let results: [(name: String, result: ObservedResult)] = [
    ("answer", result(#"{"a":[1,"é"]}"#, start: 52.1)),
    ("failure", result(#"{"errorMessage":"no","errorType":"ValueError"}"#, error: "Unhandled")),
    ("text", result("no JSON, streamed")),
  ]

  @Test(arguments: results.indices, [false, true])
  func aCallIsShownAsItsGoldenSays(_ index: Int, _ isJSON: Bool) throws {
    let (name, result) = Self.results[index]
    let written = Mutex("")
    let view = InvocationView(
      terminal: Terminal(
        isColoured: false, isInteractive: false, width: 80,
        write: { text in written.withLock { $0 += text } }, writeError: { _ in }))
    let text =
      isJSON
      ? JSONWriter.pretty(view.tree(result))
      : (view.log(result) + ["--- standard output", view.answer(result), "---"]
        + [view.summary(result)]).joined(separator: "\n")
    try CommandBench.check(text + "\n", golden: "invoke-\(name)\(isJSON ? "-json" : "")")
  }

  @Test(arguments: SampleEvent.allCases) func aSampleIsAsItsGoldenSays(_ sample: SampleEvent) throws
  {
    let event = sample.event([], scope: .standard)
    try CommandBench.check(
      JSONWriter.pretty(event) + "\n", golden: "sample-\(sample.rawValue)")
  }

  @Test func recordsFillASample() {
    let event = SampleEvent.firehose.event(["a", "b"], scope: .standard)
    #expect(event["records"]?.listValue?.map { $0["data"] } == ["YQ==", "Yg=="])
    #expect(SampleEvent.s3.event([], scope: .standard)["Records"]?.listValue?.count == 1)
    let rule = SampleEvent.eventbridge.event([#"{"a":1}"#], scope: .standard)
    #expect(rule["detail"] == ["a": 1])
    #expect(
      SampleEvent.eventbridge.event(["words"], scope: .standard)["detail"] == ["text": "words"])
  }

  @Test func whatDoesNotFitTogetherIsRefused() async throws {
    for arguments in [
      ["f", "--event", "x", "--sample", "s3"], ["f", "--replay", "--event", "-"],
      ["f", "--record", "x"], ["f", "--inspect", "1", "--debugpy", "2"],
      ["f", "--inspect", "70000"],
    ] {
      #expect(throws: (any Error).self) { try InvokeCommand.parse(arguments) }
    }
    #expect(throws: (any Error).self) {
      try ServeCommand.parse(["--virtual-time-in-functions"])
    }
    let serve = try ServeCommand.parse(
      ["--clock", "virtual", "--virtual-time-in-functions", "--watch"])
    #expect(serve.server.hosting.movesClocks && serve.server.hosting.runsLocalCode)
  }
}
