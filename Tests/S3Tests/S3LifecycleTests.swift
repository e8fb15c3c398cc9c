import AWSModel
import Effects
import PropertyTree
import ServiceTesting
import Testing

/// Lifecycles, carried out by the clock. The bench begins at 05:00 on 2026-11-21.
@Suite struct S3LifecycleTests {
  private static let hour: Int64 = 3_600_000
  private static let day = 24 * hour

  private static func rule(_ more: PropertyObject) -> PropertyObject {
    (["ID": "rule", "Status": "Enabled", "Filter": ["Prefix": ""]] as PropertyObject).merged(more)
  }

  private func configure(_ s3: S3Bench, _ rules: PropertyObject...) async throws {
    try await s3.call("PutBucketLifecycleConfiguration", Self.put(rules))
  }

  private static func put(_ rules: [PropertyObject]) -> PropertyObject {
    [
      "Bucket": "bucket", "LifecycleConfiguration": ["Rules": .list(rules.map { .object($0) })],
    ]
  }

  private func keys(_ s3: S3Bench) async throws -> [String] {
    try await s3.call("ListObjectsV2", ["Bucket": "bucket"]).members.list("Contents")
      .compactMap { $0.text("Key") }
  }

  @Test func objectsEndAtTheMidnightAfterTheirDays() async throws {
    let s3 = try S3Bench()
    try await s3.service.start()
    try await s3.bucket()
    try await s3.put("logs/a")
    try await s3.put("other")
    try await configure(
      s3, Self.rule(["Filter": ["Prefix": "logs/"], "Expiration": ["Days": "1"]]))
    let head = try await s3.call("HeadObject", ["Bucket": "bucket", "Key": "logs/a"])
    #expect(
      head.headers.map(\.value) == [
        "expiry-date=\"Mon, 23 Nov 2026 00:00:00 GMT\", rule-id=\"rule\""
      ])
    let put = try await s3.put("logs/b").members
    #expect(put.text("Expiration")?.hasPrefix("expiry-date=\"Mon, 23 Nov") == true)
    await s3.clock.advance(milliseconds: Self.day + 18 * Self.hour)
    #expect(try await keys(s3) == ["logs/a", "logs/b", "other"], "23:00 on the 22nd")
    await s3.clock.advance(milliseconds: Self.hour)
    #expect(try await keys(s3) == ["other"])
    await s3.clock.advance(milliseconds: 60_000)
    #expect(try s3.files().objects.count == 1)
    await s3.service.stop()
    try s3.end()
  }

  @Test func whatEndedWhileNothingRanEndsAtTheStart() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    try await s3.put("k")
    try await configure(s3, Self.rule(["Expiration": ["Date": "2026-11-25T00:00:00.000Z"]]))
    await s3.clock.advance(milliseconds: 10 * Self.day)
    #expect(try await keys(s3) == ["k"])
    try await s3.service.start()
    await s3.clock.advance(milliseconds: 1)
    #expect(try await keys(s3).isEmpty)
    await s3.service.stop()
    try s3.end()
  }

  @Test func filtersBySizeAndTags() async throws {
    let s3 = try S3Bench()
    try await s3.service.start()
    try await s3.bucket()
    try await s3.put("a/large", "0123456789", ["Tagging": "keep=no&x=1"])
    try await s3.put("a/small", "0", ["Tagging": "keep=no"])
    try await s3.put("a/kept", "0123456789", ["Tagging": "keep=yes"])
    try await s3.put("b/large", "0123456789", ["Tagging": "keep=no"])
    let both: PropertyValue = [
      "Prefix": "a/", "Tags": [["Key": "keep", "Value": "no"]],
      "ObjectSizeGreaterThan": "5",
    ]
    try await configure(s3, Self.rule(["Filter": ["And": both], "Expiration": ["Days": "1"]]))
    await s3.clock.advance(milliseconds: 3 * Self.day)
    #expect(try await keys(s3) == ["a/kept", "a/small", "b/large"])
    await s3.service.stop()
    try s3.end()
  }

  @Test func versionsEndByTheirSuccessorsAge() async throws {
    let s3 = try S3Bench()
    try await s3.service.start()
    try await s3.bucket(versioning: "Enabled")
    for text in ["1", "2", "3", "4"] { try await s3.put("k", text) }
    try await configure(
      s3,
      Self.rule([
        "NoncurrentVersionExpiration": ["NoncurrentDays": "2", "NewerNoncurrentVersions": "1"]
      ]))
    func count() async throws -> Int {
      try await s3.call("ListObjectVersions", ["Bucket": "bucket"]).members.list("Version").count
    }
    await s3.clock.advance(milliseconds: 2 * Self.day)
    #expect(try await count() == 4)
    await s3.clock.advance(milliseconds: Self.day)
    #expect(try await count() == 2, "the current one and the newest behind it")
    #expect(try await s3.text("k") == "4")
    await s3.service.stop()
    try s3.end()
  }

  @Test func aVersionedObjectEndsInAMarkerAndTheMarkerWithItsLastVersion() async throws {
    let s3 = try S3Bench()
    try await s3.service.start()
    try await s3.bucket(versioning: "Enabled")
    try await s3.put("k", "1")
    try await configure(
      s3,
      Self.rule(["ID": "a", "Expiration": ["Days": "1"]]),
      Self.rule(["ID": "b", "NoncurrentVersionExpiration": ["NoncurrentDays": "1"]]),
      Self.rule(["ID": "c", "Expiration": ["ExpiredObjectDeleteMarker": "true"]]))
    await s3.clock.advance(milliseconds: 2 * Self.day)
    let hidden = try await s3.call("ListObjectVersions", ["Bucket": "bucket"]).members
    #expect(hidden.list("Version").count == 1 && hidden.list("DeleteMarker").count == 1)
    await s3.clock.advance(milliseconds: 3 * Self.day)
    let gone = try await s3.call("ListObjectVersions", ["Bucket": "bucket"]).members
    #expect(gone.list("Version").isEmpty && gone.list("DeleteMarker").isEmpty)
    await s3.service.stop()
    try s3.end()
  }

  @Test func uploadsEnd() async throws {
    let s3 = try S3Bench()
    try await s3.service.start()
    try await s3.bucket()
    try await s3.call("CreateMultipartUpload", ["Bucket": "bucket", "Key": "a/k"])
    try await s3.call("CreateMultipartUpload", ["Bucket": "bucket", "Key": "b/k"])
    try await configure(
      s3,
      Self.rule([
        "Filter": ["Prefix": "a/"],
        "AbortIncompleteMultipartUpload": ["DaysAfterInitiation": "7"],
      ]))
    await s3.clock.advance(milliseconds: 9 * Self.day)
    let left = try await s3.call("ListMultipartUploads", ["Bucket": "bucket"]).members
    #expect(left.list("Upload").compactMap { $0.text("Key") } == ["b/k"])
    await s3.service.stop()
    try s3.end()
  }

  @Test(
    arguments: [
      (rule([:]), "InvalidRequest"),
      (rule(["Status": "On", "Expiration": ["Days": "1"]]), "MalformedXML"),
      (rule(["Expiration": ["Days": "0"]]), "InvalidArgument"),
      (rule(["Expiration": ["Days": "x"]]), "MalformedXML"),
      (rule(["Expiration": ["Days": "1", "ExpiredObjectDeleteMarker": "true"]]), "MalformedXML"),
      (rule(["Expiration": ["Date": "2026-11-25T01:00:00Z"]]), "InvalidArgument"),
      (rule(["Expiration": ["Days": "1"], "Prefix": ""]), "MalformedXML"),
      (
        rule([
          "Filter": ["Tag": ["Key": "a", "Value": "b"]],
          "AbortIncompleteMultipartUpload": ["DaysAfterInitiation": "1"],
        ]), "InvalidRequest"
      ),
      (
        rule(["Transitions": ["Transition": ["Days": "1", "StorageClass": "GLACIER"]]]),
        "UnsupportedOperation"
      ),
    ] as [(PropertyObject, String)])
  func rulesThatAreRefused(_ rule: PropertyObject, _ code: String) async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    #expect(try await s3.fault("PutBucketLifecycleConfiguration", Self.put([rule])) == code)
    try s3.end()
  }

  @Test func aConfigurationIsReadBackAndRemoved() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    var unnamed = Self.rule(["Expiration": ["Days": "1"]])
    unnamed["ID"] = nil
    try await configure(s3, unnamed)
    let got = try await s3.call("GetBucketLifecycleConfiguration", ["Bucket": "bucket"]).members
    #expect(got.list("Rules").first?["Expiration"] == ["Days": 1])
    #expect(got.list("Rules").first?.text("ID")?.count == 40)
    #expect(got.text("TransitionDefaultMinimumObjectSize") == "all_storage_classes_128K")
    try await s3.call("DeleteBucketLifecycle", ["Bucket": "bucket"])
    #expect(
      try await s3.fault("GetBucketLifecycleConfiguration", ["Bucket": "bucket"])
        == "NoSuchLifecycleConfiguration")
    try s3.end()
  }
}
