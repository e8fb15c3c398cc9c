import AWSModel
import Effects
import PropertyTree
import ServiceKit
import Testing

@testable import Firehose

@Suite struct TransformationTests {
  /// Answers each record by its text: `ok…`, `drop…`, `fail…`, `miss…`, `twice…`, `odd…`, `pieces…`.
  @Sendable static func judge(_ event: PropertyValue) throws -> FunctionResult {
    var results: [PropertyValue] = []
    for record in event["records"]?.listValue ?? [] {
      let id = record["recordId"] ?? .null
      let data = record["data"]?.stringValue ?? ""
      let text = String(decoding: Base64.decode(data) ?? [], as: UTF8.self)
      func result(_ word: String, _ data: String) -> PropertyValue {
        ["recordId": id, "result": .string(word), "data": .string(data)]
      }
      switch text.prefix(3) {
      case "ok-": results.append(result("Ok", Base64.encode(Array("[\(text)]".utf8))))
      case "dro": results.append(result("Dropped", data))
      case "fai": results.append(result("ProcessingFailed", data))
      case "twi": results += [result("Ok", data), result("Ok", data)]
      case "odd": results.append(result("Maybe", data))
      case "pie": results.append(result("Ok", data + Base64.encode([0x0A])))
      default: break
      }
    }
    return FunctionResult(payload: JSONWriter.bytes(["records": .list(results)]))
  }

  private func lines(_ fixture: FirehoseFixture) throws -> [PropertyValue] {
    let failed = fixture.surroundings.objects.filter { $0.key.contains("failed") }
    #expect(failed.count <= 1)
    return try failed.flatMap {
      try $0.text.split(separator: "\n").map { try JSONReader.read(String($0)) }
    }
  }

