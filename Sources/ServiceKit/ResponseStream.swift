import Synchronization

/// A function's response as it is written, between the process and the one who reads it.
public final class ResponseStream: Sendable {
  /// Bytes that wait for the reader before the writer is held up.
  public static let waitingBytesMax = 256 << 10

  private struct State {
    var contentType: String?
    var chunks: [[UInt8]] = []
    var waitingBytes = 0
    var isFinished = false
    /// Nobody reads any more: what comes is dropped.
    var isAbandoned = false
    var beginning: CheckedContinuation<String?, Never>?
    var reader: CheckedContinuation<[UInt8]?, Never>?
    var onRoom: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  public init() {}

  // MARK: The writer's side

  /// The process has begun to stream.
  public func begin(contentType: String) {
    let waiter = state.withLock { state in
      state.contentType = contentType
      defer { state.beginning = nil }
      return state.beginning
    }
    waiter?.resume(returning: contentType)
  }

  /// Takes bytes. Where it returns false the writer waits until `onRoom` is called, once.
  public func write(_ bytes: [UInt8], onRoom: @escaping @Sendable () -> Void) -> Bool {
    if bytes.isEmpty { return true }
    let (reader, hasRoom) = state.withLock {
      state -> (CheckedContinuation<[UInt8]?, Never>?, Bool) in
      if state.isAbandoned { return (nil, true) }
      if let reader = state.reader {
        state.reader = nil
        return (reader, true)
      }
      state.chunks.append(bytes)
      state.waitingBytes += bytes.count
      if state.waitingBytes < Self.waitingBytesMax { return (nil, true) }
      state.onRoom = onRoom
      return (nil, false)
    }
    reader?.resume(returning: bytes)
    return hasRoom
  }

  /// Nothing follows, whether or not anything was streamed. A second call does nothing.
  public func finish() {
    let (beginning, reader) = state.withLock { state in
      state.isFinished = true
      defer {
        state.beginning = nil
        state.reader = nil
      }
      return (state.beginning, state.reader)
    }
    beginning?.resume(returning: nil)
    reader?.resume(returning: nil)
  }

  // MARK: The reader's side

  /// The content type of a response once the process has begun to stream it; nil when the call
  /// ended without.
  public func begun() async -> String? {
    await withCheckedContinuation { continuation in
      let known = state.withLock { state -> String?? in
        if let type = state.contentType { return .some(type) }
        if state.isFinished { return .some(nil) }
        state.beginning = continuation
        return nil
      }
      if let known { continuation.resume(returning: known) }
    }
  }

  /// The next bytes, or nil at the end. One caller at a time.
  public func next() async -> [UInt8]? {
    await withCheckedContinuation { continuation in
      let (known, onRoom) = state.withLock { state -> ([UInt8]??, (@Sendable () -> Void)?) in
        if !state.chunks.isEmpty {
          let chunk = state.chunks.removeFirst()
          state.waitingBytes -= chunk.count
          guard state.waitingBytes < Self.waitingBytesMax else { return (.some(chunk), nil) }
          defer { state.onRoom = nil }
          return (.some(chunk), state.onRoom)
        }
        if state.isFinished { return (.some(nil), nil) }
        state.reader = continuation
        return (nil, nil)
      }
      onRoom?()
      if let known { continuation.resume(returning: known) }
    }
  }

  /// The reader is gone: the function goes on, and what it writes is dropped.
  public func abandon() {
    let onRoom = state.withLock { state in
      state.isAbandoned = true
      state.chunks = []
      state.waitingBytes = 0
      defer { state.onRoom = nil }
      return state.onRoom
    }
    onRoom?()
  }
}
