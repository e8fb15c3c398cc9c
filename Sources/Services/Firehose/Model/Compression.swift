import Archives

/// The forms in which objects are packed.
/// https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html
enum Compression: String, Sendable, Hashable, CaseIterable {
  case none = "UNCOMPRESSED"
  case gzip = "GZIP"
  case zip = "ZIP"
  case snappy = "Snappy"
  case hadoopSnappy = "HADOOP_SNAPPY"

  var fileExtension: String {
    switch self {
    case .none: ""
    case .gzip: ".gz"
    case .zip: ".zip"
    case .snappy: ".snappy"
    case .hadoopSnappy: ".hsnappy"
    }
  }

  /// The object's `Content-Encoding`.
  var contentEncoding: String? { self == .gzip ? "gzip" : nil }

  /// - Parameter name: the object's; an archive's only entry has it, without the ending.
  func packed(_ bytes: [UInt8], name: String) throws -> [UInt8] {
    switch self {
    case .none: return bytes
    case .gzip: return try Gzip.compress(bytes)
    case .zip:
      var archive = ZipWriter()
      archive.add(name.hasSuffix(".zip") ? String(name.dropLast(4)) : name, bytes)
      return archive.finished()
    case .snappy: return try Snappy.framed(bytes)
    case .hadoopSnappy: return try Snappy.hadoop(bytes)
    }
  }
}
