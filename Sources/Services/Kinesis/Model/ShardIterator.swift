import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// A place in a shard, as clients carry it: opaque text with a checksum.
///
/// Bytes: `version u8 · checksum u32 · created i64 (ms) · position u64 · ordinal u32 · storage id`.
struct ShardIterator: Sendable, Hashable {
  static let lifetimeMilliseconds: Int64 = 300_000
  private static let version: UInt8 = 1

  var storageID: String
  var ordinal: Int
  /// The index of the next record to be read.
  var position: UInt64
  var created: Timestamp

  init(storageID: String, ordinal: Int, position: UInt64, created: Timestamp) {
    self.storageID = storageID
    self.ordinal = ordinal
    self.position = position
    self.created = created
  }

  var text: String {
    var body: [UInt8] = []
    func put<I: FixedWidthInteger>(_ value: I) {
      withUnsafeBytes(of: value.bigEndian) { body.append(contentsOf: $0) }
    }
    put(created.milliseconds)
    put(position)
    put(UInt32(truncatingIfNeeded: ordinal))
    body += Array(storageID.utf8)
    var bytes: [UInt8] = [Self.version]
    withUnsafeBytes(of: Self.checksum(body).bigEndian) { bytes.append(contentsOf: $0) }
    return Base64.encode(bytes + body)
  }

  /// nil for text that no `text` has written.
  init?(_ text: String) {
    guard let bytes = Base64.decode(text), bytes.count > 25, bytes[0] == Self.version else {
      return nil
    }
    func get<I: FixedWidthInteger>(_ offset: Int) -> I {
      bytes.withUnsafeBytes { I(bigEndian: $0.loadUnaligned(fromByteOffset: offset, as: I.self)) }
    }
    guard get(1) == Self.checksum(Array(bytes[5...])) else { return nil }
    created = Timestamp(milliseconds: get(5))
    position = get(13)
    ordinal = Int(get(21) as UInt32)
    storageID = String(decoding: bytes[25...], as: UTF8.self)
  }

  /// FNV-1a: tells damage and invention from what was handed out; it is no protection.
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    bytes.reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
  }
}
