import AWSModel
import PropertyTree
import Testing

/// Ways of speaking that other clients have, and the sentences that they look for.
@Suite struct S3ClientTests {
  private static let etag = "5d41402abc4b2a76b9719d911017c592"

  @Test(arguments: [etag, "\"\(etag)", "\(etag)\"", "\"\(etag)\""])
  func anETagMayComeWithoutItsQuotes(_ tag: String) async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    try await s3.put("k", "hello")
    let given = PropertyValue.string(tag)
    #expect(try await s3.text("k", ["IfMatch": given]) == "hello")
    #expect(try await s3.get("k", ["IfNoneMatch": given]).status == 304)
    let copy: PropertyObject = [
      "Bucket": "bucket", "Key": "copy", "CopySource": "bucket/k", "CopySourceIfMatch": given,
    ]
    try await s3.call("CopyObject", copy)
    var other = copy
    other["CopySourceIfMatch"] = nil
    other["CopySourceIfNoneMatch"] = given
    #expect(try await s3.fault("CopyObject", other) == "PreconditionFailed")
    try await s3.put("k", "hello", ["IfMatch": given])
    try await s3.call("DeleteObject", ["Bucket": "bucket", "Key": "k", "IfMatch": given])
    try s3.end()
  }

  @Test(
    arguments: [
      (["MetadataDirective": "REPLACE"], true), (["StorageClass": "STANDARD"], true),
      (["ServerSideEncryption": "AES256"], true), ([:], false),
      (["TaggingDirective": "REPLACE", "Tagging": "a=1"], false),
    ] as [(PropertyObject, Bool)])
  func anObjectIsCopiedOntoItselfWhereSomethingChanges(_ change: PropertyObject, _ isTaken: Bool)
    async throws
  {
    let s3 = try S3Bench()
    try await s3.bucket()
    try await s3.put("k", "hello")
    var copy: PropertyObject = ["Bucket": "bucket", "Key": "k", "CopySource": "bucket/k"]
    for (name, value) in change { copy[name] = value }
    if isTaken {
      try await s3.call("CopyObject", copy)
    } else {
      #expect(try await s3.fault("CopyObject", copy) == "InvalidRequest")
    }
    #expect(try await s3.text("k") == "hello")
    try s3.end()
  }

  @Test func aVersionIsCopiedOntoItsKeyAndAMarkerIsNoSource() async throws {
    let s3 = try S3Bench()
    try await s3.bucket(versioning: "Enabled")
    let first = try await s3.put("k", "one").members.text("VersionId") ?? ""
    try await s3.put("k", "two")
    let copy: PropertyObject = [
      "Bucket": "bucket", "Key": "k", "CopySource": .string("bucket/k?versionId=\(first)"),
    ]
    try await s3.call("CopyObject", copy)
    #expect(try await s3.text("k") == "one")
    let marker = try await s3.call("DeleteObject", ["Bucket": "bucket", "Key": "k"])
    let version = marker.members.text("VersionId") ?? ""
    #expect(
      try await s3.refusal(
        "CopyObject",
        [
          "Bucket": "bucket", "Key": "x",
          "CopySource": .string("bucket/k?versionId=\(version)"),
        ]
      ).message == "The source of a copy request may not specifically refer to a delete marker by "
        + "version id.")
    #expect(
      try await s3.fault("CopyObject", ["Bucket": "bucket", "Key": "x", "CopySource": "bucket/k"])
        == "NoSuchKey")
    try s3.end()
  }

  @Test func errorsAboutADeleteMarkerNameTheMethod() async throws {
    let s3 = try S3Bench()
    try await s3.bucket(versioning: "Enabled")
    try await s3.put("k", "one")
    let marker = try await s3.call("DeleteObject", ["Bucket": "bucket", "Key": "k"])
    let key: PropertyObject = ["Bucket": "bucket", "Key": "k"]
    var version = key
    version["VersionId"] = marker.members["VersionId"]
    var tagging = key
    tagging["Tagging"] = ["TagSet": ["Tag": ["Key": "a", "Value": "1"]]]
    for (operation, members, method) in [
      ("GetObject", version, "GET"), ("HeadObject", version, "HEAD"),
      ("GetObjectTagging", key, "GET"), ("PutObjectTagging", tagging, "PUT"),
      ("DeleteObjectTagging", key, "DELETE"), ("GetObjectAcl", key, "GET"),
    ] {
      let refusal = try await s3.refusal(operation, members)
      #expect(refusal.code == "MethodNotAllowed" && refusal.status == 405, "\(operation)")
      #expect(refusal.fields["Method"] == .string(method), "\(operation)")
      #expect(refusal.fields["ResourceType"] == "DeleteMarker")
    }
    try s3.end()
  }

  @Test func aChecksumIsKeptWhereNobodyAsksForOne() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    let put = try await s3.put("k", "123456789")
    #expect(put.members.text("ChecksumCRC64NVME") == "rosUhgp5mIg=")
    #expect(put.members.text("ChecksumType") == "FULL_OBJECT")
    let got = try await s3.get("k", ["ChecksumMode": "ENABLED"])
    #expect(got.members.text("ChecksumCRC64NVME") == "rosUhgp5mIg=")
    #expect(try await s3.get("k").members["ChecksumCRC64NVME"] == nil)
    try s3.end()
  }

  @Test(arguments: [
    ("us-west-2", "us-east-1", "IllegalLocationConstraintException"),
    ("us-west-2", "eu-west-1", "IllegalLocationConstraintException"),
    ("us-west-2", nil, "IllegalLocationConstraintException"), ("us-west-2", "us-west-2", nil),
    ("us-east-1", "us-east-1", "InvalidLocationConstraint"), ("us-east-1", nil, nil),
    ("us-east-1", "eu-west-1", nil), ("us-east-1", "mars", "InvalidLocationConstraint"),
  ])
  func locationConstraints(_ endpoint: String, _ constraint: String?, _ code: String?)
    async throws
  {
    let s3 = try S3Bench(region: endpoint)
    var members: PropertyObject = ["Bucket": "bucket"]
    if let constraint {
      members["CreateBucketConfiguration"] = ["LocationConstraint": .string(constraint)]
    }
    if let code {
      #expect(try await s3.fault("CreateBucket", members) == code)
    } else {
      try await s3.call("CreateBucket", members)
    }
    try s3.end()
  }

  @Test(arguments: [
    "amzn-s3-demo-bucket", "a.mrap", "a--table-s3", "a--x-s3", "a-s3alias", "a--ol-s3", "xn--a",
    "sthree-a",
  ])
  func reservedNamesAreRefused(_ name: String) async throws {
    let s3 = try S3Bench()
    #expect(
      try await s3.fault("CreateBucket", ["Bucket": .string(name)]) == "InvalidBucketName")
    try s3.end()
  }

  @Test(arguments: [
    (["a", "a"], "Cannot provide multiple Tags with the same key"),
    (["aws:a"], "System tags cannot be added/updated by requester"),
    (["AWS:a"], "System tags cannot be added/updated by requester"),
    ([""], "The TagKey you have provided is invalid"),
  ])
  func tagsThatAreRefused(_ keys: [String], _ message: String) async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    try await s3.put("k")
    let set: PropertyValue = [
      "TagSet": ["Tag": .list(keys.map { ["Key": .string($0), "Value": "v"] })]
    ]
    let bucket = try await s3.refusal("PutBucketTagging", ["Bucket": "bucket", "Tagging": set])
    let object = try await s3.refusal(
      "PutObjectTagging", ["Bucket": "bucket", "Key": "k", "Tagging": set])
    for refusal in [bucket, object] {
      #expect(refusal.code == "InvalidTag" && refusal.message == message)
    }
    try s3.end()
  }

  @Test func aTagTwiceInTheHeaderIsRefused() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    #expect(
      try await s3.fault("PutObject", ["Bucket": "bucket", "Key": "k", "Tagging": "a=1&a=2"])
        == "InvalidArgument")
    try s3.end()
  }

  @Test func headBucketSaysXML() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    let head = try await s3.call("HeadBucket", ["Bucket": "bucket"])
    #expect(head.headers.map(\.value) == ["application/xml"])
    try s3.end()
  }
}
