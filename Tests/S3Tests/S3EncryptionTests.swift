import AWSModel
import PropertyTree
import Testing

@Suite struct S3EncryptionTests {
  private static let key =
    "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab"

  private static func encryption(_ algorithm: String, _ key: String? = nil) -> PropertyValue {
    var rule: PropertyObject = ["SSEAlgorithm": .string(algorithm)]
    if let key { rule["KMSMasterKeyID"] = .string(key) }
    return [
      "Rules": [
        ["ApplyServerSideEncryptionByDefault": .object(rule), "BucketKeyEnabled": "true"]
      ]
    ]
  }

  @Test func aNewBucketReportsAES256() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    let got = try await s3.call("GetBucketEncryption", ["Bucket": "bucket"]).members
    #expect(
      got["ServerSideEncryptionConfiguration"] == [
        "Rules": [
          [
            "ApplyServerSideEncryptionByDefault": ["SSEAlgorithm": "AES256"],
            "BucketKeyEnabled": false,
          ]
        ]
      ])
    #expect(try await s3.put("k").members.text("ServerSideEncryption") == "AES256")
    #expect(try await s3.get("k").members.text("ServerSideEncryption") == "AES256")
    try s3.end()
  }

  @Test func anObjectKeepsTheEncryptionThatItsWriterAskedFor() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    let asked: PropertyObject = [
      "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": .string(Self.key),
      "BucketKeyEnabled": "true",
    ]
    func check(_ members: PropertyValue, _ what: String) {
      #expect(members.text("ServerSideEncryption") == "aws:kms", "\(what)")
      #expect(members.text("SSEKMSKeyId") == Self.key, "\(what)")
      #expect(members.text("BucketKeyEnabled") == "true", "\(what)")
    }
    check(try await s3.put("k", "x", asked).members, "put")
    check(try await s3.get("k").members, "get")
    check(try await s3.call("HeadObject", ["Bucket": "bucket", "Key": "k"]).members, "head")
    var copy: PropertyObject = ["Bucket": "bucket", "Key": "copy", "CopySource": "bucket/k"]
    let plain = try await s3.call("CopyObject", copy).members
    #expect(plain.text("ServerSideEncryption") == "AES256", "a copy takes the bucket's")
    copy = copy.merged(asked)
    check(try await s3.call("CopyObject", copy).members, "copy")
    let begun = try await s3.call(
      "CreateMultipartUpload", (["Bucket": "bucket", "Key": "m"] as PropertyObject).merged(asked)
    ).members
    check(begun, "create")
    var part: PropertyObject = [
      "Bucket": "bucket", "Key": "m", "UploadId": begun["UploadId"] ?? .null,
    ]
    part["PartNumber"] = 1
    let sent = try await s3.call("UploadPart", part, body: [1]).members
    check(sent, "part")
    part["PartNumber"] = nil
    part["MultipartUpload"] = ["Part": ["PartNumber": 1, "ETag": sent["ETag"] ?? .null]]
    check(try await s3.call("CompleteMultipartUpload", part).members, "complete")
    check(try await s3.get("m").members, "get of parts")
    try s3.end()
  }

  @Test(arguments: [
    ("1234abcd-12ab-34cd-56ef-1234567890ab", key),
    ("alias/mine", "arn:aws:kms:us-east-1:000000000000:alias/mine"), (key, key),
  ])
  func aKeyIsToldByItsARN(_ id: String, _ arn: String) async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    let put = try await s3.put(
      "k", "x", ["ServerSideEncryption": "aws:kms", "SSEKMSKeyId": .string(id)])
    #expect(put.members.text("SSEKMSKeyId") == arn)
    try s3.end()
  }

  @Test(
    arguments: [
      (["ServerSideEncryption": "rot13"], "InvalidArgument"),
      (["ServerSideEncryption": "AES256", "SSEKMSKeyId": "x"], "InvalidArgument"),
      (["SSEKMSKeyId": "x"], "InvalidArgument"),
      (["ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "a b"], "KMS.NotFoundException"),
      (["SSECustomerAlgorithm": "AES256"], "UnsupportedOperation"),
    ] as [(PropertyObject, String)])
  func encryptionsThatAreRefused(_ asked: PropertyObject, _ code: String) async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    let put = (["Bucket": "bucket", "Key": "k"] as PropertyObject).merged(asked)
    #expect(try await s3.fault("PutObject", put) == code)
    #expect(try await s3.fault("CreateMultipartUpload", put) == code)
    try s3.end()
  }

  @Test func aBucketsEncryptionIsThatOfItsObjectsUntilItIsRemoved() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    try await s3.call(
      "PutBucketEncryption",
      [
        "Bucket": "bucket",
        "ServerSideEncryptionConfiguration": Self.encryption("aws:kms", Self.key),
      ])
    let put = try await s3.put("k").members
    #expect(put.text("SSEKMSKeyId") == Self.key && put.text("BucketKeyEnabled") == "true")
    #expect(
      try await s3.put("plain", "", ["ServerSideEncryption": "AES256"]).members
        .text("SSEKMSKeyId") == nil)
    try await s3.call("DeleteBucketEncryption", ["Bucket": "bucket"])
    #expect(try await s3.put("k").members.text("ServerSideEncryption") == "AES256")
    try s3.end()
  }

  @Test(
    arguments: [
      (encryption("AES256", "x"), "InvalidArgument"), (encryption("rot13"), "MalformedXML"),
      (["Rules": []], "MalformedXML"),
    ] as [(PropertyValue, String)])
  func configurationsThatAreRefused(_ configuration: PropertyValue, _ code: String) async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    let put: PropertyObject = [
      "Bucket": "bucket", "ServerSideEncryptionConfiguration": configuration,
    ]
    #expect(try await s3.fault("PutBucketEncryption", put) == code)
    try s3.end()
  }
}

extension PropertyObject {
  func merged(_ other: PropertyObject) -> PropertyObject {
    var merged = self
    for (name, value) in other { merged[name] = value }
    return merged
  }
}
