import AWSModel
import Effects
import PropertyTree
import ServiceKit
import Lambda
import Testing

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
}
