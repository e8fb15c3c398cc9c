/// A partition as the catalog answers it.
typealias GluePartition = GlueEntry<GluePartitionInput, GluePartitionRecord>

/// A partition as its maker gives it.
struct GluePartitionInput: Codable, Sendable, Hashable {
  var Values: [String]?
  var LastAccessTime: Double?
  var StorageDescriptor: GlueStorageDescriptor?
  var Parameters: [String: String]?
  var LastAnalyzedTime: Double?

  /// As it is stored, with the values that AWS puts where none are given.
  var stored: GluePartitionInput {
    var stored = self
    stored.StorageDescriptor = StorageDescriptor?.stored
    return stored
  }
}

/// Facts that the catalog adds to a partition.
struct GluePartitionRecord: Codable, Sendable, Hashable {
  var DatabaseName: String
  var TableName: String
  /// Seconds since 1970.
  var CreationTime: Double
  var CatalogId: String
}

/// A partition's values, one for each key of its table.
struct GlueValueList: Codable, Sendable, Hashable { var Values: [String] }

/// The name that a partition is stored under: `2026/11/26`, with `/` and `%` in values escaped.
enum GluePartitionName {
  static func text(_ values: [String]) -> String {
    var bytes: [UInt8] = []
    for (index, value) in values.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: "/")) }
      for byte in value.utf8 {
        switch byte {
        case UInt8(ascii: "/"): bytes += "%2F".utf8
        case UInt8(ascii: "%"): bytes += "%25".utf8
        default: bytes.append(byte)
        }
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func values(_ text: String) -> [String] {
    text.split(separator: "/", omittingEmptySubsequences: false).map { part in
      guard part.utf8.contains(UInt8(ascii: "%")) else { return String(part) }
      var bytes: [UInt8] = []
      var rest = part.utf8[...]
      while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%") else {
          bytes.append(byte)
          continue
        }
        bytes.append(rest.starts(with: "2F".utf8) ? UInt8(ascii: "/") : UInt8(ascii: "%"))
        rest = rest.dropFirst(2)
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }
}
