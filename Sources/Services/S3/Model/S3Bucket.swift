import AWSModel
import Effects

/// A bucket's row. Buckets are global to an account; the region is where they were made.
struct S3Bucket: Sendable, Hashable {
  /// Never used again, so that objects of a deleted bucket can't appear in its successor.
  var id: Int64
  var account: AccountID
  var name: String
  var region: String
  var created: Timestamp
  var versioning: S3Versioning

  var scope: Scope { Scope(account: account, region: Region(region)) }
}

enum S3Versioning: Int64, Sendable, Hashable {
  case off = 0
  case enabled = 1
  case suspended = 2

  /// As the API writes it; nil for a bucket that never had versioning.
  var text: String? {
    switch self {
    case .off: nil
    case .enabled: "Enabled"
    case .suspended: "Suspended"
    }
  }

  init?(text: String) {
    switch text {
    case "Enabled": self = .enabled
    case "Suspended": self = .suspended
    default: return nil
    }
  }
}

/// The rules for names of general-purpose buckets.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
enum S3BucketName {
  private static let reservedPrefixes = ["xn--", "sthree-", "amzn-s3-demo-"]
  private static let reservedSuffixes = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]

  static func isValid(_ name: String) -> Bool {
    let utf8 = Array(name.utf8)
    guard (3...63).contains(utf8.count) else { return false }
    func isAlphanumeric(_ byte: UInt8) -> Bool {
      (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
    }
    guard let first = utf8.first, let last = utf8.last, isAlphanumeric(first), isAlphanumeric(last),
      utf8.allSatisfy({ isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E })
    else { return false }
    if name.contains("..") || reservedPrefixes.contains(where: name.hasPrefix)
      || reservedSuffixes.contains(where: name.hasSuffix)
    {
      return false
    }
    // Shaped like an IPv4 address.
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return !(parts.count == 4 && parts.allSatisfy { $0.allSatisfy(\.isNumber) })
  }
}
