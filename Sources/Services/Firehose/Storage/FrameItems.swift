import Effects
import Glibc

/// Items in the form in which a frame of the log of processed records holds them, encoded as they
/// come: `ProcessedFrame` tells it.
struct FrameItems: Sendable {
  private static let rawFlag: UInt8 = 1
  private static let originFlag: UInt8 = 2
  private static let keysFlag: UInt8 = 4

  /// Stands in the place of a key's namespace before what a function says of a table.
  static let tableNamespace = "otfMetadata"

  private(set) var bytes: [UInt8] = []
  private(set) var count = 0
  /// Of the payloads to deliver.
  private(set) var payloadBytes = 0
  /// Arrival of the oldest.
  private(set) var oldest: Timestamp?

  init(reservingBytes: Int = 0) { bytes.reserveCapacity(reservingBytes) }

  var isEmpty: Bool { count == 0 }

  mutating func append(_ item: DeliveryItem) {
    let record = item.record
    let hasRaw = record.payload != item.payload
    put(record.id)
    put(record.arrival.milliseconds)
    let keys =
      item.keys.sorted { ($0.key.name, $0.value) < ($1.key.name, $1.value) }
      .map { ($0.key.namespace.rawValue, $0.key.name, $0.value) }
      + item.tableMetadata.sorted { $0.key < $1.key }
      .map { (Self.tableNamespace, $0.key, $0.value) }
    bytes.append(
      (hasRaw ? Self.rawFlag : 0) | (record.origin == nil ? 0 : Self.originFlag)
        | (keys.isEmpty ? 0 : Self.keysFlag))
    item.payload.withUnsafeBytes { put($0) }
    if hasRaw { record.payload.withUnsafeBytes { put($0) } }
    put(record.origin)
    if !keys.isEmpty { put(Int64(keys.count)) }
    for (namespace, name, value) in keys {
      for text in [namespace, name, value] { put(text) }
    }
    note(record.arrival, item.payload.count)
  }

  /// Appends an item without keys, whose payload is written in place: at most `capacity` bytes.
  ///
  /// - Parameters:
  ///   - raw: the payload of the record that it has become of.
  ///   - fill: returns how many bytes it has written; nil where it is no item after all.
  /// - Returns: false for no item.
  mutating func append(
    id: ArraySlice<UInt8>, _ arrival: Timestamp, raw: UnsafeRawBufferPointer,
    _ origin: BufferedRecord.Origin?, upTo capacity: Int,
    _ fill: (UnsafeMutableRawBufferPointer) -> Int?
  ) -> Bool {
    let start = bytes.count
    id.withUnsafeBytes { put($0) }
    put(arrival.milliseconds)
    let head = bytes.count
    // Flags and length, which are known behind the payload.
    bytes.append(contentsOf: [0, 0, 0, 0, 0])
    let wanted = bytes.count + capacity
    if bytes.capacity < wanted { bytes.reserveCapacity(max(wanted, 2 * bytes.capacity)) }
    var written: Int?
    bytes.append(addingCapacity: capacity) { span in
      span.withUnsafeMutableBufferPointer { target, initialized in
        let rest = UnsafeMutableRawBufferPointer(target)[initialized...].prefix(capacity)
        written = fill(UnsafeMutableRawBufferPointer(rebasing: rest))
        initialized += written ?? 0
      }
    }
    guard let written else {
      bytes.removeLast(bytes.count - start)
      return false
    }
    let hasRaw = bytes.withUnsafeMutableBytes { all in
      all.storeBytes(
        of: UInt32(written).littleEndian, toByteOffset: head + 1, as: UInt32.self)
      let payload = UnsafeRawBufferPointer(rebasing: all[(head + 5)..<(head + 5 + written)])
      let isSame = Self.areSame(payload, raw)
      all[head] = (isSame ? 0 : Self.rawFlag) | (origin == nil ? 0 : Self.originFlag)
      return !isSame
    }
    if hasRaw { put(raw) }
    put(origin)
    note(arrival, written)
    return true
  }

  private static func areSame(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer)
    -> Bool
  {
    guard one.count == other.count else { return false }
    guard let first = one.baseAddress, let second = other.baseAddress else { return true }
    return memcmp(first, second, one.count) == 0
  }

  private mutating func note(_ arrival: Timestamp, _ count: Int) {
    self.count += 1
    payloadBytes += count
    if oldest.map({ arrival < $0 }) ?? true { oldest = arrival }
  }

  private mutating func put(_ origin: BufferedRecord.Origin?) {
    guard let origin else { return }
    put(origin.shardID)
    put(origin.partitionKey)
    put(origin.sequenceNumber)
  }

  private mutating func put(_ text: String) {
    var text = text
    text.withUTF8 { put(UnsafeRawBufferPointer($0)) }
  }

  private mutating func put(_ part: UnsafeRawBufferPointer) {
    withUnsafeBytes(of: UInt32(part.count).littleEndian) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: part)
  }

  private mutating func put(_ number: Int64) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }
}