  @Test func everyRecordIsJudgedByItself() async throws {
    let fixture = try await FirehoseFixture(function: Self.judge)
    try await fixture.create(["ProcessingConfiguration": FirehoseFixture.processing])
    try await fixture.put("ok-1", "drop", "fail", "miss", "twice", "odd", "pieces!", "ok-2")
    await fixture.clock.advance(milliseconds: 60_000)
    let delivered = fixture.surroundings.objects.filter { !$0.key.contains("processing-failed") }
    #expect(delivered.map(\.text) == ["[ok-1]pieces!\n[ok-2]"])
    let failed = try lines(fixture)
    #expect(
      failed.map { $0["errorCode"]?.stringValue } == [
        "Lambda.ProcessingFailedStatus", "Lambda.MissingRecordId", "Lambda.DuplicatedRecordId",
        "Lambda.JsonProcessingException",
      ])
    let first = try #require(failed.first)
    #expect(
      first.objectValue.map { Array($0.keys) } == [
        "attemptsMade", "arrivalTimestamp", "errorCode", "errorMessage", "attemptEndingTimestamp",
        "rawData", "lambdaARN",
      ])
    #expect(first["rawData"] == "ZmFpbA==" && first["attemptsMade"] == 1)
    #expect(first["arrivalTimestamp"] == .int(FirehoseFixture.start.milliseconds))
    let key = fixture.surroundings.objects.map(\.key).first { $0.contains("failed") }
    #expect(key?.hasPrefix("in/processing-failed/2026/11/21/04/d-1-") == true)
  }

  private static let logging: PropertyValue = [
    "Enabled": true, "LogGroupName": "g", "LogStreamName": "s",
  ]

  /// The codes in the delivery stream's log, each with its processor.
  private func logged(_ fixture: FirehoseFixture) throws -> [String] {
    try fixture.surroundings.state.withLock { $0.logLines }.map { line in
      #expect(line.hasPrefix("g/s "))
      let entry = try JSONReader.read(String(line.dropFirst(4)))
      #expect(entry["processor"] == "fn" && entry["deliveryStreamVersionId"] == 1)
      #expect(entry["destination"] == "arn:aws:s3:::bucket")
      return entry["errorCode"]?.stringValue ?? ""
    }
  }

  @Test func failuresOfTheProcessorAreLogged() async throws {
    let fixture = try await FirehoseFixture(function: Self.judge)
    try await fixture.create([
      "ProcessingConfiguration": FirehoseFixture.processing,
      "CloudWatchLoggingOptions": Self.logging,
    ])
    try await fixture.put("ok-1", "fail 1", "miss", "twice", "odd", "fail 2")
    await fixture.clock.advance(milliseconds: 60_000)
    // One line a kind of failure.
    #expect(
      try logged(fixture) == [
        "Lambda.ProcessingFailedStatus", "Lambda.MissingRecordId", "Lambda.DuplicatedRecordId",
        "Lambda.JsonProcessingException",
      ])
    try await fixture.put("ok-2")
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(try logged(fixture).count == 4, "a delivery without failures says nothing")
  }

  @Test(arguments: [
    (#"{"errorType":"Sandbox.Timedout","errorMessage":"x"}"#, "Lambda.FunctionTimedOut"),
    (#"{"errorType":"Runtime.ExitError"}"#, "Lambda.FunctionError"),
    (#"{"errorType":"ValueError"}"#, "Lambda.FunctionError"), ("", "Lambda.FunctionError"),
  ])
  func aFunctionThatFailsIsLogged(_ answer: String, _ code: String) async throws {
    let fixture = try await FirehoseFixture { _ in
      FunctionResult(payload: Array(answer.utf8), functionError: "Unhandled")
    }
    try await fixture.create([
      "ProcessingConfiguration": FirehoseFixture.processing,
      "CloudWatchLoggingOptions": Self.logging,
    ])
    try await fixture.put("a", "b")
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(try logged(fixture) == [code])
    #expect(try lines(fixture).map { $0["errorCode"] } == [.string(code), .string(code)])
  }

  @Test func withoutLoggingNothingIsLogged() async throws {
    let fixture = try await FirehoseFixture(function: Self.judge)
    try await fixture.create([
      "ProcessingConfiguration": FirehoseFixture.processing,
      "CloudWatchLoggingOptions": ["Enabled": false],
    ])
    try await fixture.put("fail")
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(try logged(fixture) == [])
  }

  @Test func theEventHasItsShape() async throws {
    let fixture = try await FirehoseFixture(function: Self.judge)
    try await fixture.create(["ProcessingConfiguration": FirehoseFixture.processing])
    try await fixture.put("ok-1", "ok-2")
    await fixture.clock.advance(milliseconds: 60_000)
    let event = try #require(fixture.surroundings.invocations.first)
    #expect(
      event["deliveryStreamArn"] == "arn:aws:firehose:us-east-1:000000000000:deliverystream/d")
    #expect(event["region"] == "us-east-1" && event["invocationId"]?.stringValue?.count == 36)
    let records = try #require(event["records"]?.listValue)
    #expect(records.map { $0["data"] } == ["b2stMQ==", "b2stMg=="])
    #expect(Set(records.map { $0["recordId"] }).count == 2)
  }

  @Test func failingFunctionsAreRetriedThenGivenUp() async throws {
    let fixture = try await FirehoseFixture { _ in
      FunctionResult(payload: Array(#"{"errorMessage":"no"}"#.utf8), functionError: "Unhandled")
    }
    try await fixture.create(["ProcessingConfiguration": FirehoseFixture.processing])
    try await fixture.put("a", "b")
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(fixture.surroundings.invocations.count == 4)
    let failed = try lines(fixture)
    #expect(failed.map { $0["errorCode"] } == ["Lambda.FunctionError", "Lambda.FunctionError"])
    #expect(failed.allSatisfy { $0["attemptsMade"] == 4 })
    #expect(fixture.surroundings.objects.count == 1)
  }

  @Test(arguments: ["", "null", "[]", #"{"records":7}"#, "not json"])
  func unreadableAnswersFailEveryRecord(_ answer: String) async throws {
    let fixture = try await FirehoseFixture { _ in FunctionResult(payload: Array(answer.utf8)) }
    try await fixture.create(["ProcessingConfiguration": FirehoseFixture.processing])
    try await fixture.put("a")
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(try lines(fixture).map { $0["errorCode"] } == ["Lambda.JsonProcessingException"])
  }

  @Test func invocationsAreBounded() async throws {
    let fixture = try await FirehoseFixture(function: Self.judge)
    try await fixture.create([
      "ProcessingConfiguration": FirehoseFixture.processing,
      "BufferingHints": ["SizeInMBs": 5, "IntervalInSeconds": 60],
    ])
    for number in 0..<4 {
      try await fixture.put("ok-\(number)" + String(repeating: "x", count: 600_000))
    }
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(fixture.surroundings.invocations.count == 4)
    #expect(fixture.surroundings.objects.count == 1, "results are joined into one object")
  }

  @Test func allDroppedMakesNoObject() async throws {
    let fixture = try await FirehoseFixture(function: Self.judge)
    try await fixture.create(["ProcessingConfiguration": FirehoseFixture.processing])
    try await fixture.put("drop", "drop")
    await fixture.clock.advance(milliseconds: 120_000)
    #expect(fixture.surroundings.objects.isEmpty && fixture.surroundings.invocations.count == 1)
  }
}
