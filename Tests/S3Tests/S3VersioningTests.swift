import AWSModel
import PropertyTree
import Testing

@Suite struct S3VersioningTests {
  @Test func versionsAndDeleteMarkers() async throws {
    let s3 = try S3Bench()
    try await s3.bucket(versioning: "Enabled")
    let first = try #require(try await s3.put("k", "one").members.text("VersionId"))
    let second = try #require(try await s3.put("k", "two").members.text("VersionId"))
    #expect(first != second)
    #expect(try await s3.text("k") == "two")
    #expect(try await s3.text("k", ["VersionId": .string(first)]) == "one")

    let deletion = try await s3.call("DeleteObject", ["Bucket": "bucket", "Key": "k"])
    #expect(deletion.members["DeleteMarker"]?.booleanValue == true)
    let marker = try #require(deletion.members.text("VersionId"))
    let key: PropertyObject = ["Bucket": "bucket", "Key": "k"]
    let gone = try await s3.refusal("GetObject", key)
    #expect(gone.status == 404)
    #expect(gone.code == "NoSuchKey")
    #expect(gone.headers == ["x-amz-delete-marker": "true", "x-amz-version-id": marker])
    let asked = try await s3.refusal(
      "HeadObject", ["Bucket": "bucket", "Key": "k", "VersionId": .string(marker)])
    #expect(asked.status == 405)
    #expect(asked.headers["Allow"] == "DELETE")
    #expect(try await s3.text("k", ["VersionId": .string(second)]) == "two")

    // Without the marker the object is there again.
    let undone = try await s3.call(
      "DeleteObject", ["Bucket": "bucket", "Key": "k", "VersionId": .string(marker)])
    #expect(undone.members["DeleteMarker"]?.booleanValue == true)
    #expect(try await s3.text("k") == "two")
    try await s3.call(
      "DeleteObject", ["Bucket": "bucket", "Key": "k", "VersionId": .string(second)])
    #expect(try await s3.text("k") == "one")
    #expect(try s3.files().objects.count == 1)
    try s3.end()
  }

  @Test func suspendedVersioningReplacesOnlyTheNullVersion() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    try await s3.put("k", "before")
    try await s3.setVersioning("Enabled")
    let kept = try #require(try await s3.put("k", "kept").members.text("VersionId"))
    try await s3.setVersioning("Suspended")
    #expect(try await s3.put("k", "null 1").members.text("VersionId") == "null")
    try await s3.put("k", "null 2")
    #expect(try await s3.text("k") == "null 2")
    #expect(try await s3.text("k", ["VersionId": .string(kept)]) == "kept")
    #expect(try await s3.text("k", ["VersionId": "null"]) == "null 2")
    let listed = try await s3.call("ListObjectVersions", ["Bucket": "bucket"]).members
    #expect(listed.list("Version").compactMap { $0.text("VersionId") } == ["null", kept])
    #expect(listed.list("Version").compactMap { $0.text("IsLatest") } == ["true", "false"])
    try await s3.call("DeleteObject", ["Bucket": "bucket", "Key": "k"])
    let after = try await s3.call("ListObjectVersions", ["Bucket": "bucket"]).members
    #expect(after.list("DeleteMarker").compactMap { $0.text("VersionId") } == ["null"])
    #expect(after.list("Version").compactMap { $0.text("VersionId") } == [kept])
    try s3.end()
  }

  @Test(arguments: [1, 2, 3, 7, 100])
  func pagesOfVersions(_ limit: Int) async throws {
    let s3 = try S3Bench()
    try await s3.bucket(versioning: "Enabled")
    var expected: [String] = []
    for key in ["a", "b", "c/1", "d"] {
      var versions: [String] = []
      for number in 0..<3 {
        let put = try await s3.put(key, "\(number)")
        versions.append("\(key) \(put.members.text("VersionId") ?? "")")
      }
      let marker = try await s3.call("DeleteObject", ["Bucket": "bucket", "Key": .string(key)])
      versions.append("\(key) \(marker.members.text("VersionId") ?? "")")
      expected += versions.reversed()
    }
    var found: [String] = []
    var members: PropertyObject = ["Bucket": "bucket", "MaxKeys": .int(Int64(limit))]
    for _ in 0..<30 {
      let page = try await s3.call("ListObjectVersions", members).members
      // Versions and markers are two lists; put them back together by key and by time.
      let entries = (page.list("Version") + page.list("DeleteMarker")).map {
        "\($0.text("Key") ?? "") \($0.text("VersionId") ?? "")"
      }
      #expect(entries.count <= limit)
      found += entries.sorted {
        expected.firstIndex(of: $0) ?? 0 < expected.firstIndex(of: $1) ?? 0
      }
      guard page["IsTruncated"]?.booleanValue == true else { break }
      members["KeyMarker"] = page["NextKeyMarker"]
      members["VersionIdMarker"] = page["NextVersionIdMarker"]
    }
    #expect(found == expected)
    let prefixes = try await s3.call(
      "ListObjectVersions", ["Bucket": "bucket", "Delimiter": "/"]
    ).members
    #expect(prefixes.list("CommonPrefixes") == [["Prefix": "c/"]])
    try s3.end()
  }

  @Test func deletionOfManyKeys() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    for key in ["a", "b", "c"] { try await s3.put(key) }
    let answer = try await s3.call(
      "DeleteObjects",
      [
        "Bucket": "bucket",
        "Delete": ["Object": [["Key": "a"], ["Key": "missing"], ["Key": "b", "ETag": "\"no\""]]],
      ]
    ).members
    #expect(answer.list("Deleted") == [["Key": "a"], ["Key": "missing"]])
    #expect(answer.list("Error").compactMap { $0.text("Code") } == ["PreconditionFailed"])
    let quiet = try await s3.call(
      "DeleteObjects",
      ["Bucket": "bucket", "Delete": ["Quiet": "true", "Object": ["Key": "b"]]]
    ).members
    #expect(quiet["Deleted"] == nil)
    let left = try await s3.call("ListObjectsV2", ["Bucket": "bucket"]).members
    #expect(left.list("Contents").compactMap { $0.text("Key") } == ["c"])
    let many = PropertyValue.list((0...1000).map { ["Key": .string("k\($0)")] })
    let code = try await s3.fault(
      "DeleteObjects", ["Bucket": "bucket", "Delete": ["Object": many]])
    #expect(code == "MalformedXML")
    try s3.end()
  }
}
