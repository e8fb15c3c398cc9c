import AWSModel
import Crypto
import Effects
import PropertyTree
import Testing

@Suite struct S3ObjectTests {
  @Test func anObjectComesBackWithItsBytesAndHeaders() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    let put = try await s3.put(
      "dir/ä b.txt", "hello",
      [
        "ContentType": "text/plain", "CacheControl": "no-store", "ContentEncoding": "aws-chunked",
        "Metadata": ["colour": "blue"], "Tagging": "a=1&b=two%20words",
      ])
    #expect(put.members.text("ETag") == "\"5d41402abc4b2a76b9719d911017c592\"")
    #expect(put.members["VersionId"] == nil)
    let got = try await s3.get("dir/ä b.txt")
    #expect(try s3.read(got) == Array("hello".utf8))
    #expect(got.members.text("ContentType") == "text/plain")
    #expect(got.members.text("CacheControl") == "no-store")
    #expect(got.members["ContentEncoding"] == nil)
    #expect(got.members["Metadata"] == ["colour": "blue"])
    #expect(got.members.text("TagCount") == "2")
    #expect(got.members.text("LastModified") == "Sat, 21 Nov 2026 05:00:00 GMT")
    let head = try await s3.call("HeadObject", ["Bucket": "bucket", "Key": "dir/ä b.txt"])
    #expect(head.members.text("ContentLength") == "5")
    #expect(try s3.read(head).isEmpty)
    try s3.end()
  }

  /// The keys that would leave the folder if they were paths.
  @Test(arguments: ["../../../etc/passwd", "/", "//", "a/../b", ".", "..", "a\nb", "ключ"])
  func keysAreDataNeverPaths(_ key: String) async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    try await s3.put(key, "x")
    #expect(try await s3.text(key) == "x")
    let files = try s3.files()
    #expect(files.objects.count == 1 && files.staging.isEmpty)
    #expect(files.objects.allSatisfy { $0.allSatisfy(\.isHexDigit) })
    try s3.end()
  }

  @Test func keysThatAreEqualInSwiftAreTwoObjects() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    try await s3.put("caf\u{E9}", "composed")
    try await s3.put("cafe\u{301}", "decomposed")
    #expect(try await s3.text("caf\u{E9}") == "composed")
    #expect(try await s3.text("cafe\u{301}") == "decomposed")
    let page = try await s3.call("ListObjectsV2", ["Bucket": "bucket"])
    #expect(page.members.list("Contents").count == 2)
    try s3.end()
  }

  @Test(arguments: [
    ("bytes=0-3", 206, "0123", "bytes 0-3/10"), ("bytes=7-", 206, "789", "bytes 7-9/10"),
    ("bytes=-2", 206, "89", "bytes 8-9/10"), ("bytes=5-100", 206, "56789", "bytes 5-9/10"),
    ("bytes=-100", 206, "0123456789", "bytes 0-9/10"), ("lines=1-2", 200, "0123456789", nil),
    ("bytes=3-1", 200, "0123456789", nil), ("bytes=0-1,4-5", 200, "0123456789", nil),
  ])
  func ranges(_ range: String, _ status: Int, _ text: String, _ contentRange: String?) async throws
  {
    let s3 = try S3Bench()
    try await s3.bucket()
    try await s3.put("k", "0123456789")
    let got = try await s3.get("k", ["Range": .string(range)])
    #expect(got.status == status)
    #expect(String(decoding: try s3.read(got), as: UTF8.self) == text)
    #expect(got.members.text("ContentRange") == contentRange)
    try s3.end()
  }

  @Test func aRangeOutsideIsRefused() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    try await s3.put("k", "abc")
    for range in ["bytes=3-", "bytes=9-12", "bytes=-0"] {
      let code = try await s3.fault(
        "GetObject", ["Bucket": "bucket", "Key": "k", "Range": .string(range)])
      #expect(code == "InvalidRange")
    }
    try s3.end()
  }

  /// Against ETag "900150983cd24fb0d6963f7d28e17f72", modified at 05:00:00.
  @Test(arguments: [
    ("IfMatch", "\"900150983cd24fb0d6963f7d28e17f72\"", 200),
    ("IfMatch", "\"other\"", 412), ("IfMatch", "*", 200),
    ("IfNoneMatch", "\"900150983cd24fb0d6963f7d28e17f72\"", 304), ("IfNoneMatch", "*", 304),
    ("IfNoneMatch", "\"other\", \"another\"", 200),
    ("IfModifiedSince", "Sat, 21 Nov 2026 05:00:00 GMT", 304),
    ("IfModifiedSince", "Sat, 21 Nov 2026 04:59:59 GMT", 200),
    ("IfUnmodifiedSince", "Sat, 21 Nov 2026 04:59:59 GMT", 412),
    ("IfUnmodifiedSince", "Sat, 21 Nov 2026 05:00:00 GMT", 200),
    ("IfModifiedSince", "not a date", 200),
  ])
  func conditionalReads(_ condition: String, _ value: String, _ status: Int) async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    try await s3.put("k", "abc")
    for operation in ["GetObject", "HeadObject"] {
      let members: PropertyObject = ["Bucket": "bucket", "Key": "k", condition: .string(value)]
      if status == 412 {
        #expect(try await s3.fault(operation, members) == "PreconditionFailed")
      } else {
        #expect(try await s3.call(operation, members).status == status)
      }
    }
    try s3.end()
  }

  @Test func conditionalWrites() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    let once: PropertyObject = ["Bucket": "bucket", "Key": "k", "IfNoneMatch": "*"]
    try await s3.call("PutObject", once, body: [1])
    #expect(try await s3.fault("PutObject", once, body: [2]) == "PreconditionFailed")
    let etag = try await s3.get("k").members.text("ETag") ?? ""
    var swap: PropertyObject = ["Bucket": "bucket", "Key": "k", "IfMatch": .string(etag)]
    try await s3.call("PutObject", swap, body: [3])
    #expect(try await s3.fault("PutObject", swap, body: [4]) == "PreconditionFailed")
    swap["Key"] = "missing"
    #expect(try await s3.fault("PutObject", swap, body: [4]) == "NoSuchKey")
    #expect(try s3.read(try await s3.get("k")) == [3])
    // A refused request has left nothing behind.
    let files = try s3.files()
    #expect(files.objects.count == 1 && files.staging.isEmpty)
    try s3.end()
  }

  /// Check values of the text `123456789`.
  @Test(arguments: [
    ("CRC32", "y/Q5Jg=="), ("CRC32C", "4waSgw=="), ("CRC64NVME", "rosUhgp5mIg="),
    ("SHA1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
    ("SHA256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
  ])
  func checksumsAreVerifiedAndKept(_ algorithm: String, _ value: String) async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    let member = "Checksum\(algorithm)"
    let put = try await s3.put("k", "123456789", [member: .string(value)])
    #expect(put.members.text(member) == value)
    let got = try await s3.get("k", ["ChecksumMode": "ENABLED"])
    #expect(got.members.text(member) == value)
    #expect(got.members.text("ChecksumType") == "FULL_OBJECT")
    #expect(try await s3.get("k").members[member] == nil)
    let part = try await s3.get("k", ["ChecksumMode": "ENABLED", "Range": "bytes=0-1"])
    #expect(part.members[member] == nil)
    let code = try await s3.fault(
      "PutObject", ["Bucket": "bucket", "Key": "k", member: .string(value)],
      body: Array("12345678".utf8))
    #expect(code == "BadDigest")
    #expect(try await s3.text("k") == "123456789")
    #expect(try s3.files().staging.isEmpty)
    try s3.end()
  }

  @Test func contentMD5IsVerified() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    let good = Base64.encode(Array(Insecure.MD5.hash(data: Array("abc".utf8))))
    try await s3.put("k", "abc", ["ContentMD5": .string(good)])
    let members: PropertyObject = ["Bucket": "bucket", "Key": "k", "ContentMD5": .string(good)]
    #expect(try await s3.fault("PutObject", members, body: [1]) == "BadDigest")
    let broken: PropertyObject = ["Bucket": "bucket", "Key": "k", "ContentMD5": "not base64"]
    #expect(try await s3.fault("PutObject", broken) == "InvalidDigest")
    try s3.end()
  }

  @Test(arguments: [
    ("SSECustomerKey", "x"), ("StorageClass", "GLACIER"), ("RequestPayer", "requester"),
    ("ObjectLockMode", "COMPLIANCE"), ("WebsiteRedirectLocation", "/x"), ("NeverHeardOf", "x"),
  ])
  func whatIsNotImplementedIsRefusedByName(_ member: String, _ value: String) async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    do {
      try await s3.put("k", "x", [member: .string(value)])
      Issue.record("accepted")
    } catch let error as ServiceError {
      #expect(error.code == "UnsupportedOperation" && error.message.contains(member))
      #expect((400..<500).contains(error.status))
    }
    try s3.end()
  }

  @Test func responseOverridesReplaceStoredHeaders() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    try await s3.put("k", "x", ["ContentType": "text/plain"])
    let overridden: PropertyObject = [
      "Bucket": "bucket", "Key": "k", "ResponseContentType": "text/csv",
      "ResponseContentDisposition": "attachment",
    ]
    #expect(
      try await s3.refusal("GetObject", overridden).message
        == "Request specific response headers cannot be used for anonymous GET requests.")
    var signed = s3.context
    signed.accessKeyID = "key"
    let got = try await s3.invoke("GetObject", .object(overridden), context: signed)
    #expect(got.members.text("ContentType") == "text/csv")
    #expect(got.members.text("ContentDisposition") == "attachment")
    try s3.end()
  }

  @Test func aLargeObjectIsAnsweredFromItsFile() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    let bytes = (0..<400_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try await s3.call("PutObject", ["Bucket": "bucket", "Key": "k"], body: bytes)
    let got = try await s3.get("k")
    guard case .file = got.body else { throw ServiceError.validation("not a file") }
    #expect(try s3.read(got) == bytes)
    // An answer that is about to open the file still finds it after the object is gone.
    try await s3.call("DeleteObject", ["Bucket": "bucket", "Key": "k"])
    #expect(try s3.read(got) == bytes)
    await s3.clock.advance(milliseconds: 60_000)
    #expect(try s3.files().objects.isEmpty)
    try s3.end()
  }

  @Test func copies() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    try await s3.bucket("other")
    try await s3.put(
      "a b+c", "hello",
      ["ContentType": "text/plain", "Metadata": ["x": "1"], "ChecksumCRC32": "NhCmhg=="])
    let copy = try await s3.call(
      "CopyObject", ["Bucket": "other", "Key": "copy", "CopySource": "/bucket/a%20b%2Bc"])
    let result = try #require(copy.members["CopyObjectResult"])
    #expect(result.text("ETag") == "\"5d41402abc4b2a76b9719d911017c592\"")
    #expect(result.text("ChecksumCRC32") == "NhCmhg==")
    let got = try await s3.call("GetObject", ["Bucket": "other", "Key": "copy"])
    #expect(
      got.members["Metadata"] == ["x": "1"] && got.members.text("ContentType") == "text/plain")
    try await s3.call(
      "CopyObject",
      [
        "Bucket": "bucket", "Key": "a b+c", "CopySource": "bucket/a%20b%2Bc",
        "MetadataDirective": "REPLACE", "Metadata": ["y": "2"], "ContentType": "text/csv",
      ])
    let replaced = try await s3.get("a b+c")
    #expect(replaced.members["Metadata"] == ["y": "2"])
    #expect(try s3.read(replaced) == Array("hello".utf8))
    for (source, code) in [
      ("bucket/none", "NoSuchKey"), ("none/x", "NoSuchBucket"), ("bucket", "InvalidArgument"),
      ("bucket/a%20b%2Bc", "InvalidRequest"),
    ] {
      let members: PropertyObject = [
        "Bucket": "bucket", "Key": "a b+c", "CopySource": .string(source),
      ]
      #expect(try await s3.fault("CopyObject", members) == code)
    }
    try s3.end()
  }

  @Test func tagsOfObjects() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    try await s3.put("k", "x")
    let target: PropertyObject = ["Bucket": "bucket", "Key": "k"]
    var put = target
    put["Tagging"] = ["TagSet": ["Tag": ["Key": "a", "Value": "1"]]]
    try await s3.call("PutObjectTagging", put)
    let got = try await s3.call("GetObjectTagging", target).members
    #expect(got["TagSet"] == ["Tag": [["Key": "a", "Value": "1"]]])
    try await s3.call("DeleteObjectTagging", target)
    #expect(try await s3.call("GetObjectTagging", target).members["TagSet"] == ["Tag": []])
    put["Tagging"] = [
      "TagSet": ["Tag": .list((0...10).map { ["Key": .string("k\($0)"), "Value": ""] })]
    ]
    #expect(try await s3.fault("PutObjectTagging", put) == "BadRequest")
    try s3.end()
  }
}
