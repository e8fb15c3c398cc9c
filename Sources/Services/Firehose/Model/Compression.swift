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
}
