import Checksums

/// Records on their way into a `RecordLog`, already framed as they will stand in the file, so that
/// payload bytes are written once.
///
/// A frame is a header of 24 bytes and the payload, little-endian:
/// `length u32 · crc32 u32 · index u64 · timestamp i64 (ms) · payload`. The checksum covers the
/// payload, then index and timestamp; the latter two are filled in when the log takes the batch.
public struct RecordBatch: Sendable {
  static let headerBytes = 24
  /// The longest payload that a log accepts, in bytes.
  public static let payloadBytesMax = 192 << 20

  var bytes: [UInt8] = []
  public private(set) var count = 0

  public init(reservingBytes: Int = 0) { bytes.reserveCapacity(reservingBytes) }

  public var isEmpty: Bool { count == 0 }
  /// Header and payload bytes so far.
  public var byteCount: Int { bytes.count }
  /// Payload bytes alone.
  public var payloadByteCount: Int { bytes.count - count * Self.headerBytes }

  /// Adds one record. `fill` writes the payload into at most `capacity` bytes and returns how many
  /// it used, or nil to add nothing. Returns whether the record was added.
  @discardableResult
  public mutating func append(
    upTo capacity: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Int?
  ) -> Bool {
    precondition(capacity <= Self.payloadBytesMax, "a record's payload is bounded")
    let wanted = bytes.count + Self.headerBytes + capacity
    if bytes.capacity < wanted { bytes.reserveCapacity(max(wanted, 2 * bytes.capacity)) }
    var isAdded = false
    bytes.append(addingCapacity: Self.headerBytes + capacity) { span in
      span.withUnsafeMutableBufferPointer { target, initialized in
        let frame = UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(target)[initialized...].prefix(
            Self.headerBytes + capacity))
        let payload = UnsafeMutableRawBufferPointer(rebasing: frame[Self.headerBytes...])
        guard let used = fill(payload), used <= capacity else { return }
        frame.storeBytes(of: UInt32(used).littleEndian, as: UInt32.self)
        let sum = RecordFrame.checksum(UnsafeRawBufferPointer(rebasing: payload[..<used]))
        frame.storeBytes(of: sum.littleEndian, toByteOffset: 4, as: UInt32.self)
        // Index and time come when the log takes the batch.
        frame.storeBytes(of: 0, toByteOffset: 8, as: UInt64.self)
        frame.storeBytes(of: 0, toByteOffset: 16, as: UInt64.self)
        initialized += Self.headerBytes + used
        isAdded = true
      }
    }
    if isAdded { count += 1 }
    return isAdded
  }

  /// Adds one record with these bytes.
  public mutating func append(_ payload: [UInt8]) {
    append(upTo: payload.count) { target in
      target.copyBytes(from: payload)
      return payload.count
    }
  }
}

/// Reading and finishing frames in place.
enum RecordFrame {
  static func checksum(_ bytes: UnsafeRawBufferPointer, continuing sum: UInt32 = 0) -> UInt32 {
    CyclicRedundancyCheck.crc32(bytes, continuing: sum)
  }

  /// Writes index and timestamp into the header at `offset` and finishes its checksum. Returns the
  /// length of the whole frame.
  static func seal(
    _ raw: UnsafeMutableRawBufferPointer, at offset: Int, index: UInt64, timestamp: Int64
  ) -> Int {
    raw.storeBytes(of: index.littleEndian, toByteOffset: offset + 8, as: UInt64.self)
    raw.storeBytes(of: timestamp.littleEndian, toByteOffset: offset + 16, as: Int64.self)
    let place = UnsafeRawBufferPointer(rebasing: raw[(offset + 8)..<(offset + 24)])
    let partial = UInt32(
      littleEndian: raw.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
    let sum = checksum(place, continuing: partial)
    raw.storeBytes(of: sum.littleEndian, toByteOffset: offset + 4, as: UInt32.self)
    let length = UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    return RecordBatch.headerBytes + Int(length)
  }

  enum Parsed {
    /// A whole, undamaged record; `length` counts header and payload.
    case record(index: UInt64, timestamp: Int64, payload: UnsafeRawBufferPointer, length: Int)
    /// The buffer ends before the frame does; so many bytes are needed.
    case needs(Int)
    case damaged
  }

  /// Reads the frame at `offset`; `index` is the one that must stand there.
  static func parse(_ raw: UnsafeRawBufferPointer, at offset: Int, expecting index: UInt64)
    -> Parsed
  {
    let header = RecordBatch.headerBytes
    guard offset + header <= raw.count else { return .needs(header) }
    let length = Int(
      UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    let found = UInt64(
      littleEndian: raw.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
    guard length <= RecordBatch.payloadBytesMax, found == index else { return .damaged }
    guard offset + header + length <= raw.count else { return .needs(header + length) }
    let expected = UInt32(
      littleEndian: raw.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
    let timestamp = Int64(
      littleEndian: raw.loadUnaligned(fromByteOffset: offset + 16, as: Int64.self))
    let payload = UnsafeRawBufferPointer(
      rebasing: raw[(offset + header)..<(offset + header + length)])
    let place = UnsafeRawBufferPointer(rebasing: raw[(offset + 8)..<(offset + 24)])
    guard checksum(place, continuing: checksum(payload)) == expected else { return .damaged }
    return .record(index: index, timestamp: timestamp, payload: payload, length: header + length)
  }
}
