import AWSModel
import Crypto
import PropertyTree
import ServiceKit

/// An object's encryption at rest, as its headers tell it. Leat keeps and reports the choice; the
/// bytes on the disk stay as they are.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html>
struct S3Encryption: Sendable, Hashable {
  static let managed = "AES256"
  static let keyed: Set<String> = ["aws:kms", "aws:kms:dsse"]
  static let members: Set<String> = ["ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled"]

  /// `AES256`, `aws:kms`, `aws:kms:dsse`.
  var algorithm: String
  /// A key's ARN; nil for `AES256`.
  var keyARN: String?
  var usesBucketKey = false

  /// The encryption that a request's headers ask for; nil where they leave it to the bucket.
  static func requested(_ members: inout S3Members, _ scope: Scope) throws -> S3Encryption? {
    let algorithm = try members.text("ServerSideEncryption")
    let keyID = try members.text("SSEKMSKeyId")
    let bucketKey = try members.text("BucketKeyEnabled").map { $0.lowercased() == "true" }
    guard let algorithm else {
      guard keyID == nil else { throw keyWithoutAlgorithm(keyID) }
      return nil
    }
    guard algorithm == managed || keyed.contains(algorithm) else {
      throw ServiceError.invalidArgument(
        "x-amz-server-side-encryption", algorithm,
        "The encryption method specified is not supported")
    }
    guard algorithm != managed || keyID == nil else { throw keyWithoutAlgorithm(keyID) }
    return try S3Encryption(algorithm, keyID, bucketKey ?? false, scope)
  }

  /// - Parameter keyID: a key's id or ARN, an alias or its ARN; nil for AWS's own key of S3.
  init(_ algorithm: String, _ keyID: String?, _ usesBucketKey: Bool, _ scope: Scope)
    throws(ServiceError)
  {
    self.algorithm = algorithm
    guard Self.keyed.contains(algorithm) else { return }
    keyARN = try Self.keyARN(keyID, scope)
    self.usesBucketKey = usesBucketKey && algorithm == "aws:kms"
  }

  /// As answers tell it, and as it is kept with the object.
  var answer: PropertyObject {
    var answer: PropertyObject = ["ServerSideEncryption": .string(algorithm)]
    answer.put("SSEKMSKeyId", keyARN)
    if usesBucketKey { answer["BucketKeyEnabled"] = true }
    return answer
  }

  private static func keyWithoutAlgorithm(_ keyID: String?) -> ServiceError {
    ServiceError.invalidArgument(
      "x-amz-server-side-encryption-aws-kms-key-id", keyID ?? "",
      "Server Side Encryption with AWS KMS managed key requires HTTP header "
        + "x-amz-server-side-encryption : aws:kms")
  }

  private static func keyARN(_ keyID: String?, _ scope: Scope) throws(ServiceError) -> String {
    let prefix = "arn:aws:kms:\(scope.region.text):\(scope.account.text):"
    guard let keyID else { return "\(prefix)key/\(managedKey(scope))" }
    if keyID.hasPrefix("arn:") {
      let fields = keyID.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
      if fields.count == 6, fields[2] == "kms",
        fields[5].hasPrefix("key/") || fields[5].hasPrefix("alias/")
      {
        return keyID
      }
    } else if keyID.hasPrefix("alias/"), keyID.count > 6 {
      return prefix + keyID
    } else if !keyID.isEmpty,
      keyID.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
    {
      return "\(prefix)key/\(keyID)"
    }
    throw ServiceError("KMS.NotFoundException", "Invalid keyId '\(keyID)'")
  }

  /// The id of `alias/aws/s3`, which every account and region has: the same each time.
  private static func managedKey(_ scope: Scope) -> String {
    let hex = Hex.encode(
      SHA256.hash(data: Array("aws/s3/\(scope.account.text)/\(scope.region.text)".utf8)))
    var parts: [Substring] = []
    var rest = hex[...]
    for count in [8, 4, 4, 4, 12] {
      parts.append(rest.prefix(count))
      rest = rest.dropFirst(count)
    }
    return parts.joined(separator: "-")
  }
}

/// A bucket's encryption of objects whose writers ask for none. Every bucket has one.
struct S3EncryptionConfiguration: S3Configuration {
  struct Default: Codable, Sendable, Hashable {
    var SSEAlgorithm: String
    var KMSMasterKeyID: String?
  }

  struct Rule: Codable, Sendable, Hashable {
    var ApplyServerSideEncryptionByDefault: Default?
    var BucketKeyEnabled: Bool?
  }

  var Rules: [Rule]

  static let traits = S3ConfigurationTraits(
    "ServerSideEncryptionConfiguration", of: "BucketEncryption",
    missing: (
      "ServerSideEncryptionConfigurationNotFoundError",
      "The server side encryption configuration was not found"
    ), isPermanent: true)

  static var initial: S3EncryptionConfiguration? {
    S3EncryptionConfiguration(Rules: [
      Rule(
        ApplyServerSideEncryptionByDefault: Default(SSEAlgorithm: S3Encryption.managed),
        BucketKeyEnabled: false)
    ])
  }

  func checked() throws(ServiceError) -> S3EncryptionConfiguration {
    guard Rules.count == 1 else { throw ServiceError.malformedXML }
    var checked = self
    let asked = Rules[0].ApplyServerSideEncryptionByDefault
    let used = asked ?? Default(SSEAlgorithm: S3Encryption.managed)
    let algorithm = used.SSEAlgorithm
    guard algorithm == S3Encryption.managed || S3Encryption.keyed.contains(algorithm) else {
      throw ServiceError.malformedXML
    }
    if algorithm == S3Encryption.managed, let key = used.KMSMasterKeyID {
      throw ServiceError.invalidArgument(
        "ApplyServerSideEncryptionByDefault", key,
        "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or "
          + "aws:kms:dsse")
    }
    _ = try S3Encryption(algorithm, used.KMSMasterKeyID, false, .standard)
    checked.Rules[0].ApplyServerSideEncryptionByDefault = used
    checked.Rules[0].BucketKeyEnabled = Rules[0].BucketKeyEnabled ?? false
    return checked
  }

  /// The encryption of an object of that account and region.
  func encryption(in scope: Scope) throws(ServiceError) -> S3Encryption {
    let rule = Rules.first
    let used = rule?.ApplyServerSideEncryptionByDefault
    return try S3Encryption(
      used?.SSEAlgorithm ?? S3Encryption.managed, used?.KMSMasterKeyID,
      rule?.BucketKeyEnabled ?? false, scope)
  }
}
