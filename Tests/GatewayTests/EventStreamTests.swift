import AWSModel
import Effects
import PropertyTree
import ServiceKit
import Synchronization
import Testing

/// Event streams over the port, read by botocore.
@Suite struct EventStreamTests {
  /// `SubscribeToShard` of Kinesis' interface: so many events, then a fault if one is asked for.
  struct Subscription: Service {
    static let traits = ServiceTraits(
      "kinesis", .json11, alsoSpeaks: [.cbor11],
      targetPrefix: "Kinesis_20131202")

    var operations: [Operation] {
      [
        Operation(name: "SubscribeToShard") { input, _ in
          let fails = input.members["ShardId"] == "shardId-000000000001"
          return OperationOutput(
            events: EventStream(
              AsyncThrowingStream<StreamEvent, any Error> { continuation in
                for number in 1...3 { continuation.yield(Self.event(number)) }
                continuation.finish(
                  throwing: fails
                    ? ServiceError("ResourceInUseException", "Another consumer reads.") : nil)
              }))
        }
      ]
    }

    static func event(_ number: Int) -> StreamEvent {
      StreamEvent(
        "SubscribeToShardEvent",
        members: [
          "Records": [
            [
              "SequenceNumber": .string("\(number)"), "PartitionKey": "k", "Data": "AQI=",
              "ApproximateArrivalTimestamp": .double(1_700_000_000.25),
            ]
          ], "ContinuationSequenceNumber": .string("\(number)"), "MillisBehindLatest": 0,
        ],
        shape: .structure([
          "Records": .list(
            .structure(["Data": .blob, "ApproximateArrivalTimestamp": .timestamp]))
        ]))
    }
  }

  /// `InvokeWithResponseStream` of Lambda's interface: pieces of bytes, then how it ended.
  struct Streaming: Service {
    static let traits = ServiceTraits("lambda", .restJSON)

    var operations: [Operation] {
      [
        Operation(
          name: "InvokeWithResponseStream",
          http: HTTPTrait(
            "POST", "/2021-11-15/functions/{FunctionName}/response-streaming-invocations",
            output: ["ExecutedVersion": .header("X-Amz-Executed-Version")])
        ) { _, _ in
          OperationOutput(
            members: ["ExecutedVersion": "7"],
            events: EventStream(
              AsyncThrowingStream<StreamEvent, any Error> { continuation in
                continuation.yield(StreamEvent("PayloadChunk", payload: Array("one".utf8)))
                continuation.yield(StreamEvent("PayloadChunk", payload: [0, 255]))
                continuation.yield(
                  StreamEvent("InvokeComplete", members: ["LogResult": "bG9n"]))
                continuation.finish()
              }))
        }
      ]
    }
  }

  static let records: [PropertyValue] = ["1", "2", "3"].map {
    ["SubscribeToShardEvent": ["number": $0, "data": "0102", "at": .double(1_700_000_000.25)]]
  }

  @Test func botocoreReadsEvents() async throws {
    try await withGateway([Subscription()]) { port in
      let lines = try await wireClient("subscribe", port: port)
      #expect(lines == Self.records)
    }
  }

  @Test func aFaultInTheStreamIsAnException() async throws {
    try await withGateway([Subscription()]) { port in
      let lines = try await wireClient("subscribe-fails", port: port)
      #expect(
        lines == Self.records + [["ResourceInUseException": "Another consumer reads."]])
    }
  }

  @Test func botocoreReadsPayloadsOfARESTService() async throws {
    try await withGateway([Streaming()]) { port in
      let lines = try await wireClient("invoke", port: port)
      #expect(
        lines == [
          ["ExecutedVersion": "7"], ["PayloadChunk": "6f6e65"], ["PayloadChunk": "00ff"],
          ["InvokeComplete": "bG9n"],
        ])
    }
  }

  @Test func messagesInCBOR() async throws {
    try await withGateway([Subscription()]) { port in
      let lines = try await wireClient("subscribe-cbor", port: port)
      #expect(
        lines == [["initial-response": .object([:])]] + Self.records)
    }
  }

  /// Counts how far a stream was read.
  final class Tap: Sendable {
    let count = Mutex(0)
    let ended = AsyncStream<Void>.makeStream()
  }

  /// Endless events of 64 KiB.
  struct Endless: AsyncSequence, Sendable {
    typealias Element = StreamEvent
    typealias Failure = any Error
    let tap: Tap

    struct Iterator: AsyncIteratorProtocol {
      let end: End
      mutating func next() async throws -> StreamEvent? {
        end.tap.count.withLock { $0 += 1 }
        return StreamEvent("Chunk", payload: [UInt8](repeating: 7, count: 64 << 10))
      }
    }

    final class End: Sendable {
      let tap: Tap
      init(_ tap: Tap) { self.tap = tap }
      deinit { tap.ended.continuation.yield() }
    }

    func makeAsyncIterator() -> Iterator { Iterator(end: End(tap)) }
  }

  struct Fountain: Service {
    static let traits = ServiceTraits("flow", .json11, targetPrefix: "Flow_1")
    let tap: Tap
    var operations: [Operation] {
      [Operation(name: "Flow") { _, _ in OperationOutput(events: EventStream(Endless(tap: tap))) }]
    }
  }

  /// A client that reads little makes the stream wait, and one that goes ends it.
  @Test func theClientSetsThePace() async throws {
    let tap = Tap()
    try await withGateway([Fountain(tap: tap), EchoService()]) { port in
      try await RawClient.connected(to: port) { client in
        try await client.send(
          GatewayTests.post("Flow", "{}").replacing("Echo_1.", with: "Flow_1."))
        #expect(try await client.receive(hasBody: false)?.status == 200)
        // Time in which a stream that nothing holds back would run on.
        try await RawClient.connected(to: port) { other in
          for _ in 0..<300 {
            try await other.send(GatewayTests.post("Slow", "{}"))
            #expect(try await other.receive()?.status == 200)
          }
        }
      }
      var ends = tap.ended.stream.makeAsyncIterator()
      await ends.next()
      // The sockets' buffers bound the number, not what the stream could make in the meantime.
      #expect(tap.count.withLock { $0 } < 1000)
    }
  }
}
