import AWSModel
import PropertyTree
import ServiceKit
import ServiceTesting
import Testing

/// Batches that fail: repeated, taken apart, given up.
@Suite struct MappingFailureTests {
  private func numbers(_ range: Range<Int>) -> [String] { range.map { "\($0)" } }

  @Test func aFailedBatchIsTriedAgainBeforeTheNext() async throws {
    let fixture = try await MappingFixture()
    let uuid = try await fixture.map(["BatchSize": 1])
    fixture.function.become { _, call in
      if call < 3 { throw ScriptedFunction.Failed() }
      return .null
    }
    try await fixture.put(["a", "b"])
    #expect(fixture.function.batches == [["a"]])
    #expect(
      try await fixture.mapping(uuid)["LastProcessingResult"] == "PROBLEM: Function call failed")
    await fixture.advance(60)
    #expect(fixture.function.batches == [["a"], ["a"], ["a"], ["b"]])
    #expect(try await fixture.mapping(uuid)["LastProcessingResult"] == "OK")
    try await fixture.end()
  }

  @Test func givenUpRecordsGoToTheBucketWithTheirEvent() async throws {
    let fixture = try await MappingFixture()
    let uuid = try await fixture.map([
      "MaximumRetryAttempts": 2,
      "DestinationConfig": ["OnFailure": ["Destination": "arn:aws:s3:::failed"]],
    ])
    fixture.function.become { event, _ in
      if ScriptedFunction.data(event).contains("bad") { throw ScriptedFunction.Failed() }
      return .null
    }
    try await fixture.put(["bad", "x"])
    await fixture.advance(60)
    try await fixture.put(["good"])
    #expect(fixture.function.batches == [["bad", "x"], ["bad", "x"], ["bad", "x"], ["good"]])
    let (key, document) = try #require(try await fixture.failures().first)
    #expect(key.hasPrefix("aws/lambda/\(uuid)/shardId-000000000000/2026/11/21/2026-11-21T05.00."))
    #expect(document["requestContext"]?["condition"] == "RetryAttemptsExhausted")
    #expect(document["requestContext"]?["approximateInvokeCount"] == 3)
    #expect(document["responseContext"]?["functionError"] == "Unhandled")
    #expect(document["KinesisBatchInfo"]?["batchSize"] == 2)
    #expect(document["KinesisBatchInfo"]?["streamArn"] == .string(MappingFixture.stream))
    let event = try JSONReader.read(document["payload"]?.stringValue ?? "")
    #expect(event == fixture.function.events.first)
    try await fixture.end()
  }

  @Test func givenUpRecordsAreToldToAQueueWithoutTheirEvent() async throws {
    let fixture = try await MappingFixture()
    try await fixture.map([
      "MaximumRetryAttempts": 0,
      "DestinationConfig": [
        "OnFailure": ["Destination": "arn:aws:sqs:us-east-1:000000000000:dead"]
      ],
    ])
    fixture.function.become { _, _ in throw ScriptedFunction.Failed() }
    try await fixture.put(["bad"])
    await fixture.advance(1)
    let told = try #require(fixture.queue.all.first)
    #expect(told["KinesisBatchInfo"]?["shardId"] == "shardId-000000000000")
    #expect(told["payload"] == nil)
    try await fixture.end()
  }

  @Test func bisectingFindsTheRecordThatFails() async throws {
    let fixture = try await MappingFixture()
    try await fixture.map([
      "MaximumRetryAttempts": 1, "BisectBatchOnFunctionError": true,
      "DestinationConfig": ["OnFailure": ["Destination": "arn:aws:s3:::failed"]],
    ])
    fixture.function.become { event, _ in
      if ScriptedFunction.data(event).contains("2") { throw ScriptedFunction.Failed() }
      return .null
    }
    try await fixture.put(numbers(0..<4))
    await fixture.advance(60)
    #expect(
      fixture.function.batches
        == [["0", "1", "2", "3"], ["0", "1"], ["2", "3"], ["2"], ["2"], ["3"]])
    #expect(
      try await fixture.failures().map { $0.document["KinesisBatchInfo"]?["batchSize"] } == [1])
    try await fixture.end()
  }

  struct Answer: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var answer: @Sendable (_ event: PropertyValue) -> PropertyValue
    /// The records that the function gets next, of `0 1 2 3`.
    var next: [String]
    init(
      _ description: String, next: [String],
      _ answer: @escaping @Sendable (_ event: PropertyValue) -> PropertyValue
    ) {
      testDescription = description
      self.answer = answer
      self.next = next
    }
  }

  private static func number(_ index: Int, _ event: PropertyValue) -> PropertyValue {
    event["Records"]?.listValue?[index]["kinesis"]?["sequenceNumber"] ?? .null
  }

  @Test(arguments: [
    Answer("null is success", next: []) { _ in .null },
    Answer("an empty answer is success", next: []) { _ in [:] },
    Answer("no failures are success", next: []) { _ in ["batchItemFailures": []] },
    Answer("null failures are success", next: []) { _ in ["batchItemFailures": .null] },
    Answer("from the failed record on", next: ["2", "3"]) {
      ["batchItemFailures": [["itemIdentifier": number(2, $0)]]]
    },
    Answer("the lowest number counts", next: ["1", "2", "3"]) {
      [
        "batchItemFailures": [
          ["itemIdentifier": number(3, $0)], ["itemIdentifier": number(1, $0)],
        ]
      ]
    },
    Answer("the first failed: all again", next: ["0", "1", "2", "3"]) {
      ["batchItemFailures": [["itemIdentifier": number(0, $0)]]]
    },
    Answer("an unknown number fails all", next: ["0", "1", "2", "3"]) { _ in
      ["batchItemFailures": [["itemIdentifier": "7"]]]
    },
    Answer("an empty identifier fails all", next: ["0", "1", "2", "3"]) { _ in
      ["batchItemFailures": [["itemIdentifier": ""]]]
    },
    Answer("a null identifier fails all", next: ["0", "1", "2", "3"]) { _ in
      ["batchItemFailures": [["itemIdentifier": .null]]]
    },
    Answer("a wrong key fails all", next: ["0", "1", "2", "3"]) {
      ["batchItemFailures": [["id": number(2, $0)]]]
    },
    Answer("text fails all", next: ["0", "1", "2", "3"]) { _ in "fine" },
  ]) func partialFailures(_ one: Answer) async throws {
    let fixture = try await MappingFixture()
    try await fixture.map(["FunctionResponseTypes": ["ReportBatchItemFailures"]])
    fixture.function.become { event, call in call == 1 ? one.answer(event) : .null }
    try await fixture.put(numbers(0..<4))
    await fixture.advance(60)
    let expected = [["0", "1", "2", "3"]] + (one.next.isEmpty ? [] : [one.next])
    #expect(fixture.function.batches == expected)
    try await fixture.end()
  }

  @Test func recordsThatAreTooOldAreGivenUp() async throws {
    let fixture = try await MappingFixture()
    try await fixture.map([
      "MaximumRecordAgeInSeconds": 60,
      "DestinationConfig": ["OnFailure": ["Destination": "arn:aws:s3:::failed"]],
    ])
    fixture.function.become { event, _ in
      if ScriptedFunction.data(event).contains("bad") { throw ScriptedFunction.Failed() }
      return .null
    }
    try await fixture.put(["bad"])
    await fixture.advance(300)
    try await fixture.put(["good"])
    #expect(fixture.function.batches.last == ["good"])
    let document = try #require(try await fixture.failures().first?.document)
    #expect(document["requestContext"]?["condition"] == "RecordAgeExpired")
    try await fixture.end()
  }
}
