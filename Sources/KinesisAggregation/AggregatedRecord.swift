import Crypto

/// Records that the Kinesis Producer Library has packed into the data of one.
///
/// The bytes: a mark of four, a Protocol Buffers message, and the message's MD5.
/// https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
public struct AggregatedRecord: Sendable, Hashable {
  /// A record as its producer gave it to the library.
  public struct UserRecord: Sendable, Hashable {
    public var partitionKey: String
    /// Decimal digits, as the producer wrote them; nil where it gave none.
    public var explicitHashKey: String?
    public var data: [UInt8]

    public init(partitionKey: String, explicitHashKey: String? = nil, data: [UInt8]) {
      self.partitionKey = partitionKey
      self.explicitHashKey = explicitHashKey
      self.data = data
    }
  }

  /// The fault of a message that its checksum fits, but that nobody can read.
  public struct Malformed: Error, Sendable, Hashable, CustomStringConvertible {
    public var reason: String
    public var description: String { "the aggregated record is malformed: \(reason)" }
  }

  /// In the order in which they were packed.
  public var records: [UserRecord]

  static let mark: [UInt8] = [0xF3, 0x89, 0x9A, 0xC2]
  static let checksumBytes = 16

  /// Takes the data of a record apart.
  ///
  /// - Returns: nil for data that is no aggregate: without the mark, or with a checksum that doesn't
  ///   fit, which may be any bytes at all. Consumers see it as it is.
  /// - Throws: `Malformed` where the checksum fits and the message is none. Amazon's consumers hand
  ///   such a record out as it is, too.
  public init?(_ data: [UInt8]) throws(Malformed) {
    guard data.starts(with: Self.mark), data.count > Self.mark.count + Self.checksumBytes else {
      return nil
    }
    let message = data[Self.mark.count..<data.count - Self.checksumBytes]
    guard Insecure.MD5.hash(data: message).elementsEqual(data.suffix(Self.checksumBytes)) else {
      return nil
    }
    records = try Self.userRecords(message)
  }

  private static func userRecords(_ message: ArraySlice<UInt8>) throws(Malformed) -> [UserRecord] {
    var partitionKeys: [String] = []
    var hashKeys: [String] = []
    var packed: [ArraySlice<UInt8>] = []
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field {
      case (1, .bytes(let bytes)): partitionKeys.append(try text(bytes))
      case (2, .bytes(let bytes)): hashKeys.append(try text(bytes))
      case (3, .bytes(let bytes)): packed.append(bytes)
      case (1...3, _): throw Malformed(reason: "field \(field.number) has another type")
      default: continue
      }
    }
    // Tables may stand behind the records that refer to them.
    var records: [UserRecord] = []
    records.reserveCapacity(packed.count)
    for bytes in packed { records.append(try userRecord(bytes, partitionKeys, hashKeys)) }
    return records
  }

  private static func userRecord(
    _ bytes: ArraySlice<UInt8>, _ partitionKeys: [String], _ hashKeys: [String]
  ) throws(Malformed) -> UserRecord {
    var partitionKey: String?
    var hashKey: String?
    var data: ArraySlice<UInt8>?
    var reader = ProtobufReader(bytes)
    while let field = try reader.next() {
      switch field {
      case (1, .number(let index)):
        partitionKey = try entry(index, of: partitionKeys, "partition key")
      case (2, .number(let index)): hashKey = try entry(index, of: hashKeys, "explicit hash key")
      case (3, .bytes(let bytes)): data = bytes
      case (1...3, _):
        throw Malformed(reason: "field \(field.number) of a record has another type")
      default: continue
      }
    }
    guard let partitionKey else { throw Malformed(reason: "a record without a partition key") }
    guard let data else { throw Malformed(reason: "a record without data") }
    return UserRecord(partitionKey: partitionKey, explicitHashKey: hashKey, data: Array(data))
  }

  private static func entry(_ index: UInt64, of table: [String], _ noun: String)
    throws(Malformed) -> String
  {
    guard index < UInt64(table.count) else {
      throw Malformed(reason: "there is no \(noun) \(index), only \(table.count)")
    }
    return table[Int(index)]
  }

  private static func text(_ bytes: ArraySlice<UInt8>) throws(Malformed) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Malformed(reason: "a key is not UTF-8")
    }
    return text
  }
}
