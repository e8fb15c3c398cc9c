import AWSModel
import Crypto
import PropertyTree
import Testing

@Suite struct S3UploadTests {
  private static let partBytes = 5 << 20

  private func begin(_ s3: S3Bench, _ more: PropertyObject = [:]) async throws -> String {
    var members: PropertyObject = ["Bucket": "bucket", "Key": "k"]
    for (name, value) in more { members[name] = value }
    let answer = try await s3.call("CreateMultipartUpload", members)
    return try #require(answer.members.text("UploadId"))
  }

  @discardableResult
  private func part(
    _ s3: S3Bench, _ id: String, _ number: Int64, _ bytes: [UInt8], _ more: PropertyObject = [:]
  ) async throws -> String {
    var members: PropertyObject = [
      "Bucket": "bucket", "Key": "k", "UploadId": .string(id), "PartNumber": .int(number),
    ]
    for (name, value) in more { members[name] = value }
    let answer = try await s3.call("UploadPart", members, body: bytes)
    return try #require(answer.members.text("ETag"))
  }

  private func completion(_ id: String, _ parts: [(Int64, String)]) -> PropertyObject {
    [
      "Bucket": "bucket", "Key": "k", "UploadId": .string(id),
      "MultipartUpload": [
        "Part": .list(parts.map { ["PartNumber": .int($0.0), "ETag": .string($0.1)] })
      ],
    ]
  }

