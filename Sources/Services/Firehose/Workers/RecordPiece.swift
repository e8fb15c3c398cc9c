import Effects

/// Records that wait, one behind the other in one buffer: what is delivered as it came is never
/// looked at one by one.
struct RecordPiece: Sendable {
  private struct Entry {
    /// One past its last byte.
    var end: Int
    var arrival: Timestamp
  }

  /// The payloads, with nothing between them.
  private(set) var bytes: [UInt8] = []
  private var entries: [Entry] = []
  /// Of records that were put: the index of the first one, and when their stream was made.
  private var first: UInt64 = 0
  private var created = Timestamp(milliseconds: 0)
  /// Of records of a source stream, one each.
  private var origins: [(origin: BufferedRecord.Origin, part: Int)] = []

  var count: Int { entries.count }
  var isEmpty: Bool { entries.isEmpty }

  /// Arrival of the oldest.
  private(set) var oldest: Timestamp?

  /// Keeps the room for the next records.
  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    entries.removeAll(keepingCapacity: true)
    origins.removeAll(keepingCapacity: true)
    oldest = nil
  }

  /// Makes room for so many bytes at once, so that they are not moved as they grow.
  mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }

  /// Appends a record that was put; each index is the one behind the one before.
  mutating func append(
    _ payload: UnsafeRawBufferPointer, _ arrival: Timestamp, index: UInt64, created: Timestamp
  ) {
    if entries.isEmpty { (first, self.created) = (index, created) }
    bytes.append(contentsOf: payload)
    note(arrival)
  }

  /// Appends a record of a source stream, or a part of one.
  mutating func append(
    _ payload: [UInt8], _ arrival: Timestamp, _ origin: BufferedRecord.Origin, part: Int
  ) {
    bytes += payload
    origins.append((origin, part))
    note(arrival)
  }

  private mutating func note(_ arrival: Timestamp) {
    entries.append(Entry(end: bytes.count, arrival: arrival))
    if oldest.map({ arrival < $0 }) ?? true { oldest = arrival }
  }

  // MARK: Records one by one

  var records: [BufferedRecord] { entries.indices.map { record($0) } }

  func record(_ number: Int) -> BufferedRecord {
    let payload = Array(bytes[range(number)])
    let arrival = entries[number].arrival
    guard !origins.isEmpty else {
      return BufferedRecord(
        .put(first + UInt64(number), created: created), arrival: arrival, payload: payload)
    }
    let (origin, part) = origins[number]
    return BufferedRecord(
      .read(sequenceNumber: origin.sequenceNumber, part: part), arrival: arrival,
      payload: payload, origin: origin)
  }

  /// The ids of records, as text, one behind the other.
  func ids(_ numbers: Range<Int>) -> RecordIDs {
    var ids = RecordIDs()
    if origins.isEmpty {
      ids.append(from: first + UInt64(numbers.lowerBound), numbers.count, created: created)
    } else {
      for number in numbers {
        let (origin, part) = origins[number]
        ids.append(BufferedRecord.id(origin.sequenceNumber + "000000", part: part))
      }
    }
    return ids
  }

  /// The place in the source stream, and among the parts of an aggregate.
  func origin(_ number: Int) -> (origin: BufferedRecord.Origin, part: Int)? {
    origins.isEmpty ? nil : origins[number]
  }

  func arrival(_ number: Int) -> Timestamp { entries[number].arrival }

  func range(_ number: Int) -> Range<Int> {
    (number == 0 ? 0 : entries[number - 1].end)..<entries[number].end
  }

  /// Hands over the payloads in order; each is valid within the call only.
  func each(_ body: (_ number: Int, _ payload: UnsafeRawBufferPointer) throws -> Void) rethrows {
    try bytes.withUnsafeBytes { raw in
      var start = 0
      for (number, entry) in entries.enumerated() {
        try body(number, UnsafeRawBufferPointer(rebasing: raw[start..<entry.end]))
        start = entry.end
      }
    }
  }
}
