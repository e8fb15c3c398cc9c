import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// A managed policy of an account, keyed by account and name.
struct IAMManagedPolicy: Codable, Sendable, Hashable, IAMNamed, IAMTagged {
  static let arnKind = "policy"

  struct Version: Codable, Sendable, Hashable {
    /// Counts from 1, never used again.
    var number: Int
    /// JSON text.
    var document: String
    var createdAt: Timestamp

    var id: String { "v\(number)" }
  }

  static let versionsMax = 5
  /// Characters of a document, white space apart.
  static let charactersMax = 6144

  var name: String
  /// Starts and ends with `/`.
  var path: String
  /// `ANPA…`
  var uniqueID: String
  var description: String?
  var createdAt: Timestamp
  var updatedAt: Timestamp
  /// Ascending; never empty.
  var versions: [Version]
  var defaultNumber: Int
  var nextNumber: Int
  var tags: [ValuedTag]

  init(
    name: String, path: String, uniqueID: String, description: String?, document: String,
    tags: [ValuedTag], at now: Timestamp
  ) {
    self.name = name
    self.path = path
    self.uniqueID = uniqueID
    self.description = description
    self.tags = tags
    createdAt = now
    updatedAt = now
    versions = [Version(number: 1, document: document, createdAt: now)]
    defaultNumber = 1
    nextNumber = 2
  }

  /// One of AWS's own.
  init(_ policy: AWSManagedPolicies.Entry, document: String) {
    name = policy.name
    path = policy.path
    uniqueID = policy.uniqueID
    createdAt = policy.createdAt
    updatedAt = policy.updatedAt
    versions = [
      Version(number: policy.version, document: document, createdAt: policy.updatedAt)
    ]
    defaultNumber = policy.version
    nextNumber = policy.version + 1
    tags = []
  }

  /// The account in the ARNs of AWS's own policies.
  static let awsAccount = AccountID("aws")

  var defaultID: String { "v\(defaultNumber)" }

  /// The document that counts.
  var document: String { versions.first { $0.number == defaultNumber }?.document ?? "" }

  static func missing(_ name: String) -> ServiceError {
    IAMFaults.noSuchEntity("Policy \(name) was not found.")
  }

  static func taken(_ name: String) -> ServiceError {
    IAMFaults.exists("A policy called \(name) already exists. Duplicate names are not allowed.")
  }

  /// Adds a version. Throws `LimitExceeded` where there are five.
  mutating func add(_ document: String, isDefault: Bool, at now: Timestamp) throws(ServiceError) {
    guard versions.count < Self.versionsMax else {
      throw IAMFaults.limit(
        "A managed policy can have up to \(Self.versionsMax) versions. Before you create a new "
          + "version, you must delete an existing version.")
    }
    versions.append(Version(number: nextNumber, document: document, createdAt: now))
    if isDefault { defaultNumber = nextNumber }
    nextNumber += 1
    updatedAt = now
  }

  /// Throws `NoSuchEntity`.
  func version(_ id: String, arn: String) throws(ServiceError) -> Version {
    guard let found = versions.first(where: { $0.id == id }) else {
      throw IAMFaults.noSuchEntity(
        "Policy \(arn) version \(id) does not exist or is not attachable.")
    }
    return found
  }

  /// A document that can be a managed policy's, as text. Throws `MalformedPolicyDocument` and
  /// `LimitExceeded`.
  static func normalize(_ document: PropertyValue) throws(ServiceError) -> String {
    let text = try IAMPolicyDocument.normalize(document, .identity)
    try check(size: text)
    return text
  }

  static func check(size document: String) throws(ServiceError) {
    guard IAMPolicyDocument.characters(of: document) <= charactersMax else {
      throw IAMFaults.quota("PolicySize", charactersMax)
    }
  }
}

/// ARNs of managed policies.
enum IAMPolicyARN {
  /// The ARN's account: `aws` for AWS's own. Throws `InvalidInput` for what is no policy's ARN.
  @discardableResult
  static func check(_ text: String) throws(ServiceError) -> String {
    guard let arn = ARN(parsing: text), arn.service == "iam", arn.resource.hasPrefix("policy/"),
      !arn.resource.hasSuffix("/")
    else { throw IAMFaults.invalidInput("ARN \(text) is not valid.") }
    return arn.account
  }

  /// Checks an ARN before it is known what there is: one of AWS's own must be there.
  static func check(planned text: String) throws(ServiceError) {
    guard try check(text) != "aws" || AWSManagedPolicies.entry(text) != nil else {
      throw IAMFaults.noSuchEntity("Policy \(text) does not exist or is not attachable.")
    }
  }

  static func isAWS(_ arn: String) -> Bool { arn.hasPrefix("arn:aws:iam::aws:") }

  static func name(of arn: String) -> String { String(arn.split(separator: "/").last ?? "") }

  /// `/service-role/` for `arn:aws:iam::aws:policy/service-role/Name`.
  static func path(of arn: String) -> String {
    let parts = arn.split(separator: "/").dropFirst().dropLast()
    return parts.isEmpty ? "/" : "/\(parts.joined(separator: "/"))/"
  }
}
