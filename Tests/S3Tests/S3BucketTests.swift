import AWSModel
import Effects
import PropertyTree
import ServiceKit
import ResourceModel
import Testing

@Suite struct S3BucketTests {
  @Test(arguments: [
    ("ab", false), ("abc", true), ("a.b-c", true), ("Abc", false), ("a_b", false),
    ("-abc", false), ("abc-", false), ("a..b", false), ("192.168.0.1", false),
    ("xn--abc", false), (String(repeating: "a", count: 63), true),
    (String(repeating: "a", count: 64), false), ("../abc", false),
  ])
  func names(_ name: String, _ isValid: Bool) async throws {
    let s3 = try S3Bench()
    let members: PropertyObject = ["Bucket": .string(name)]
    if isValid {
      let answer = try await s3.call("CreateBucket", members)
      #expect(answer.members.text("Location") == "/\(name)")
    } else {
      #expect(try await s3.fault("CreateBucket", members) == "InvalidBucketName")
    }
    try s3.end()
  }

  /// Region spoken to, constraint, and the bucket's region or the error.
  @Test(arguments: [
    ("us-east-1", nil, "us-east-1"), ("us-east-1", "eu-west-1", "eu-west-1"),
    ("us-east-1", "EU", "eu-west-1"), ("us-east-1", "us-east-1", "InvalidLocationConstraint"),
    ("us-east-1", "nowhere", "InvalidLocationConstraint"),
    ("eu-west-1", "eu-west-1", "eu-west-1"),
    ("eu-west-1", nil, "IllegalLocationConstraintException"),
    ("eu-west-1", "us-west-2", "IllegalLocationConstraintException"),
  ])
  func regions(_ endpoint: String, _ constraint: String?, _ outcome: String) async throws {
    let s3 = try S3Bench(region: endpoint)
    var members: PropertyObject = ["Bucket": "bucket"]
    if let constraint {
      members["CreateBucketConfiguration"] = ["LocationConstraint": .string(constraint)]
    }
    if outcome.contains("-") {
      try await s3.call("CreateBucket", members)
      let head = try await s3.call("HeadBucket", ["Bucket": "bucket"])
      #expect(head.members.text("BucketRegion") == outcome)
      let location = try await s3.call("GetBucketLocation", ["Bucket": "bucket"])
      #expect(
        location.members.text("LocationConstraint") == (outcome == "us-east-1" ? "" : outcome))
    } else {
      #expect(try await s3.fault("CreateBucket", members) == outcome)
    }
    try s3.end()
  }

  @Test func aBucketIsMadeOnceAndAccountsAreApart() async throws {
    let ireland = try S3Bench(region: "eu-west-1")
    let members: PropertyObject = [
      "Bucket": "bucket", "CreateBucketConfiguration": ["LocationConstraint": "eu-west-1"],
    ]
    try await ireland.call("CreateBucket", members)
    #expect(try await ireland.fault("CreateBucket", members) == "BucketAlreadyOwnedByYou")
    try ireland.end()
    // Only in us-east-1 does it succeed again.
    let s3 = try S3Bench()
    try await s3.bucket()
    try await s3.put("k", "x")
    try await s3.bucket()
    #expect(try await s3.text("k") == "x")
    try await s3.call("CreateBucket", ["Bucket": "bucket"], account: "111111111111")
    let other = try await s3.call(
      "ListObjectsV2", ["Bucket": "bucket"], account: "111111111111")
    #expect(other.members.list("Contents").isEmpty)
    try s3.end()
  }

  @Test func onlyAnEmptyBucketGoes() async throws {
    let s3 = try S3Bench()
    try await s3.bucket(versioning: "Enabled")
    try await s3.put("k", "x")
    let deletion = try await s3.call("DeleteObject", ["Bucket": "bucket", "Key": "k"])
    #expect(try await s3.fault("DeleteBucket", ["Bucket": "bucket"]) == "BucketNotEmpty")
    let versions = try await s3.call("ListObjectVersions", ["Bucket": "bucket"]).members
    for version in versions.list("Version") {
      try await s3.call(
        "DeleteObject",
        ["Bucket": "bucket", "Key": "k", "VersionId": version["VersionId"] ?? .null])
    }
    #expect(try await s3.fault("DeleteBucket", ["Bucket": "bucket"]) == "BucketNotEmpty")
    try await s3.call(
      "DeleteObject",
      ["Bucket": "bucket", "Key": "k", "VersionId": deletion.members["VersionId"] ?? .null])
    try await s3.call("DeleteBucket", ["Bucket": "bucket"])
    #expect(try await s3.fault("HeadBucket", ["Bucket": "bucket"]) == "NoSuchBucket")
    try s3.end()
  }

  @Test func configurationsAnswerTruly() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    for (operation, code) in [
      ("GetBucketPolicy", "NoSuchBucketPolicy"), ("GetBucketCors", "NoSuchCORSConfiguration"),
      ("GetBucketLifecycleConfiguration", "NoSuchLifecycleConfiguration"),
      ("GetBucketWebsite", "NoSuchWebsiteConfiguration"), ("GetBucketTagging", "NoSuchTagSet"),
    ] {
      #expect(try await s3.fault(operation, ["Bucket": "bucket"]) == code)
    }
    func block() async throws -> PropertyValue? {
      try await s3.call("GetPublicAccessBlock", ["Bucket": "bucket"])
        .members["PublicAccessBlockConfiguration"]
    }
    #expect(try await block()?.text("BlockPublicAcls") == "true")
    try await s3.call(
      "PutPublicAccessBlock",
      ["Bucket": "bucket", "PublicAccessBlockConfiguration": ["BlockPublicAcls": "true"]])
    #expect(try await block()?.text("BlockPublicAcls") == "true")
    #expect(try await block()?.text("RestrictPublicBuckets") == "false")
    try await s3.call("DeletePublicAccessBlock", ["Bucket": "bucket"])
    #expect(
      try await s3.fault("GetPublicAccessBlock", ["Bucket": "bucket"])
        == "NoSuchPublicAccessBlockConfiguration")
    try s3.end()
  }

  @Test func bucketsAreListedInPages() async throws {
    let s3 = try S3Bench()
    for name in ["ccc", "aaa", "bbb", "b-prefix"] { try await s3.bucket(name) }
    var members: PropertyObject = ["MaxBuckets": 2]
    var names: [String] = []
    for _ in 0..<5 {
      let page = try await s3.call("ListBuckets", members).members
      names += (page["Buckets"]?.list("Bucket") ?? []).compactMap { $0.text("Name") }
      guard let token = page["ContinuationToken"] else { break }
      members["ContinuationToken"] = token
    }
    #expect(names == ["aaa", "b-prefix", "bbb", "ccc"])
    let filtered = try await s3.call("ListBuckets", ["Prefix": "b"]).members
    #expect(filtered["Buckets"]?.list("Bucket").count == 2)
    try s3.end()
  }

  @Test func theResourceMakesChangesAndRemovesABucket() async throws {
    let s3 = try S3Bench()
    let handler = try #require(s3.service.resources.first)
    let environment = StackEnvironment(
      scope: .standard, stackName: "stack", stackID: "arn:aws:cloudformation:::stack/stack/1")
    @Sendable func request(_ properties: PropertyValue, empties: Bool = false) -> ResourceRequest {
      ResourceRequest(
        environment: environment, logicalID: "Bucket", physicalID: "bucket",
        properties: properties, now: Timestamp(milliseconds: 0), discardsContents: empties)
    }
    let versioned: PropertyValue = [
      "VersioningConfiguration": ["Status": "Enabled"],
      "Tags": [["Key": "team", "Value": "data"]],
    ]
    try await s3.database.write { try handler.create(request(versioned), in: $0) }
    await #expect(throws: ServiceError.self) {
      try await s3.database.write { try handler.create(request(versioned), in: $0) }
    }
    let versioning = try await s3.call("GetBucketVersioning", ["Bucket": "bucket"])
    #expect(versioning.members.text("Status") == "Enabled")
    let tags = try await s3.call("GetBucketTagging", ["Bucket": "bucket"]).members
    #expect(tags["TagSet"] == ["Tag": [["Key": "team", "Value": "data"]]])

    try await s3.put("k", String(repeating: "x", count: 1234))
    try await s3.put("k", "y")
    try await s3.call("DeleteObject", ["Bucket": "bucket", "Key": "k"])
    let contents = try await s3.database.write { try handler.contents(request(versioned), in: $0) }
    #expect(contents.blocksDeletion)
    #expect(contents.losses == ["1 object in 2 versions (1.2 KB) and 1 delete marker"])
    await #expect(throws: ServiceError.self) {
      try await s3.database.write { try handler.delete(request(versioned), in: $0) }
    }
    try await s3.database.write { try handler.update(request([:]), in: $0) }
    let suspended = try await s3.call("GetBucketVersioning", ["Bucket": "bucket"])
    #expect(suspended.members.text("Status") == "Suspended")
    try await s3.database.write { try handler.delete(request([:], empties: true), in: $0) }
    #expect(try await s3.database.write { try handler.exists(request([:]), in: $0) } == false)
    #expect(try s3.files().objects.isEmpty)
    // Gone already: no error.
    try await s3.database.write { try handler.delete(request([:]), in: $0) }
    try s3.end()
  }
}
