import AWSModel
import Effects

extension RecordLog {
  /// The place where a read goes on: an open file and the bytes that hold records from `index` on.
  private struct Place: Sendable {
    var file: any FileHandle
    var offset: Int64
    var endOffset: Int64
    var index: UInt64
    var endIndex: UInt64
  }

  /// Hands acknowledged records to `body` in order, from `start` (or the oldest there is) on, until
  /// `body` returns false or the log ends. The payload is valid during the call only.
  public func read(
    from start: UInt64,
    _ body: (_ index: UInt64, _ timestamp: Timestamp, _ payload: UnsafeRawBufferPointer) -> Bool
  ) throws(ServiceError) {
    var next = start
    do throws(FileFailure) {
      while let place = try place(of: next) {
        guard let reached = try read(place, from: max(next, place.index), body) else { return }
        next = reached
      }
    } catch { throw Self.failure(error) }
  }

  /// The first record that is not older than `timestamp`, or `endIndex`.
  public func index(atOrAfter timestamp: Timestamp) throws(ServiceError) -> UInt64 {
    let wanted = timestamp.milliseconds
    let positioned = try opened { state -> Result<UInt64?, FileFailure> in
      do throws(FileFailure) {
        guard let first = state.segments.first, let oldest = first.firstTimestamp,
          oldest < wanted
        else { return .success(nil) }
        // The last segment that begins before the moment holds the boundary, or ends before it.
        let position =
          state.segments.lastIndex { ($0.firstTimestamp ?? .max) < wanted } ?? 0
        try indexSegment(position, &state)
        return .success(state.segments[position].mark(before: wanted)?.index)
      } catch { return .failure(error) }
    }
    let from: UInt64
    switch positioned {
    case .success(let known?): from = known
    case .success(nil): return try firstIndex()
    case .failure(let error): throw Self.failure(error)
    }
    var found: UInt64?
    try read(from: from) { index, timestamp, _ in
      if timestamp.milliseconds >= wanted { found = index }
      return found == nil
    }
    if let found { return found }
    return try endIndex()
  }

  /// The number of acknowledged records from `start` on, and the bytes of their payloads. Reads only
  /// up to the next mark of a segment.
  public func volume(from start: UInt64) throws(ServiceError) -> (
    records: Int, payloadBytes: Int64
  ) {
    let result = try opened { state -> Result<(Int, Int64, Range<UInt64>), FileFailure> in
      do throws(FileFailure) {
        var (records, bytes, unmarked) = (0, Int64(0), start..<start)
        for position in state.segments.indices where state.segments[position].endIndex > start {
          try indexSegment(position, &state)
          let segment = state.segments[position]
          records += Int(segment.endIndex - max(start, segment.baseIndex))
          let mark = segment.marks.first { $0.index >= start }
          let (index, offset) =
            mark.map { ($0.index, $0.offset) } ?? (segment.endIndex, segment.endOffset)
          bytes +=
            segment.endOffset - offset
            - Int64(segment.endIndex - index) * Int64(RecordBatch.headerBytes)
          if segment.baseIndex < start { unmarked = start..<index }
        }
        return .success((records, bytes, unmarked))
      } catch { return .failure(error) }
    }
    switch result {
    case .success((let records, var bytes, let unmarked)):
      guard !unmarked.isEmpty else { return (records, bytes) }
      try read(from: unmarked.lowerBound) { index, _, payload in
        bytes += Int64(payload.count)
        return index + 1 < unmarked.upperBound
      }
      return (records, bytes)
    case .failure(let error): throw Self.failure(error)
    }
  }

  /// Scans a sealed segment of an earlier run when it is first read.
  private func indexSegment(_ position: Int, _ state: inout State) throws(FileFailure) {
    guard !state.segments[position].isIndexed else { return }
    var segment = state.segments[position]
    let limit = segment.endIndex
    guard try !segment.index(in: effects.files, upTo: limit) else {
      throw FileFailure(
        operation: "read", path: segment.path, errno: 0,
        reason: "damaged at byte \(segment.endOffset)")
    }
    state.segments[position] = segment
  }

  private func place(of index: UInt64) throws(FileFailure) -> Place? {
    let result = state.withLock { state -> Result<Place?, FileFailure> in
      do throws(FileFailure) {
        if state.isDeleted { return .success(nil) }
        if !state.isOpen {
          do throws(ServiceError) { try open(&state) } catch {
            throw FileFailure(operation: "open", path: directory, errno: 0, reason: error.message)
          }
        }
        guard index < state.durableEnd,
          let position = state.segments.firstIndex(where: { $0.endIndex > index })
        else { return .success(nil) }
        try indexSegment(position, &state)
        let segment = state.segments[position]
        let isActive = position == state.segments.count - 1
        var file = isActive ? state.active : nil
        if file == nil { file = try effects.files.open(segment.path, .read) }
        guard let file else { return .success(nil) }
        let mark = segment.mark(atOrBefore: max(index, segment.baseIndex))
        return .success(
          Place(
            file: file, offset: mark?.offset ?? 0, endOffset: segment.endOffset,
            index: mark?.index ?? segment.baseIndex, endIndex: segment.endIndex))
      } catch { return .failure(error) }
    }
    return try result.get()
  }

  /// Returns the index to go on with behind the segment, or nil when `body` had enough.
  private func read(
    _ place: Place, from start: UInt64,
    _ body: (UInt64, Timestamp, UnsafeRawBufferPointer) -> Bool
  ) throws(FileFailure) -> UInt64? {
    var index = place.index
    var offset = place.offset
    var wanted = 64 << 10
    while index < place.endIndex {
      let room = Int(min(Int64(max(wanted, RecordBatch.headerBytes)), place.endOffset - offset))
      let chunk = try place.file.read(at: offset, count: room)
      let step = chunk.withUnsafeBytes { raw in
        Self.walk(raw, from: &index, until: place.endIndex, skippingBefore: start, body)
      }
      switch step {
      case .enough: return nil
      case .consumed(let count, let needed):
        offset += Int64(count)
        guard count > 0 || needed > chunk.count, chunk.count == room else {
          throw damage(at: offset)
        }
        if needed > Int(place.endOffset - offset), index < place.endIndex {
          throw damage(at: offset)
        }
        // More at once would take memory from the kernel each time, and not stay in the cache.
        wanted = max(needed, 256 << 10)
      case .damaged: throw damage(at: offset)
      }
    }
    return place.endIndex
  }

  private func damage(at offset: Int64) -> FileFailure {
    FileFailure(
      operation: "read", path: directory, errno: 0, reason: "damaged near byte \(offset)")
  }

  private enum Step {
    case enough
    case consumed(Int, needed: Int)
    case damaged
  }

  private static func walk(
    _ raw: UnsafeRawBufferPointer, from index: inout UInt64, until end: UInt64,
    skippingBefore start: UInt64, _ body: (UInt64, Timestamp, UnsafeRawBufferPointer) -> Bool
  ) -> Step {
    var offset = 0
    while index < end {
      switch RecordFrame.parse(raw, at: offset, expecting: index) {
      case .record(_, let timestamp, let payload, let length):
        if index >= start, !body(index, Timestamp(milliseconds: timestamp), payload) {
          return .enough
        }
        index += 1
        offset += length
      case .needs(let count): return .consumed(offset, needed: count)
      case .damaged: return .damaged
      }
    }
    return .consumed(offset, needed: 0)
  }
}
