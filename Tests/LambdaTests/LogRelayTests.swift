import AWSModel
import Effects
import ServiceKit
import Synchronization
import Testing

@testable import Lambda

/// Lines that may wait go together with those that may not.
struct LogRelayTests {
  /// A timer whose moments come when they are told to.
  private final class HandTimer: RealTimer {
    private let works = Mutex<[@Sendable () async -> Void]>([])
    var nanoseconds: Int64 { 0 }
    var epochMilliseconds: Int64 { 0 }
    var count: Int { works.withLock { $0.count } }

    func after(milliseconds: Int64, _ work: @escaping @Sendable () async -> Void) -> TimerHandle {
      works.withLock { $0.append(work) }
      return TimerHandle {}
    }

    func fire() async {
      let due = works.withLock { works in
        defer { works = [] }
        return works
      }
      for work in due { await work() }
    }
  }

  /// Keeps what comes at once as one entry; holds a writer up until it is let go.
  private final class Sink: LogSink {
    let batches = Mutex<[[String]]>([])
    let gate = Mutex<AsyncStream<Void>?>(nil)

    func append(
      _ messages: [LogMessage], group: String, stream: String, scope: Scope
    ) async throws {
      batches.withLock { $0.append(messages.map(\.message)) }
      if let gate = gate.withLock({ $0 }) { for await _ in gate {} }
    }

    var all: [[String]] { batches.withLock { $0 } }
  }

  private let timer = HandTimer()
  private let sink = Sink()
  private let relay: LogRelay

  init() {
    let sink = sink
    relay = LogRelay(sink: { sink }, report: { Issue.record("\($0)") }, timer: timer)
  }

  private func add(_ line: String, mayWait: Bool) {
    relay.append(
      LogMessage(timestamp: Timestamp(milliseconds: 0), message: line),
      to: LogDestination(scope: .standard, group: "g", stream: "s"), mayWait: mayWait)
  }

  @Test func linesWaitForTheOneThatMayNot() async {
    add("START", mayWait: true)
    add("END", mayWait: true)
    #expect(sink.all.isEmpty)
    add("REPORT", mayWait: false)
    await relay.flush()
    #expect(sink.all == [["START", "END", "REPORT"]])
    // Its moment comes when nothing is left, and the next line has one of its own.
    await timer.fire()
    add("START", mayWait: true)
    #expect(timer.count == 1)
    await timer.fire()
    #expect(sink.all == [["START", "END", "REPORT"], ["START"]])
  }

  @Test func flushingWaitsForNothing() async {
    add("a", mayWait: true)
    await relay.flush()
    #expect(sink.all == [["a"]])
    await relay.flush()
    #expect(sink.all == [["a"]])
  }

  @Test func whatComesDuringAWriteWaitsAnew() async {
    let (gate, opener) = AsyncStream.makeStream(of: Void.self)
    sink.gate.withLock { $0 = gate }
    add("first", mayWait: false)
    while sink.all.isEmpty { await Task.yield() }
    add("second", mayWait: true)
    sink.gate.withLock { $0 = nil }
    opener.finish()
    while timer.count == 0 { await Task.yield() }
    #expect(sink.all == [["first"]])
    await timer.fire()
    #expect(sink.all == [["first"], ["second"]])
  }
}
