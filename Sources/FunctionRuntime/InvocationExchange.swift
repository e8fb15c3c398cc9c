import NIOCore
import ServiceKit
import Synchronization

/// The meeting place of the service's calls and the process's requests. Whoever comes first waits.
final class InvocationExchange: Sendable {
  /// Sends an invocation to a process that waits in `next`; false when its connection is gone.
  typealias Deliver = @Sendable (FunctionInvocation) -> Void

  /// The fate of a posted result.
  enum Acceptance: Sendable { case accepted, unknownRequest }

  private struct Call {
    var requestID: String
    var stream: ResponseStream?
    var caller: CheckedContinuation<FunctionAnswer, Never>
  }

  private struct State {
    var isClosed = false
    var start: FunctionStart?
    var startWaiters: [CheckedContinuation<FunctionStart, Never>] = []
    /// Invoked and not fetched yet.
    var pending: (invocation: FunctionInvocation, onDelivery: @Sendable () -> Void)?
    /// Fetched or pending; its caller waits here.
    var current: Call?
    var next: (connection: ObjectIdentifier, deliver: Deliver)?
    var connections: [ObjectIdentifier: any Channel] = [:]
  }

  private let state = Mutex(State())

  // MARK: The service's side

  func started() async -> FunctionStart {
    await withCheckedContinuation { continuation in
      let known = state.withLock { state -> FunctionStart? in
        if let start = state.start { return start }
        if state.isClosed { return .closed }
        state.startWaiters.append(continuation)
        return nil
      }
      if let known { continuation.resume(returning: known) }
    }
  }

  func invoke(
    _ invocation: FunctionInvocation, stream: ResponseStream?,
    onDelivery: @escaping @Sendable () -> Void
  ) async -> FunctionAnswer {
    await withCheckedContinuation { continuation in
      let (deliver, isRefused) = state.withLock { state -> (Deliver?, Bool) in
        // A second call at once is a fault of the caller's, and must not lose the first.
        if state.isClosed || state.current != nil { return (nil, true) }
        state.current = Call(
          requestID: invocation.requestID, stream: stream, caller: continuation)
        guard let next = state.next else {
          state.pending = (invocation, onDelivery)
          return (nil, false)
        }
        state.next = nil
        return (next.deliver, false)
      }
      if isRefused { return continuation.resume(returning: .undelivered) }
      guard let deliver else { return }
      onDelivery()
      deliver(invocation)
    }
  }

  func close() {
    let (waiters, caller, isUndelivered, connections) = state.withLock { state in
      state.isClosed = true
      defer {
        state.startWaiters = []
        state.current = nil
        state.pending = nil
        state.next = nil
        state.connections = [:]
      }
      return (
        state.startWaiters, state.current?.caller, state.pending != nil,
        Array(state.connections.values)
      )
    }
    for waiter in waiters { waiter.resume(returning: .closed) }
    caller?.resume(returning: isUndelivered ? .undelivered : .closed)
    for connection in connections { connection.close(promise: nil) }
  }

  // MARK: The process's side

  func connected(_ channel: any Channel) {
    let isClosed = state.withLock { state in
      if !state.isClosed { state.connections[ObjectIdentifier(channel)] = channel }
      return state.isClosed
    }
    if isClosed { channel.close(promise: nil) }
  }

  func disconnected(_ channel: any Channel) {
    state.withLock { state in
      state.connections[ObjectIdentifier(channel)] = nil
      if state.next?.connection == ObjectIdentifier(channel) { state.next = nil }
    }
  }

  /// The process asks for work: now, or by `deliver` once there is some.
  func next(on channel: any Channel, deliver: @escaping Deliver) {
    let (waiters, pending) = state.withLock { state in
      if state.start == nil { state.start = .ready }
      defer { state.startWaiters = [] }
      let pending = state.pending
      state.pending = nil
      if pending == nil { state.next = (ObjectIdentifier(channel), deliver) }
      return (state.startWaiters, pending)
    }
    for waiter in waiters { waiter.resume(returning: .ready) }
    guard let pending else { return }
    pending.onDelivery()
    deliver(pending.invocation)
  }

  func failedToStart(_ document: [UInt8]) {
    let waiters = state.withLock { state in
      if state.start == nil { state.start = .failed(document) }
      defer { state.startWaiters = [] }
      return state.startWaiters
    }
    for waiter in waiters { waiter.resume(returning: .failed(document)) }
  }

  /// The stream that the response of the call under way goes to, if its caller has one.
  func stream(of requestID: Substring) -> ResponseStream? {
    state.withLock { state in
      guard let current = state.current, current.requestID == requestID, state.pending == nil
      else { return nil }
      return current.stream
    }
  }

  func answered(_ requestID: Substring, _ answer: FunctionAnswer) -> Acceptance {
    let caller = state.withLock { state -> CheckedContinuation<FunctionAnswer, Never>? in
      guard let current = state.current, current.requestID == requestID, state.pending == nil
      else { return nil }
      state.current = nil
      return current.caller
    }
    guard let caller else { return .unknownRequest }
    caller.resume(returning: answer)
    return .accepted
  }
}
