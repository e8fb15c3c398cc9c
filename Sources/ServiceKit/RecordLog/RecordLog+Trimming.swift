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
    let dropped = try opened { state -> [RecordSegment] in
      let dropped = Array(state.segments.prefix(count(state)))
      state.segments.removeFirst(dropped.count)
      return dropped
    }
    do { try remove(dropped) } catch { throw Self.failure(error) }
  }

  /// Removes the files of segments that nobody reads any more; those that stay are the log's again.
  private func remove(_ segments: [RecordSegment]) throws(FileFailure) {
    var rest = segments[...]
    do throws(FileFailure) {
      while let segment = rest.first {
        try effects.files.remove(segment.path)
        rest.removeFirst()
      }
    } catch {
      state.withLock { $0.segments.insert(contentsOf: $0.isDeleted ? [] : rest, at: 0) }
      throw error
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

  /// Once the new file may be there, everything goes into it: whoever opens the log takes the records
  /// of the one before to end where it begins.
  private func restart(at base: UInt64) throws(FileFailure) {
    let path = "\(directory)/\(RecordSegment.name(base))"
    let file = try effects.files.open(path, .update)
    state.withLock { state in
      guard !state.isDeleted else { return }
      var segment = RecordSegment(baseIndex: base, path: path, endIndex: base)
      segment.isIndexed = true
      state.segments.append(segment)
      state.active = nil
      state.activeCapacity = 0
    }
    // A failure from here on leaves the old files to the next trim.
    if try file.size > 0 { try file.truncate(0) }
    if options.isDurable { try effects.files.syncDirectory(of: path) }
    effects.crashPoint("records.restarted")
    let dropped = state.withLock { state in
      let dropped = Array(state.segments.prefix { $0.endIndex <= base && $0.path != path })
      state.segments.removeFirst(dropped.count)
      return dropped
    }
    try remove(dropped)
  }
}
