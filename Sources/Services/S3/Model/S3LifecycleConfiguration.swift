import AWSModel
import Crypto
import Effects
import PropertyTree

/// The fate of a bucket's objects with time. Leat carries out expiry; other actions (transitions
/// to other storage classes) are members that nothing reads, and so are refused by name.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html>
struct S3LifecycleConfiguration: S3Configuration {
  struct Tag: Codable, Sendable, Hashable {
    var Key: String
    var Value: String
  }

  struct Conjunction: Codable, Sendable, Hashable {
    var Prefix: String?
    var Tags: [Tag]?
    var ObjectSizeGreaterThan: Int64?
    var ObjectSizeLessThan: Int64?
  }

  struct Filter: Codable, Sendable, Hashable {
    var Prefix: String?
    var Tag: S3LifecycleConfiguration.Tag?
    var ObjectSizeGreaterThan: Int64?
    var ObjectSizeLessThan: Int64?
    var And: Conjunction?
  }

  struct Expiration: Codable, Sendable, Hashable {
    var Days: Int64?
    /// ISO 8601, a midnight.
    var Date: String?
    var ExpiredObjectDeleteMarker: Bool?
  }

  struct NoncurrentExpiration: Codable, Sendable, Hashable {
    var NoncurrentDays: Int64?
    var NewerNoncurrentVersions: Int64?
  }

  struct UploadExpiration: Codable, Sendable, Hashable { var DaysAfterInitiation: Int64? }

  struct Rule: Codable, Sendable, Hashable {
    var ID: String?
    /// Older than `Filter`, in whose place it stands.
    var Prefix: String?
    var Filter: S3LifecycleConfiguration.Filter?
    var Status: String
    var Expiration: S3LifecycleConfiguration.Expiration?
    var NoncurrentVersionExpiration: NoncurrentExpiration?
    var AbortIncompleteMultipartUpload: UploadExpiration?
  }

  var Rules: [Rule]
  /// Of transitions, which there are none of here: kept for tools that compare it.
  var TransitionDefaultMinimumObjectSize: String?

  static let rulesMax = 1000
  static let traits = S3ConfigurationTraits(
    "LifecycleConfiguration", of: "BucketLifecycle", suffix: "Configuration",
    answerRoot: "LifecycleConfiguration",
    missing: ("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
    besides: ["TransitionDefaultMinimumObjectSize"])

  func checked() throws(ServiceError) -> S3LifecycleConfiguration {
    guard (1...Self.rulesMax).contains(Rules.count) else { throw ServiceError.malformedXML }
    let sizes = ["all_storage_classes_128K", "varies_by_storage_class"]
    if let size = TransitionDefaultMinimumObjectSize, !sizes.contains(size) {
      throw ServiceError(
        "InvalidRequest", "Invalid TransitionDefaultMinimumObjectSize found: \(size)")
    }
    var checked = self
    checked.TransitionDefaultMinimumObjectSize = TransitionDefaultMinimumObjectSize ?? sizes[0]
    var ids: Set<String> = []
    for (index, rule) in Rules.enumerated() {
      try rule.check()
      let id = rule.ID.flatMap { $0.isEmpty ? nil : $0 } ?? rule.generatedID(index)
      guard ids.insert(id).inserted else {
        throw ServiceError(
          "InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule")
      }
      checked.Rules[index].ID = id
    }
    return checked
  }
}

extension S3LifecycleConfiguration.Rule {
  var isEnabled: Bool { Status == "Enabled" }

  /// The same for the same rule in the same place.
  fileprivate func generatedID(_ index: Int) -> String {
    Hex.encode(SHA256.hash(data: Array("\(index)/\(self)".utf8))).prefix(40).description
  }

  fileprivate func check() throws(ServiceError) {
    guard ["Enabled", "Disabled"].contains(Status), (Filter == nil) != (Prefix == nil),
      Filter?.isValid ?? true
    else { throw ServiceError.malformedXML }
    if let id = ID, id.count > 255 {
      throw ServiceError("InvalidArgument", "ID length should not exceed allowed limit of 255")
    }
    guard
      Expiration != nil || NoncurrentVersionExpiration != nil
        || AbortIncompleteMultipartUpload != nil
    else {
      throw ServiceError("InvalidRequest", "At least one action needs to be specified in a rule")
    }
    try Expiration?.check()
    if let noncurrent = NoncurrentVersionExpiration {
      guard let days = noncurrent.NoncurrentDays else { throw ServiceError.malformedXML }
      try positive(days, "NoncurrentDays", "NoncurrentVersionExpiration action")
      if let newer = noncurrent.NewerNoncurrentVersions {
        try positive(newer, "NewerNoncurrentVersions", "NoncurrentVersionExpiration action")
      }
    }
    if let abort = AbortIncompleteMultipartUpload {
      guard let days = abort.DaysAfterInitiation else { throw ServiceError.malformedXML }
      try positive(days, "DaysAfterInitiation", "AbortIncompleteMultipartUpload action")
    }
    guard let filter = Filter, !filter.tags.isEmpty else { return }
    if AbortIncompleteMultipartUpload != nil {
      throw ServiceError(
        "InvalidRequest", "AbortIncompleteMultipartUpload cannot be specified with Tags.")
    }
    if Expiration?.ExpiredObjectDeleteMarker == true {
      throw ServiceError(
        "InvalidRequest", "ExpiredObjectDeleteMarker cannot be specified with Tags.")
    }
  }
}

private func positive(_ number: Int64, _ name: String, _ action: String) throws(ServiceError) {
  guard number > 0, number <= Int64(Int32.max) else {
    throw ServiceError("InvalidArgument", "'\(name)' for \(action) must be a positive integer")
  }
}

extension S3LifecycleConfiguration.Expiration {
  fileprivate func check() throws(ServiceError) {
    guard [Days != nil, Date != nil, ExpiredObjectDeleteMarker != nil].count(where: { $0 }) == 1
    else { throw ServiceError.malformedXML }
    if let days = Days { try positive(days, "Days", "Expiration action") }
    guard let text = Date else { return }
    guard let date = S3Date.parse(text) else { throw ServiceError.malformedXML }
    guard date.milliseconds % S3Lifecycle.dayMilliseconds == 0 else {
      throw ServiceError("InvalidArgument", "'Date' must be at midnight GMT")
    }
  }
}

extension S3LifecycleConfiguration.Filter {
  /// One condition, or several within `And`.
  fileprivate var isValid: Bool {
    let given = [
      Prefix != nil, Tag != nil, ObjectSizeGreaterThan != nil, ObjectSizeLessThan != nil,
      And != nil,
    ]
    return given.count { $0 } <= 1
  }

  var tags: [S3LifecycleConfiguration.Tag] { (Tag.map { [$0] } ?? []) + (And?.Tags ?? []) }
}
