import AWSModel
import Effects

/// Opening and writing: what happens between the log's memory and its files.
extension RecordLog {
  /// Runs `body` under the lock on an opened log.
  func opened<T>(_ body: (inout State) -> T) throws(ServiceError) -> T {
    let result = state.withLock { state -> Result<Unguarded<T>, ServiceError> in
      do throws(ServiceError) { try open(&state) } catch { return .failure(error) }
      return .success(Unguarded(value: body(&state)))
    }
    return try result.get().value
  }

  /// Carries a result out of the lock. The bodies hand out copies of values only, never the state.
  struct Unguarded<T>: @unchecked Sendable { var value: T }

  /// Finds the segments, scans the last one and cuts what a crash has torn off.
  func open(_ state: inout State) throws(ServiceError) {
    if state.isDeleted { throw Self.deleted }
    if state.isOpen { return }
    do throws(FileFailure) { try load(&state) } catch { throw Self.failure(error) }
  }

  private func load(_ state: inout State) throws(FileFailure) {
    var bases: [UInt64] = []
    for name in try effects.files.list(directory) {
      if let base = try RecordSegment.baseIndex(ofName: name, in: directory) { bases.append(base) }
    }
    bases.sort()
    var segments = bases.map { base in
      RecordSegment(
        baseIndex: base, path: "\(directory)/\(RecordSegment.name(base))", endIndex: base)
    }
    for position in segments.indices.dropLast() {
      segments[position].endIndex = segments[position + 1].baseIndex
      segments[position].firstTimestamp = try firstTimestamp(of: segments[position].path)
    }
    if var last = segments.popLast() {
      _ = try last.index(in: effects.files, upTo: nil)
      try settle(last)
      state.nextIndex = last.endIndex
      state.lastTimestamp = last.isEmpty ? .min : last.lastTimestamp
      segments.append(last)
    }
    state.durableEnd = state.nextIndex
    state.segments = segments
    state.isOpen = true
  }

  /// Makes the last segment what it is taken for.
  private func settle(_ last: RecordSegment) throws(FileFailure) {
    let isLonger = try effects.files.size(last.path) > last.endOffset
    guard isLonger || !last.isEmpty else { return }
    let file = try effects.files.open(last.path, .update)
    // Whatever stands behind the last whole record was never acknowledged. It is cut, so that it can't
    // come back to life behind records that are appended later.
    if isLonger { try file.truncate(last.endOffset) }
    // Records that a killed process wrote and did not sync can be read from now on. They must not go
    // with the next loss of power: others would get their indices, behind the readers' backs.
    if options.isDurable { try file.sync() }
  }

  private func firstTimestamp(of path: String) throws(FileFailure) -> Int64? {
    let header = try effects.files.open(path, .read).read(at: 0, count: RecordBatch.headerBytes)
    guard header.count == RecordBatch.headerBytes else { return nil }
    return header.withUnsafeBytes {
      Int64(littleEndian: $0.loadUnaligned(fromByteOffset: 16, as: Int64.self))
    }
  }

  /// Writes what is pending behind the active segment's end; on the flusher's thread. nil when
  /// there is nothing (a deleted log).
  func writePending() -> Round? {
    let (pending, target) = state.withLock { state in
      state.isQueued = false
      defer { state.pending = Pending() }
      let end = state.segments.last?.endOffset ?? 0
      let fits = end + Int64(state.pending.bytes.count) <= state.activeCapacity
      return (state.pending, fits ? state.active.map { ($0, end) } : nil)
    }
    if pending.waiters.isEmpty { return nil }
    var round = Round(pending: pending, file: nil)
    do throws(FileFailure) {
      let (file, offset): (any FileHandle, Int64)
      if let target {
        (file, offset) = target
      } else {
        (file, offset) = try roll(for: Int64(pending.bytes.count))
      }
      round.file = file
      try Self.write(pending.bytes, to: file, at: offset)
      effects.crashPoint("records.written")
    } catch { round.failure = error }
    return round
  }

  private static func write(_ bytes: [UInt8], to file: any FileHandle, at offset: Int64)
    throws(FileFailure)
  {
    let result = bytes.withUnsafeBytes { raw -> Result<Void, FileFailure> in
      do throws(FileFailure) { return .success(try file.write(raw, at: offset)) } catch {
        return .failure(error)
      }
    }
    try result.get()
  }

  /// From this size of a round on, its segment is reserved rather than zeroed.
  private static let reservedRoundBytesMin: Int64 = 128 << 10

