import AWSModel
import Effects

/// Readers that have read everything are woken, so that nobody asks again and again.
extension RecordLog {
  typealias Wake = @Sendable () -> Void

  struct Sleeper: Sendable {
    var index: UInt64
    var wake: Wake
  }

  /// Calls `wake` once, on any thread: when a record can be read at `index`, or when none will come
  /// any more, because the log is sealed and ends there, or is deleted. At once where that is so
  /// already, or where the log can't be opened: the read says why.
  ///
  /// - Parameter wake: must return at once; it may not call the log.
  /// - Returns: cancels the wait. A cancelled one may still be called if it was on its way.
  public func whenReadable(at index: UInt64, _ wake: @escaping @Sendable () -> Void) -> TimerHandle
  {
    let number = state.withLock { state -> UInt64? in
      // The reader meets the same failure and words it.
      do throws(ServiceError) { try open(&state) } catch { return nil }
      guard !state.isReadable(at: index) else { return nil }
      defer { state.nextSleeper += 1 }
      state.sleepers[state.nextSleeper] = Sleeper(index: index, wake: wake)
      return state.nextSleeper
    }
    guard let number else {
      wake()
      return TimerHandle {}
    }
    return TimerHandle { [weak self] in
      self?.state.withLock { state in state.sleepers[number] = nil }
    }
  }
}

extension RecordLog.State {
  /// True where a read from `index` yields a record, or the end.
  fileprivate func isReadable(at index: UInt64) -> Bool {
    isDeleted || durableEnd > index || (isSealed && index >= nextIndex)
  }

  /// Takes out those who wait no longer; they are called outside of the lock.
  mutating func takeWakes() -> [RecordLog.Wake] {
    if sleepers.isEmpty { return [] }
    let ready = sleepers.filter { isReadable(at: $0.value.index) }.sorted { $0.key < $1.key }
    for sleeper in ready { sleepers[sleeper.key] = nil }
    return ready.map(\.value.wake)
  }
}
