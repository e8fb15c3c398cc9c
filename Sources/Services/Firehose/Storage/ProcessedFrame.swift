import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// Processed records of one place, as one record of the log of processed records.
///
/// `header length u32 · header (JSON) · items`, and an item is
/// `id · arrival i64 · flags u8 · payload · [raw] · [shard · partition key · sequence number] ·
/// [count of keys i64 · namespace · name · value · …]`, each text and payload behind its length as
/// u32; little-endian. What a function says of a table stands among the keys.
struct ProcessedFrame: Sendable {
  /// Facts that are read without the items.
  struct Header: Codable, Sendable, Hashable {
    /// The number of the piece of input that the records come from.
    var piece: UInt64
    /// nil where the piece gave nothing to deliver.
    var place: String?
    var records = 0
    /// Of the payloads.
    var bytes = 0
    /// The moment since which they wait.
    var since = Timestamp(milliseconds: 0)
    /// Arrival of the oldest.
    var arrival = Timestamp(milliseconds: 0)
    /// The position behind the piece; in its last frame alone. A piece without one counts for
    /// nothing: its records are still in the input.
    var end: DeliveryCheckpoint?
  }

  /// The most bytes of payloads in a frame, but for a record that is larger by itself.
  static let bytesMax = 8 << 20

  var place: BufferPlace
  var since: Timestamp
  var items: FrameItems

  init(_ place: BufferPlace, _ items: FrameItems, since: Timestamp) {
    self.place = place
    self.items = items
    self.since = since
  }

  /// The frames for items of one place, each of bounded size.
  static func frames(_ place: BufferPlace, _ items: [DeliveryItem], since: Timestamp)
    -> [ProcessedFrame]
  {
    var frames: [ProcessedFrame] = []
    var open = FrameItems()
    for item in items {
      if !open.isEmpty, open.payloadBytes + item.payload.count > bytesMax {
        frames.append(ProcessedFrame(place, open, since: since))
        open = FrameItems()
      }
      var item = item
      // A partition's values stand in its place's name.
      if place.isPartition { item.keys = [:] }
      open.append(item)
    }
    if !open.isEmpty { frames.append(ProcessedFrame(place, open, since: since)) }
    return frames
  }

  func header(piece: UInt64, end: DeliveryCheckpoint?) -> Header {
    Header(
      piece: piece, place: place.text, records: items.count, bytes: items.payloadBytes,
      since: since, arrival: items.oldest ?? since, end: end)
  }

  // MARK: Writing

  /// Appends a frame to what goes into the log.
  static func append(_ header: Header, _ items: FrameItems, to batch: inout RecordBatch) throws {
    let head = JSONWriter.bytes(try TreeEncoder().encode(header))
    let count = 4 + head.count + items.bytes.count
    batch.append(upTo: count) { target in
      target.storeBytes(of: UInt32(head.count).littleEndian, as: UInt32.self)
      let rest = UnsafeMutableRawBufferPointer(rebasing: target[4...])
      rest.copyBytes(from: head)
      UnsafeMutableRawBufferPointer(rebasing: rest[head.count...]).copyBytes(from: items.bytes)
      return count
    }
  }

  // MARK: Reading

  /// nil where the bytes are no frame.
  static func header(_ raw: UnsafeRawBufferPointer) -> Header? {
    var reader = FrameReader(raw: raw)
    guard let text = reader.bytes() else { return nil }
    // Anything else is damage, which the caller reports.
    guard let tree = try? JSONReader.read(Array(text)) else { return nil }
    return try? TreeDecoder().decode(Header.self, from: tree)
  }

  static let damage = ServiceError.internalFailure("The log of processed records is damaged.")

  /// An item that is still in its frame.
  struct Stored {
    fileprivate var id: UnsafeRawBufferPointer
    var arrival: Timestamp
    var payload: UnsafeRawBufferPointer
    /// nil where the record is what is delivered.
    fileprivate var raw: UnsafeRawBufferPointer?
    fileprivate var origin:
      (
        shard: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer, number: UnsafeRawBufferPointer
      )?
    /// Keys and values.
    fileprivate var keys: FrameReader?
    fileprivate var keyCount: Int64 = 0

    /// Reads all of it. Throws where it is damaged.
    func whole() throws -> DeliveryItem {
      var record = BufferedRecord(
        id: Self.text(id), arrival: arrival, payload: Array(raw ?? payload))
      record.origin = origin.map {
        .init(
          shardID: Self.text($0.shard), partitionKey: Self.text($0.key),
          sequenceNumber: Self.text($0.number))
      }
      var item = DeliveryItem(record)
      if raw != nil { item.payload = Array(payload) }
      guard var keys else { return item }
      for _ in 0..<keyCount {
        guard let namespace = keys.bytes(), let name = keys.bytes(), let value = keys.bytes()
        else { throw ProcessedFrame.damage }
        // A function may name a key with nothing, too.
        if let known = PartitionKey.Namespace(rawValue: Self.text(namespace)) {
          item.keys[PartitionKey(known, Self.text(name))] = Self.text(value)
        } else if Self.text(namespace) == FrameItems.tableNamespace {
          item.tableMetadata[Self.text(name)] = Self.text(value)
        } else {
          throw ProcessedFrame.damage
        }
      }
      return item
    }

    private static func text(_ raw: UnsafeRawBufferPointer) -> String {
      String(decoding: raw, as: UTF8.self)
    }
  }

  /// Hands over the items of a frame, valid within the call only. Throws where it is damaged.
  static func each(_ raw: UnsafeRawBufferPointer, _ body: (Stored) throws -> Void) throws {
    var reader = FrameReader(raw: raw)
    guard reader.bytes() != nil else { throw damage }
    while !reader.isAtEnd {
      guard let item = reader.item() else { throw damage }
      try body(item)
    }
  }
}

private struct FrameReader {
  let raw: UnsafeRawBufferPointer
  var offset = 0

  var isAtEnd: Bool { offset == raw.count }

  mutating func byte() -> UInt8? {
    guard offset < raw.count else { return nil }
    defer { offset += 1 }
    return raw[offset]
  }

  mutating func integer() -> Int64? {
    guard offset + 8 <= raw.count else { return nil }
    defer { offset += 8 }
    return Int64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: Int64.self))
  }

  mutating func bytes() -> UnsafeRawBufferPointer? {
    guard offset + 4 <= raw.count else { return nil }
    let count = Int(
      UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    guard offset + 4 + count <= raw.count else { return nil }
    defer { offset += 4 + count }
    return UnsafeRawBufferPointer(rebasing: raw[(offset + 4)..<(offset + 4 + count)])
  }

  mutating func item() -> ProcessedFrame.Stored? {
    guard let id = bytes(), let arrival = integer(), let flags = byte(), let payload = bytes()
    else { return nil }
    var item = ProcessedFrame.Stored(
      id: id, arrival: Timestamp(milliseconds: arrival), payload: payload)
    if flags & 1 != 0 {
      guard let raw = bytes() else { return nil }
      item.raw = raw
    }
    if flags & 2 != 0 {
      guard let shard = bytes(), let key = bytes(), let number = bytes() else { return nil }
      item.origin = (shard, key, number)
    }
    if flags & 4 != 0 {
      guard let count = integer(), count >= 0 else { return nil }
      (item.keys, item.keyCount) = (self, count)
      for _ in 0..<count {
        guard bytes() != nil, bytes() != nil, bytes() != nil else { return nil }
      }
    }
    return item
  }
}