  @Test func partsBecomeOneObject() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    let id = try await begin(s3, ["ContentType": "text/x", "Metadata": ["m": "1"]])
    let a = [UInt8](repeating: 1, count: Self.partBytes)
    let b = Array("tail".utf8)
    try await part(s3, id, 1, Array("overwritten".utf8))
    let first = try await part(s3, id, 1, a)
    let last = try await part(s3, id, 7, b)
    let listed = try await s3.call(
      "ListParts", ["Bucket": "bucket", "Key": "k", "UploadId": .string(id), "MaxParts": 1]
    ).members
    #expect(listed.list("Part").compactMap { $0.text("PartNumber") } == ["1"])
    #expect(listed.text("IsTruncated") == "true" && listed.text("NextPartNumberMarker") == "1")
    let done = try await s3.call(
      "CompleteMultipartUpload", completion(id, [(1, first), (7, last)]))
    let md5s = Array(Insecure.MD5.hash(data: a)) + Array(Insecure.MD5.hash(data: b))
    let etag = "\"\(Hex.encode(Insecure.MD5.hash(data: md5s)))-2\""
    #expect(done.members.text("ETag") == etag)
    let got = try await s3.get("k")
    #expect(got.members.text("ETag") == etag && got.members.text("ContentType") == "text/x")
    #expect(try s3.read(got) == a + b)
    #expect(
      try await s3.fault("ListParts", ["Bucket": "bucket", "Key": "k", "UploadId": .string(id)])
        == "NoSuchUpload")
    await s3.clock.advance(milliseconds: 60_000)
    let files = try s3.files()
    #expect(files.objects.count == 1 && files.staging.isEmpty)
    try s3.end()
  }

  @Test func wrongCompletions() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    let id = try await begin(s3)
    let small = try await part(s3, id, 1, [1])
    let last = try await part(s3, id, 2, [2])
    let cases: [([(Int64, String)], String)] = [
      ([(1, small), (2, last)], "EntityTooSmall"),
      ([(2, last), (1, small)], "InvalidPartOrder"), ([(1, last)], "InvalidPart"),
      ([(3, small)], "InvalidPart"), ([], "MalformedXML"),
    ]
    for (parts, code) in cases {
      #expect(try await s3.fault("CompleteMultipartUpload", completion(id, parts)) == code)
    }
    #expect(
      try await s3.fault("CompleteMultipartUpload", completion("none", [(1, small)]))
        == "NoSuchUpload")
    for number: Int64 in [0, 10_001] {
      let members: PropertyObject = [
        "Bucket": "bucket", "Key": "k", "UploadId": .string(id), "PartNumber": .int(number),
      ]
      #expect(try await s3.fault("UploadPart", members) == "InvalidArgument")
    }
    // Still usable.
    try await s3.call("CompleteMultipartUpload", completion(id, [(2, last)]))
    #expect(try s3.read(try await s3.get("k")) == [2])
    try s3.end()
  }

  @Test func abortLeavesNothing() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    let id = try await begin(s3)
    try await part(s3, id, 1, [1, 2, 3])
    let uploads = try await s3.call("ListMultipartUploads", ["Bucket": "bucket"]).members
    #expect(uploads.list("Upload").compactMap { $0.text("UploadId") } == [id])
    try await s3.call(
      "AbortMultipartUpload", ["Bucket": "bucket", "Key": "k", "UploadId": .string(id)])
    let files = try s3.files()
    #expect(files.objects.isEmpty && files.staging.isEmpty)
    #expect(
      try await s3.fault(
        "AbortMultipartUpload", ["Bucket": "bucket", "Key": "k", "UploadId": .string(id)])
        == "NoSuchUpload")
    try s3.end()
  }

  @Test func compositeAndFullChecksums() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    let a = [UInt8](repeating: 7, count: Self.partBytes)
    let b = Array("123456789".utf8)
    for (type, algorithm) in [("COMPOSITE", "SHA256"), ("FULL_OBJECT", "CRC64NVME")] {
      let id = try await begin(
        s3, ["ChecksumAlgorithm": .string(algorithm), "ChecksumType": .string(type)])
      let first = try await part(s3, id, 1, a)
      let last = try await part(s3, id, 2, b)
      var parts = completion(id, [(1, first), (2, last)])
      if type == "COMPOSITE" {
        let refusal = try await s3.refusal("CompleteMultipartUpload", parts)
        #expect(
          refusal.message
            == "The upload was created using a sha256 checksum. The complete request must include "
            + "the checksum for each part. It was missing for part 1 in the request.")
        let sums = [a, b].map { Base64.encode(Array(SHA256.hash(data: $0))) }
        parts["MultipartUpload"] = [
          "Part": .list(
            zip([(Int64(1), first), (Int64(2), last)], sums).map { part, sum in
              [
                "PartNumber": .int(part.0), "ETag": .string(part.1), "ChecksumSHA256": .string(sum),
              ]
            })
        ]
      }
      let done = try await s3.call("CompleteMultipartUpload", parts).members
      let sum = try #require(done.text("Checksum\(algorithm)"))
      if type == "COMPOSITE" {
        let parts = Array(SHA256.hash(data: a)) + Array(SHA256.hash(data: b))
        #expect(sum == Base64.encode(Array(SHA256.hash(data: parts))) + "-2")
      } else {
        // The same bytes put at once have the same checksum, or the put is refused.
        try await s3.call(
          "PutObject",
          ["Bucket": "bucket", "Key": "whole", "ChecksumCRC64NVME": .string(sum)], body: a + b)
      }
    }
    try s3.end()
  }

  @Test func aCompletionThatIsRepeatedAnswersAsBefore() async throws {
    let s3 = try S3Bench()
    try await s3.bucket(versioning: "Enabled")
    let id = try await begin(s3)
    let etag = try await part(s3, id, 1, [1, 2, 3])
    let first = try await s3.call("CompleteMultipartUpload", completion(id, [(1, etag)])).members
    let again = try await s3.call("CompleteMultipartUpload", completion(id, [(1, etag)])).members
    #expect(first == again && first.text("VersionId") != nil)
    let versions = try await s3.call("ListObjectVersions", ["Bucket": "bucket"]).members
    #expect(versions.list("Version").count == 1)
    #expect(
      try await s3.fault("CompleteMultipartUpload", completion(id, [(2, etag)])) == "NoSuchUpload")
    await s3.clock.advance(milliseconds: 8 * 86_400_000)
    let later = try await begin(s3)
    let other = try await part(s3, later, 1, [4])
    try await s3.call("CompleteMultipartUpload", completion(later, [(1, other)]))
    #expect(
      try await s3.fault("CompleteMultipartUpload", completion(id, [(1, etag)])) == "NoSuchUpload",
      "forgotten after a week")
    try s3.end()
  }

  @Test func anUploadWithoutAChecksumGetsOneOfTheWholeObject() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    let id = try await begin(s3)
    let first = try await part(s3, id, 1, [UInt8](repeating: 7, count: Self.partBytes))
    let last = try await part(s3, id, 2, Array("123456789".utf8))
    let done = try await s3.call(
      "CompleteMultipartUpload", completion(id, [(1, first), (2, last)])
    ).members
    let sum = try #require(done.text("ChecksumCRC64NVME"))
    #expect(done.text("ChecksumType") == "FULL_OBJECT")
    let got = try await s3.get("k", ["ChecksumMode": "ENABLED"])
    #expect(got.members.text("ChecksumCRC64NVME") == sum)
    try s3.end()
  }

  @Test func aPartIsReadByItsNumber() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    let id = try await begin(s3)
    let first = try await part(s3, id, 1, [UInt8](repeating: 7, count: Self.partBytes))
    let last = try await part(s3, id, 5, Array("tail".utf8))
    try await s3.call("CompleteMultipartUpload", completion(id, [(1, first), (5, last)]))
    let size = Self.partBytes + 4
    let tail = try await s3.get("k", ["PartNumber": 2])
    #expect(tail.status == 206 && tail.members.text("PartsCount") == "2")
    #expect(
      tail.members.text("ContentRange") == "bytes \(Self.partBytes)-\(size - 1)/\(size)")
    #expect(String(decoding: try s3.read(tail), as: UTF8.self) == "tail")
    let head = try await s3.call(
      "HeadObject", ["Bucket": "bucket", "Key": "k", "PartNumber": 1])
    #expect(head.status == 206 && head.members.text("ContentLength") == "\(Self.partBytes)")
    let past = try await s3.refusal(
      "GetObject", ["Bucket": "bucket", "Key": "k", "PartNumber": 3])
    #expect(past.code == "InvalidPartNumber" && past.status == 416)
    #expect(past.fields["ActualPartCount"] == 2)

    try await s3.put("whole", "abc")
    let whole = try await s3.get("whole", ["PartNumber": 1])
    #expect(whole.status == 206 && whole.members.text("ContentRange") == "bytes 0-2/3")
    #expect(whole.members["PartsCount"] == nil)
    #expect(
      try await s3.fault("HeadObject", ["Bucket": "bucket", "Key": "whole", "PartNumber": 2])
        == "InvalidPartNumber")
    #expect(
      try await s3.fault(
        "GetObject", ["Bucket": "bucket", "Key": "k", "PartNumber": 1, "Range": "bytes=0-1"])
        == "InvalidRequest")
    try s3.end()
  }

  @Test func partsAreCopied() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    try await s3.put("source", "0123456789")
    let id = try await begin(s3)
    let copied = try await s3.call(
      "UploadPartCopy",
      [
        "Bucket": "bucket", "Key": "k", "UploadId": .string(id), "PartNumber": 1,
        "CopySource": "bucket/source", "CopySourceRange": "bytes=2-4",
      ]
    ).members
    let etag = try #require(copied["CopyPartResult"]?.text("ETag"))
    try await s3.call("CompleteMultipartUpload", completion(id, [(1, etag)]))
    #expect(try await s3.text("k") == "234")
    try s3.end()
  }
}
