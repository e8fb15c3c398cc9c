import AWSModel

/// Where members stand in messages, for operations that share them.
enum S3Bindings {
  static let owner: [String: HTTPBinding] = [
    "ExpectedBucketOwner": .header("x-amz-expected-bucket-owner"),
    "RequestPayer": .header("x-amz-request-payer"),
  ]

  static let checksums: [String: HTTPBinding] = {
    var bindings: [String: HTTPBinding] = ["ChecksumType": .header("x-amz-checksum-type")]
    for algorithm in S3ChecksumAlgorithm.allCases {
      bindings[algorithm.member] = .header(algorithm.header)
    }
    return bindings
  }()

  /// Headers that are kept with an object and come back with it.
  static let kept: [String: HTTPBinding] = [
    "CacheControl": .header("Cache-Control"),
    "ContentDisposition": .header("Content-Disposition"),
    "ContentEncoding": .header("Content-Encoding"),
    "ContentLanguage": .header("Content-Language"),
    "ContentType": .header("Content-Type"),
    "Expires": .header("Expires"),
    "Metadata": .headerPrefix("x-amz-meta-"),
  ]

  /// Bound so that they can be refused by name.
  static let refused: [String: HTTPBinding] = [
    "ACL": .header("x-amz-acl"),
    "StorageClass": .header("x-amz-storage-class"),
    "GrantFullControl": .header("x-amz-grant-full-control"),
    "GrantRead": .header("x-amz-grant-read"),
    "GrantReadACP": .header("x-amz-grant-read-acp"),
    "GrantWriteACP": .header("x-amz-grant-write-acp"),
    "ServerSideEncryption": .header("x-amz-server-side-encryption"),
    "SSECustomerAlgorithm": .header("x-amz-server-side-encryption-customer-algorithm"),
    "SSEKMSKeyId": .header("x-amz-server-side-encryption-aws-kms-key-id"),
    "SSEKMSEncryptionContext": .header("x-amz-server-side-encryption-context"),
    "BucketKeyEnabled": .header("x-amz-server-side-encryption-bucket-key-enabled"),
    "WebsiteRedirectLocation": .header("x-amz-website-redirect-location"),
    "WriteOffsetBytes": .header("x-amz-write-offset-bytes"),
    "ObjectLockMode": .header("x-amz-object-lock-mode"),
    "ObjectLockRetainUntilDate": .header("x-amz-object-lock-retain-until-date"),
    "ObjectLockLegalHoldStatus": .header("x-amz-object-lock-legal-hold"),
  ]

  static let writeConditions: [String: HTTPBinding] = [
    "IfMatch": .header("If-Match"), "IfNoneMatch": .header("If-None-Match"),
  ]

  /// How the sender says what it has checked.
  static let sentDigests: [String: HTTPBinding] = [
    "ContentMD5": .header("Content-MD5"),
    "ChecksumAlgorithm": .header("x-amz-sdk-checksum-algorithm"),
    "Trailer": .header("x-amz-trailer"),
  ]

  /// The answer of GetObject and HeadObject.
  static let object: [String: HTTPBinding] = join(
    checksums, kept,
    [
      "AcceptRanges": .header("Accept-Ranges"), "ContentLength": .header("Content-Length"),
      "ContentRange": .header("Content-Range"), "DeleteMarker": .header("x-amz-delete-marker"),
      "ETag": .header("ETag"), "LastModified": .header("Last-Modified"),
      "PartsCount": .header("x-amz-mp-parts-count"),
      "TagCount": .header("x-amz-tagging-count"), "VersionId": .header("x-amz-version-id"),
    ])

  static let version: [String: HTTPBinding] = ["VersionId": .query("versionId")]

  static func join(_ all: [String: HTTPBinding]...) -> [String: HTTPBinding] {
    all.reduce(into: [:]) { $0.merge($1) { _, last in last } }
  }
}
