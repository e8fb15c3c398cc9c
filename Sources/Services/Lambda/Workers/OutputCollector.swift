import Effects
import PropertyTree
import ServiceKit
import Synchronization

/// Turns the output of one function process into log lines, and keeps the tail of the invocation
/// under way.
final class OutputCollector: Sendable {
  /// CloudWatch Logs' limit of an event, less its overhead; a longer line is cut into several.
  static let lineBytesMax = 262_118
  static let tailBytesMax = 4096

  private struct State {
    var partial: [UInt8] = []
    var tail: [UInt8] = []
    /// Sees every line of the invocation under way.
    var observer: (@Sendable (String) -> Void)?
    /// Bytes of all output so far.
    var takenCount = 0
    var isFinished = false
    var waiters: [(count: Int, slot: ResumeOnce)] = []
  }

  private let state = Mutex(State())
  private let clock: any Clock
  private let relay: LogRelay
  private let destination: LogDestination
  private let logging: FunctionLogging?

  /// - Parameter logging: nil for text, of which every line is kept.
  init(
    clock: any Clock, relay: LogRelay, destination: LogDestination,
    logging: FunctionLogging? = nil
  ) {
    self.clock = clock
    self.relay = relay
    self.destination = destination
    self.logging = logging
  }

  /// Reads to the end of the output.
  func collect(_ output: AsyncStream<[UInt8]>) async {
    for await chunk in output {
      take(chunk)
      await relay.room()
    }
    let (rest, waiters) = state.withLock { state in
      state.isFinished = true
      defer {
        state.partial = []
        state.waiters = []
      }
      return (state.partial, state.waiters)
    }
    if !rest.isEmpty { write(rest) }
    for waiter in waiters { waiter.slot.resume() }
  }

  /// - Parameter observer: sees every line that is kept from now on, without its line end.
  func beginInvocation(observer: (@Sendable (String) -> Void)? = nil) {
    state.withLock { state in
      state.tail = []
      state.observer = observer
    }
  }

  /// Adds a line of Lambda's own (START, END, REPORT), without its newline.
  ///
  /// - Parameter mayWait: true where another one follows, with which it is kept.
  func add(_ line: String, mayWait: Bool = false) { write(Array(line.utf8), mayWait: mayWait) }

  var tail: String {
    state.withLock { String(decoding: $0.tail, as: UTF8.self) }
  }

  /// Returns when so many bytes of the process's output are lines (all of it where `count` is nil), or
  /// after `limit` milliseconds: it may be left to a process that outlives the function's.
  func waitForEnd(upTo count: Int?, limit: Int64, timer: any RealTimer) async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let slot = ResumeOnce(continuation)
      let isOver = state.withLock { state in
        if state.isFinished || count.map({ state.takenCount >= $0 }) ?? false { return true }
        state.waiters.append((count ?? .max, slot))
        return false
      }
      if isOver { return slot.resume() }
      let handle = timer.after(milliseconds: limit) { slot.resume() }
      slot.onResume { handle.cancel() }
    }
    // The rest without the end of a line is one all the same.
    let rest = state.withLock { state in
      defer { state.partial = [] }
      return state.partial
    }
    if !rest.isEmpty { writeOwn(rest) }
  }

  private func take(_ chunk: [UInt8]) {
    let lines = state.withLock { state -> [[UInt8]] in
      var lines: [[UInt8]] = []
      for byte in chunk {
        if byte == 0x0A {
          lines.append(state.partial)
          state.partial = []
        } else {
          state.partial.append(byte)
          if state.partial.count >= Self.lineBytesMax {
            lines.append(state.partial)
            state.partial = []
          }
        }
      }
      return lines
    }
    for line in lines { writeOwn(line) }
    let waiters = state.withLock { state in
      state.takenCount += chunk.count
      let taken = state.takenCount
      defer { state.waiters.removeAll { $0.count <= taken } }
      return state.waiters.filter { $0.count <= taken }
    }
    for waiter in waiters { waiter.slot.resume() }
  }

  /// Writes a line of the function's, unless it is a JSON document with a time and a level below the
  /// one that is kept.
  private func writeOwn(_ line: [UInt8]) {
    if let logging, line.first == UInt8(ascii: "{") {
      do {
        let document = try JSONReader.read(line)
        if document["timestamp"] != nil, let level = document["level"]?.stringValue,
          !logging.writes(application: level)
        {
          return
        }
      } catch {
        // A line that only begins like JSON is text.
      }
    }
    write(line)
  }

  private func write(_ line: [UInt8], mayWait: Bool = false) {
    // Bootstraps send newlines inside a message as carriage returns.
    var bytes = line
    while bytes.last == 0x0D { bytes.removeLast() }
    for index in bytes.indices where bytes[index] == 0x0D { bytes[index] = 0x0A }
    bytes.append(0x0A)
    let text = String(decoding: bytes, as: UTF8.self)
    let observer = state.withLock { state in
      state.tail += bytes
      let excess = state.tail.count - Self.tailBytesMax
      if excess > 0 { state.tail.removeFirst(excess) }
      return state.observer
    }
    observer?(String(text.dropLast()))
    let message = LogMessage(timestamp: clock.now, message: text)
    relay.append(message, to: destination, mayWait: mayWait)
  }
}
