import AWSModel
import PropertyTree

/// A configuration of a bucket that is put, read and removed as a whole, by AWS's member names.
protocol S3Configuration: Codable, Sendable, Hashable {
  static var traits: S3ConfigurationTraits { get }
  /// The value of a bucket where nobody has set one; nil for nothing.
  static var initial: Self? { get }
  /// As it is kept, its defaults filled in. Throws AWS's error for what is not valid.
  func checked() throws(ServiceError) -> Self
}

extension S3Configuration {
  static var initial: Self? { nil }
}

/// The ways to a configuration.
struct S3ConfigurationTraits: Sendable {
  /// The member of the put request that holds it; also its key among the bucket's settings.
  var member: String
  /// The stem of the operations' names: `BucketCors` of PutBucketCors.
  var noun: String
  var putName: String
  var getName: String
  var deleteName: String
  /// The answer's root where the members stand in it themselves; nil where the answer has one member,
  /// the configuration.
  var answerRoot: String?
  /// The error of a bucket that has none.
  var missing: (code: String, message: String)
  /// Members of the put request beside it that belong to it.
  var besides: [String]
  /// True where a removal brings back what a new bucket has.
  var isPermanent: Bool

  init(
    _ member: String, of noun: String, delete: String? = nil, suffix: String = "",
    answerRoot: String? = nil, missing: (code: String, message: String), besides: [String] = [],
    isPermanent: Bool = false
  ) {
    self.member = member
    self.noun = noun
    putName = "Put\(noun)\(suffix)"
    getName = "Get\(noun)\(suffix)"
    deleteName = delete ?? "Delete\(noun)"
    self.answerRoot = answerRoot
    self.missing = missing
    self.besides = besides
    self.isPermanent = isPermanent
  }
}

extension PropertyObject {
  /// A configuration among a bucket's settings; nil where it has none.
  func configuration<C: S3Configuration>(_ type: C.Type) throws -> C? {
    guard let kept = self[type.traits.member] else { return type.initial }
    if kept == .null { return nil }
    return try TreeDecoder().decode(type, from: kept)
  }

  /// Puts a configuration in, checked; nil takes it out as its removal does.
  mutating func setConfiguration<C: S3Configuration>(_ configuration: C?, _ type: C.Type)
    throws(ServiceError)
  {
    try place(configuration, type)
    if configuration == nil, !type.traits.isPermanent { self[type.traits.member] = .null }
  }

  /// Puts a configuration in, checked; nil leaves what a new bucket has.
  mutating func place<C: S3Configuration>(_ configuration: C?, _ type: C.Type) throws(ServiceError)
  {
    let checked = try configuration?.checked()
    do {
      self[type.traits.member] = try checked.map { try TreeEncoder().encode($0) }
    } catch {
      throw ServiceError.internalFailure("The \(type.traits.member) can't be written: \(error)")
    }
  }
}

/// The public lists and policies that a bucket refuses.
struct S3PublicAccessBlock: S3Configuration {
  var BlockPublicAcls: Bool?
  var IgnorePublicAcls: Bool?
  var BlockPublicPolicy: Bool?
  var RestrictPublicBuckets: Bool?

  static let traits = S3ConfigurationTraits(
    "PublicAccessBlockConfiguration", of: "PublicAccessBlock",
    missing: (
      "NoSuchPublicAccessBlockConfiguration",
      "The public access block configuration was not found"
    ))

  static var initial: S3PublicAccessBlock? {
    S3PublicAccessBlock(
      BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true,
      RestrictPublicBuckets: true)
  }

  func checked() -> S3PublicAccessBlock {
    S3PublicAccessBlock(
      BlockPublicAcls: BlockPublicAcls ?? false, IgnorePublicAcls: IgnorePublicAcls ?? false,
      BlockPublicPolicy: BlockPublicPolicy ?? false,
      RestrictPublicBuckets: RestrictPublicBuckets ?? false)
  }
}

/// The owner of a bucket's objects, and so whether its access control lists count.
struct S3OwnershipControls: S3Configuration {
  static let enforced = "BucketOwnerEnforced"

  struct Rule: Codable, Sendable, Hashable { var ObjectOwnership: String }
  var Rules: [Rule]

  static let traits = S3ConfigurationTraits(
    "OwnershipControls", of: "BucketOwnershipControls",
    missing: ("OwnershipControlsNotFoundError", "The bucket ownership controls were not found"))

  static var initial: S3OwnershipControls? { S3OwnershipControls(enforced) }

  init(_ ownership: String) { self.init([ownership]) }

  init(_ ownerships: [String]) { Rules = ownerships.map { Rule(ObjectOwnership: $0) } }

  func checked() throws(ServiceError) -> S3OwnershipControls {
    let known = [Self.enforced, "BucketOwnerPreferred", "ObjectWriter"]
    guard Rules.count == 1, known.contains(Rules[0].ObjectOwnership) else {
      throw ServiceError.malformedXML
    }
    return self
  }
}

/// The targets of a bucket's events. Nothing delivers them yet, so the only one that can be set names no
/// target; its members are refused by their names.
struct S3NotificationConfiguration: S3Configuration {
  static let traits = S3ConfigurationTraits(
    "NotificationConfiguration", of: "BucketNotification", delete: "", suffix: "Configuration",
    answerRoot: "NotificationConfiguration", missing: ("", ""), isPermanent: true)

  static var initial: S3NotificationConfiguration? { S3NotificationConfiguration() }

  private enum CodingKeys: CodingKey {}

  init() {}

  /// Opens the object, so that whatever stands in it counts as not read.
  init(from decoder: any Decoder) throws { _ = try decoder.container(keyedBy: CodingKeys.self) }

  func encode(to encoder: any Encoder) throws { _ = encoder.container(keyedBy: CodingKeys.self) }

  func checked() -> S3NotificationConfiguration { self }
}