  /// Begins a new segment, large enough for `byteCount`; seals the one before.
  private func roll(for byteCount: Int64) throws(FileFailure) -> (any FileHandle, Int64) {
    let (base, number, reuses) = state.withLock { state in
      (
        state.durableEnd, state.segments.count,
        state.segments.last.map { $0.isEmpty } ?? false
      )
    }
    let grown = options.segmentBytesFirst << Int64(2 * min(number, 8))
    var capacity = max(min(grown, options.segmentBytesMax), byteCount)
    let path = "\(directory)/\(RecordSegment.name(base))"
    if number == 0 { try effects.files.createDirectory(directory) }
    // A round that failed may have left the file, full of bytes that were never acknowledged.
    let file = try effects.files.open(path, .update)
    do throws(FileFailure) {
      capacity = try prepare(file, wanted: capacity, least: byteCount)
      if options.isDurable { try effects.files.syncDirectory(of: path) }
    } catch {
      giveBack(file)
      throw error
    }
    effects.crashPoint("records.segment-made")
    let made = capacity
    state.withLock { state in
      guard !state.isDeleted else { return }
      if reuses { state.segments.removeLast() }
      var segment = RecordSegment(baseIndex: base, path: path, endIndex: base)
      segment.isIndexed = true
      state.segments.append(segment)
      state.active = file
      state.activeCapacity = made
    }
    return (file, 0)
  }

  /// Makes the file `wanted` bytes large, or `least` where the disk has no room for more: a round
  /// that fits is taken. Returns its size.
  private func prepare(_ file: any FileHandle, wanted: Int64, least: Int64) throws(FileFailure)
    -> Int64
  {
    if try file.size > 0 { try file.truncate(0) }
    guard options.isDurable else { return wanted }
    do throws(FileFailure) {
      try extend(file, to: wanted, firstRoundBytes: least)
      return wanted
    } catch {
      guard error.diskFault == .full, least < wanted else { throw error }
      try file.truncate(0)
      try extend(file, to: least, firstRoundBytes: least)
      return least
    }
  }

  private func extend(_ file: any FileHandle, to size: Int64, firstRoundBytes: Int64)
    throws(FileFailure)
  {
    // Zeroes written ahead keep small syncs free of metadata. Large rounds sync seldom, and there
    // the zeroes would be a quarter of all the work.
    if firstRoundBytes >= Self.reservedRoundBytesMin {
      try file.reserve(size)
    } else {
      try file.preallocate(size)
    }
  }

  /// Frees the space of a segment that could not be made. The empty file is used by the next round,
  /// or found empty at the next open.
  private func giveBack(_ file: any FileHandle) {
    do throws(FileFailure) { try file.truncate(0) } catch {
      // The next round cuts it again, before it writes.
      effects.crashPoint("records.cut-failed")
    }
  }

  /// Syncs a round, makes its records visible and answers the appenders.
  func finish(_ written: Round) {
    var round = written
    if round.failure == nil, options.isDurable, let file = round.file {
      do throws(FileFailure) { try file.sync() } catch { round.failure = error }
    }
    effects.crashPoint("records.synced")
    if let failure = round.failure { return abandon(round, failure) }
    let (isGone, wakes) = state.withLock { state -> (Bool, [Wake]) in
      guard !state.isDeleted, var segment = state.segments.popLast() else { return (true, []) }
      let pending = round.pending
      if !pending.bytes.isEmpty {
        if segment.isEmpty { segment.firstTimestamp = pending.firstTimestamp }
        segment.marks += pending.marks.map {
          .init(index: $0.index, timestamp: $0.timestamp, offset: $0.offset + segment.endOffset)
        }
        segment.endOffset += Int64(pending.bytes.count)
        segment.endIndex = pending.endIndex
        segment.lastTimestamp = pending.lastTimestamp
        state.durableEnd = pending.endIndex
      }
      state.segments.append(segment)
      return (false, state.takeWakes())
    }
    for waiter in round.pending.waiters {
      waiter.completion(isGone ? .failure(Self.deleted) : .success(waiter.receipt))
    }
    for wake in wakes { wake() }
  }

  /// A write or sync failed: nothing of the round counts, nor what was appended behind it, because
  /// its indices would leave a gap. The segment is sealed where it last was whole.
  private func abandon(_ round: Round, _ failure: FileFailure) {
    let (behind, file, end, wakes) = state.withLock { state in
      let left = (state.pending.waiters, state.active, state.segments.last?.endOffset ?? 0)
      state.pending = Pending()
      state.nextIndex = state.durableEnd
      state.active = nil
      // A sealed log may have come to its end by losing what was on the way.
      return (left.0, left.1, left.2, state.takeWakes())
    }
    let error = Self.failure(failure)
    if let failure = StorageFailure(failure) { report(failure) }
    if let file {
      do throws(FileFailure) { try file.truncate(end) } catch {
        // The next segment's name tells where this one ends; nothing depends on the cut.
        effects.crashPoint("records.cut-failed")
      }
    }
    for waiter in round.pending.waiters + behind { waiter.completion(.failure(error)) }
    for wake in wakes { wake() }
  }
}
