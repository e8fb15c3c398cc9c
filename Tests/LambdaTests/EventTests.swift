import AWSModel
import Effects
import PropertyTree
import ServiceKit
import Testing

@testable import Lambda

/// Asynchronous invocations.
@Suite struct EventTests {
  /// Writes a line into a file for each attempt, and fails while the event says so.
  private let source = """
    import os
    def handler(event, context):
        with open(event["file"], "a") as f: f.write(context.aws_request_id + "\\n")
        if event.get("fails"): raise ValueError("no")
    """

  private func attempts(_ file: String) throws -> [String] {
    let files = LiveFileSystem()
    guard files.exists(file) else { return [] }
    return String(decoding: try files.read(file), as: UTF8.self).split(separator: "\n")
      .map(String.init)
  }

  private func send(_ fixture: Fixture, _ payload: PropertyValue) async throws {
    let output = try await fixture.call(
      "Invoke", ["FunctionName": "f", "InvocationType": "Event"], body: JSONWriter.bytes(payload))
    #expect(output.status == 202)
  }

  @Test func anEventRunsOnceWhenItSucceeds() async throws {
    let fixture = try Fixture()
    let file = "\(fixture.directory)/out"
    try await fixture.deploy("f", runtime: "python3.11", source)
    try await send(fixture, ["file": .string(file)])
    await fixture.service.waitUntilIdle()
    #expect(try attempts(file).count == 1)
    await fixture.clock.advance(milliseconds: 600_000)
    #expect(try attempts(file).count == 1)
    try await fixture.close()
  }

  @Test func aFailedEventIsTriedThreeTimesUnderOneRequestID() async throws {
    let fixture = try Fixture()
    let file = "\(fixture.directory)/out"
    try await fixture.deploy("f", runtime: "python3.11", source)
    try await send(fixture, ["file": .string(file), "fails": true])
    await fixture.service.waitUntilIdle()
    #expect(try attempts(file).count == 1)
    await fixture.clock.advance(milliseconds: 59_999)
    #expect(try attempts(file).count == 1)
    await fixture.clock.advance(milliseconds: 1)
    #expect(try attempts(file).count == 2)
    await fixture.clock.advance(milliseconds: 600_000)
    #expect(try attempts(file).count == 3)
    #expect(Set(try attempts(file)).count == 1)
    try await fixture.close()
  }

  @Test func anAcceptedEventOutlivesAShutdown() async throws {
    let fixture = try Fixture()
    let file = "\(fixture.directory)/out"
    try await fixture.deploy("f", runtime: "python3.11", source)
    await fixture.service.stop()
    try await send(fixture, ["file": .string(file)])
    try await fixture.close(keepingFiles: true)
    #expect(try attempts(file).isEmpty)
    let next = try Fixture(in: fixture.directory)
    try await next.service.start()
    await next.service.waitUntilIdle()
    #expect(try attempts(file).count == 1)
    try await next.close()
  }

  // MARK: Configuration

  @Test func retriesAndAgeAreTheConfigurations() async throws {
    let fixture = try Fixture()
    let file = "\(fixture.directory)/out"
    try await fixture.deploy("f", runtime: "python3.11", source)
    _ = try await fixture.call(
      "PutFunctionEventInvokeConfig", ["FunctionName": "f", "MaximumRetryAttempts": 0])
    try await send(fixture, ["file": .string(file), "fails": true])
    await fixture.service.waitUntilIdle()
    await fixture.clock.advance(milliseconds: 600_000)
    #expect(try attempts(file).count == 1)
    let changed = try await fixture.call(
      "UpdateFunctionEventInvokeConfig", ["FunctionName": "f", "MaximumEventAgeInSeconds": 60]
    ).members
    #expect(changed["MaximumRetryAttempts"] == 0 && changed["MaximumEventAgeInSeconds"] == 60)
    let replaced = try await fixture.call(
      "PutFunctionEventInvokeConfig", ["FunctionName": "f", "MaximumEventAgeInSeconds": 60]
    ).members
    #expect(replaced["MaximumRetryAttempts"] == nil)
    try await send(fixture, ["file": .string(file), "fails": true])
    await fixture.service.waitUntilIdle()
    await fixture.clock.advance(milliseconds: 600_000)
    // The second attempt is due after 60 seconds, the third after 180, which is too late.
    #expect(try attempts(file).count == 3)
    try await fixture.close()
  }

