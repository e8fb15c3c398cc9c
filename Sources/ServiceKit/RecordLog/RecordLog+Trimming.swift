import AWSModel
import Effects

/// Forgetting records that are of no use any more, and giving their room on the disk back.
extension RecordLog {
  /// A last segment of at least this size is given back too where all of its records were read.
  private static let retiredBytesMin: Int64 = 1 << 20

  /// Forgets whole segments that hold only records before `index`. The last one goes, once nothing is
  /// being written, where it is large.
  public func trim(before index: UInt64) throws(ServiceError) {
    try drop { state in state.segments.dropLast().prefix { $0.endIndex <= index }.count }
    retire { last, capacity in
      last.endIndex <= index && max(capacity, last.endOffset) >= Self.retiredBytesMin
    }
  }

  /// Forgets whole segments whose records are all older than `horizon`; the last one too, once
  /// nothing is being written.
  public func trim(olderThan horizon: Timestamp) throws(ServiceError) {
    try drop { state in
      zip(state.segments, state.segments.dropFirst()).prefix { _, next in
        (next.firstTimestamp ?? .max) <= horizon.milliseconds
      }.count
    }
    retire { last, _ in last.lastTimestamp <= horizon.milliseconds }
  }

  private func drop(_ count: (State) -> Int) throws(ServiceError) {
    let paths = try opened { state -> [String] in
      let dropped = state.segments.prefix(count(state)).map(\.path)
      state.segments.removeFirst(dropped.count)
      return dropped
    }
    for path in paths {
      do { try effects.files.remove(path) } catch { throw Self.failure(error) }
    }
  }

  /// Puts an empty segment, which remembers the index, in the place of all of them where the last one
  /// is of no use any more.
  private func retire(
    _ isUseless: @escaping @Sendable (_ last: RecordSegment, _ capacity: Int64) -> Bool
  ) {
    @Sendable func base(_ state: State) -> UInt64? {
      guard state.isOpen, !state.isDeleted, let last = state.segments.last, !last.isEmpty,
        isUseless(last, state.activeCapacity)
      else { return nil }
      return last.endIndex
    }
    guard state.withLock({ base($0) }) != nil else { return }
    // Between two rounds, so that none writes into what goes.
    flusher.perform { [self] in
      guard let base = state.withLock({ base($0) }) else { return }
      do throws(FileFailure) { try restart(at: base) } catch {
        if let failure = StorageFailure(error) { report(failure) }
      }
    }
  }

  private func restart(at base: UInt64) throws(FileFailure) {
    let path = "\(directory)/\(RecordSegment.name(base))"
    let file = try effects.files.open(path, .update)
    if try file.size > 0 { try file.truncate(0) }
    if options.isDurable { try effects.files.syncDirectory(of: path) }
    effects.crashPoint("records.restarted")
    let dropped = state.withLock { state -> [String] in
      if state.isDeleted { return [] }
      let dropped = state.segments.map(\.path)
      var segment = RecordSegment(baseIndex: base, path: path, endIndex: base)
      segment.isIndexed = true
      state.segments = [segment]
      state.active = nil
      state.activeCapacity = 0
      return dropped
    }
    for path in dropped { try effects.files.remove(path) }
  }
}
