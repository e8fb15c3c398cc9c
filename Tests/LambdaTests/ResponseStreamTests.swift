import AWSModel
import PropertyTree
import ServiceKit
import Synchronization
import Testing

@testable import Lambda

@Suite struct ResponseStreamTests {
  @Test func bytesComeInOrderAndThenTheEnd() async {
    let stream = ResponseStream()
    stream.begin(contentType: "text/plain")
    #expect(stream.write([1, 2]) {})
    #expect(stream.write([3]) {})
    stream.finish()
    #expect(await stream.begun() == "text/plain")
    #expect(await stream.next() == [1, 2])
    #expect(await stream.next() == [3])
    #expect(await stream.next() == nil)
  }

  @Test func aReaderThatWaitsIsServed() async {
    let stream = ResponseStream()
    async let first = stream.next()
    stream.begin(contentType: "text/plain")
    _ = stream.write([7]) {}
    #expect(await first == [7])
  }

  @Test func aWriterIsHeldUpUntilThereIsRoom() async {
    let stream = ResponseStream()
    let calls = Mutex(0)
    let half = [UInt8](repeating: 0, count: ResponseStream.waitingBytesMax / 2)
    #expect(stream.write(half) { calls.withLock { $0 += 1 } })
    #expect(!stream.write(half) { calls.withLock { $0 += 1 } })
    #expect(calls.withLock { $0 } == 0)
    _ = await stream.next()
    #expect(calls.withLock { $0 } == 1)
    _ = await stream.next()
    #expect(calls.withLock { $0 } == 1)
  }

  @Test func aReaderWhoGoesHoldsNobodyUp() async {
    let stream = ResponseStream()
    let calls = Mutex(0)
    _ = stream.write([UInt8](repeating: 0, count: ResponseStream.waitingBytesMax)) {
      calls.withLock { $0 += 1 }
    }
    stream.abandon()
    #expect(calls.withLock { $0 } == 1)
    #expect(stream.write([UInt8](repeating: 0, count: ResponseStream.waitingBytesMax)) {})
  }

  @Test func aCallThatEndsWithoutStreamingSaysSo() async {
    let stream = ResponseStream()
    async let type = stream.begun()
    stream.finish()
    #expect(await type == nil)
    #expect(await stream.next() == nil)
  }
}

/// Calls that somebody watches, and events to play again.
@Suite struct ObservationTests {
  private let source = """
    import sys
    def handler(event, context):
        print("seen")
        if event.get("fails"): raise ValueError("no")
        return event
    """

  @Test func aWatchedCallTellsItsLogAndWhatItTook() async throws {
    let fixture = try Fixture()
    try await fixture.deploy("f", runtime: "python3.11", source)
    let call = ObservedCall(function: "f", payload: #"{"a":1}"#)
    let first = try await fixture.service.observe(call, scope: fixture.scope)
    #expect(first.payload == #"{"a": 1}"# && first.functionError == nil)
    #expect(first.log.first?.hasPrefix("INIT_START Runtime Version: python:3.") == true)
    #expect(first.log.dropFirst().first == "START RequestId: \(first.requestID) Version: $LATEST")
    #expect(first.log.contains("seen"))
    #expect(first.log.last?.hasPrefix("REPORT RequestId: ") == true)
    #expect(first.startMilliseconds != nil && first.milliseconds ?? 0 > 0)
    let second = try await fixture.service.observe(call, scope: fixture.scope)
    #expect(second.startMilliseconds == nil)
    try await fixture.close()
  }

  @Test func theLastFailedEventIsKeptSealedAndOutlivesARestart() async throws {
    let fixture = try Fixture()
    try await fixture.deploy("f", runtime: "python3.11", source)
    let replay = ObservedCall(function: "f", payload: nil)
    await #expect(throws: ServiceError.self) {
      try await fixture.service.observe(replay, scope: fixture.scope)
    }
    #expect(try await fixture.invoke("f", #"{"fails":1,"word":"swordfish"}"#).functionError != nil)
    _ = try await fixture.invoke("f", #"{"fine":true}"#)
    try await fixture.close(keepingFiles: true)
    let next = try Fixture(in: fixture.directory)
    let again = try await next.service.observe(replay, scope: next.scope)
    #expect(again.event == #"{"fails":1,"word":"swordfish"}"#)
    #expect(again.functionError == "Unhandled")
    for name in try next.effects.files.list(next.directory) where name.hasPrefix("leat.db") {
      let text = String(
        decoding: try next.effects.files.read("\(next.directory)/\(name)"), as: UTF8.self)
      #expect(!text.contains("swordfish"), "\(name)")
    }
    try await next.deploy("g", runtime: "python3.11", source)
    _ = try await next.call("DeleteFunction", ["FunctionName": "f"])
    await #expect(throws: ServiceError.self) {
      try await next.service.observe(replay, scope: next.scope)
    }
    try await next.close()
  }
}