  @Test func destinationsGetARecord() async throws {
    let fixture = try Fixture()
    let file = "\(fixture.directory)/out"
    let record = "\(fixture.directory)/record"
    try await fixture.deploy("f", runtime: "python3.11", source)
    try await fixture.deploy(
      "taker", runtime: "python3.11",
      """
      import json
      def handler(event, context):
          with open("\(record)", "a") as f: f.write(json.dumps(event) + "\\n")
      """)
    let taker: PropertyValue = "arn:aws:lambda:eu-west-1:111122223333:function:taker"
    _ = try await fixture.call(
      "PutFunctionEventInvokeConfig",
      [
        "FunctionName": "f", "MaximumRetryAttempts": 1,
        "DestinationConfig": [
          "OnSuccess": ["Destination": taker], "OnFailure": ["Destination": taker],
        ],
      ])
    try await send(fixture, ["file": .string(file)])
    try await send(fixture, ["file": .string(file), "fails": true])
    await fixture.settle()
    await fixture.clock.advance(milliseconds: 60_000)
    await fixture.settle()
    let records = try attempts(record).map { try JSONReader.read($0) }
    #expect(records.count == 2)
    let success = records.first { $0["requestContext"]?["condition"] == "Success" }
    let failure = records.first { $0["requestContext"]?["condition"] == "RetriesExhausted" }
    #expect(success?["responsePayload"] == .null && success?["version"] == "1.0")
    #expect(success?["responseContext"] == ["statusCode": 200, "executedVersion": "$LATEST"])
    #expect(failure?["requestContext"]?["approximateInvokeCount"] == 2)
    #expect(
      failure?["requestContext"]?["functionArn"]
        == "arn:aws:lambda:eu-west-1:111122223333:function:f:$LATEST")
    #expect(failure?["responseContext"]?["functionError"] == "Unhandled")
    #expect(failure?["responsePayload"]?["errorType"] == "ValueError")
    #expect(failure?["requestPayload"]?["fails"] == true)
    try await fixture.close()
  }

  @Test func refusalsOfConfigurations() async throws {
    let fixture = try Fixture()
    try await fixture.deploy("f", runtime: "python3.11", source)
    func destination(_ arn: String) -> PropertyObject {
      [
        "FunctionName": "f",
        "DestinationConfig": ["OnFailure": ["Destination": .string(arn)]],
      ]
    }
    let cases: [(String, PropertyObject, String)] = [
      (
        "PutFunctionEventInvokeConfig", ["FunctionName": "f"],
        "InvalidParameterValueException: You must specify at least one of"
      ),
      (
        "GetFunctionEventInvokeConfig", ["FunctionName": "f"],
        "ResourceNotFoundException: The function arn:aws:lambda:eu-west-1:111122223333:function:f:"
          + "$LATEST doesn't have an EventInvokeConfig"
      ),
      (
        "PutFunctionEventInvokeConfig", destination("arn:aws:sqs:eu-west-1:111122223333:q"),
        "UnsupportedOperation: Leat does not support sending events to"
      ),
      (
        "PutFunctionEventInvokeConfig",
        destination("arn:aws:kinesis:eu-west-1:111122223333:stream/s"),
        "InvalidParameterValueException: The provided destination config"
      ),
      (
        "PutFunctionEventInvokeConfig",
        destination("arn:aws:lambda:eu-west-1:111122223333:function:f"),
        "InvalidParameterValueException: You can't specify the function as a destination for itself."
      ),
      (
        "PutFunctionEventInvokeConfig", ["FunctionName": "g", "MaximumRetryAttempts": 1],
        "ResourceNotFoundException"
      ),
    ]
    for (operation, members, expected) in cases {
      let fault = await VersionTests.fault { _ = try await fixture.call(operation, members) }
      #expect(fault?.hasPrefix(expected) == true, "\(operation): \(fault ?? "nothing")")
    }
    try await fixture.close()
  }
}
