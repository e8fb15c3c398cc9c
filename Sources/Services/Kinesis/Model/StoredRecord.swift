import Effects

/// A record as the shard's log keeps it: `length of the key u16 · partition key · data`.
enum StoredRecord {
  /// The most bytes in a record: data and partition key.
  static let bytesMax = 1 << 20

  /// Those of a stored record that are neither key nor data.
  static let frameBytes = 2

  static func byteCount(keyBytes: Int, dataBytes: Int) -> Int {
    frameBytes + keyBytes + dataBytes
  }

  /// Writes the key's part; the data follows at the returned offset.
  static func write(key: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer) -> Int {
    target.storeBytes(of: UInt16(truncatingIfNeeded: key.count).littleEndian, as: UInt16.self)
    UnsafeMutableRawBufferPointer(rebasing: target[2...]).copyMemory(from: key)
    return 2 + key.count
  }

  /// The two parts of a payload that the log has checked.
  static func read(_ payload: UnsafeRawBufferPointer)
    -> (key: UnsafeRawBufferPointer, data: UnsafeRawBufferPointer)
  {
    guard payload.count >= 2 else { return (payload, payload) }
    let length = Int(UInt16(littleEndian: payload.loadUnaligned(as: UInt16.self)))
    let split = min(2 + length, payload.count)
    return (
      UnsafeRawBufferPointer(rebasing: payload[2..<split]),
      UnsafeRawBufferPointer(rebasing: payload[split...])
    )
  }
}
