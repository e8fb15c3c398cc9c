import AWSModel
import Effects
import PropertyTree
import ServiceKit
import Testing

/// Leftovers of a killed process, and what the next start makes of them.
@Suite struct S3CrashTests {
  /// A second process over the same directory.
  private func reopen(_ s3: S3Bench) async throws -> S3Bench {
    let next = try S3Bench(s3.world.afterKill())
    try await next.service.start()
    return next
  }

  @Test func stagedBytesWithoutACommitAreSwept() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    try await s3.put("kept", "kept")
    _ = try s3.service.objects.stage([1, 2, 3], bucket: "bucket", scope: .standard)
    #expect(try s3.files().staging.count == 1)
    let next = try await reopen(s3)
    #expect(try next.files().staging.isEmpty)
    #expect(try await next.text("kept") == "kept")
    try next.end()
  }

  @Test func abandonedBytesAreForgottenAfterTheNextCommit() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    let staged = try s3.service.objects.stage([1], bucket: "bucket", scope: .standard)
    s3.service.objects.abandon(staged)
    try await s3.database.write { _ in }
    #expect(try s3.files().staging.isEmpty)
    try s3.end()
  }

  @Test func aCommittedFileThatNeverMovedIsServedAndMoved() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    try await s3.put("k", "bytes")
    // As if the process had died between the commit and the rename.
    let name = try #require(try s3.files().objects.first)
    try s3.fileSystem.rename(
      "\(s3.directory)/s3/objects/\(name.suffix(2))/\(name)",
      to: "\(s3.directory)/s3/staging/\(name)")
    #expect(try await s3.text("k") == "bytes")
    let next = try await reopen(s3)
    let found = try next.files()
    #expect(found.staging.isEmpty && found.objects == [name])
    #expect(try await next.text("k") == "bytes")
    try next.end()
  }

  @Test func aDeletedFileThatWasNeverRemovedGoesAtTheNextStart() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    try await s3.call(
      "PutObject", ["Bucket": "bucket", "Key": "k"], body: [UInt8](repeating: 1, count: 300_000))
    try await s3.call("DeleteObject", ["Bucket": "bucket", "Key": "k"])
    // Its removal waits; the clock of this process never gets there.
    #expect(try s3.files().objects.count == 1)
    let next = try await reopen(s3)
    #expect(try next.files().objects.isEmpty)
    try next.end()
  }

  /// A commit that the disk refuses may be found whole by the next process, or not at all; its object
  /// is whole then, or not there.
  @Test(arguments: 0..<24) func aCommitThatTheDiskRefusesLeavesAWholeObjectOrNone(_ step: Int)
    async throws
  {
    let bytes = [UInt8](repeating: 7, count: 5000)
    let s3 = try S3Bench()
    try await s3.bucket()
    s3.world.disk.fill(after: step, for: 1)
    var isAcknowledged = true
    do {
      try await s3.call("PutObject", ["Bucket": "bucket", "Key": "k"], body: bytes)
    } catch { isAcknowledged = false }
    let next = try await reopen(s3)
    do {
      #expect(try await next.text("k") == String(decoding: bytes, as: UTF8.self))
    } catch let error as ServiceError {
      #expect(error.code == "NoSuchKey" && !isAcknowledged, "after \(step) steps: \(error)")
    }
    #expect(try next.files().staging.isEmpty)
    try next.end()
  }

  @Test func anObjectOfARolledBackTransactionNeverAppears() async throws {
    struct Failure: Error {}
    let s3 = try S3Bench()
    try await s3.bucket()
    let sink = s3.service.objects
    let staged = try sink.stage([1], bucket: "bucket", scope: .standard)
    await #expect(throws: Failure.self) {
      try await s3.database.write { transaction in
        try sink.commit(
          staged, ObjectDescription(key: "k", contentType: "text/plain"), in: transaction)
        throw Failure()
      }
    }
    #expect(try await s3.fault("GetObject", ["Bucket": "bucket", "Key": "k"]) == "NoSuchKey")
    #expect(try s3.files().objects.isEmpty)
    try s3.end()
  }

  @Test func theSinkWritesWholeObjects() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    let sink = s3.service.objects
    let staged = try sink.stage(Array("abc".utf8), bucket: "bucket", scope: .standard)
    #expect(staged.md5 == "900150983cd24fb0d6963f7d28e17f72" && staged.size == 3)
    try await s3.database.write {
      try sink.commit(
        staged,
        ObjectDescription(
          key: "firehose/1", contentType: "application/octet-stream", contentEncoding: "gzip",
          kmsKeyARN: "arn:aws:kms:us-east-1:000000000000:key/k"), in: $0)
    }
    let got = try await s3.get("firehose/1")
    #expect(try s3.read(got) == Array("abc".utf8))
    #expect(got.members.text("ContentEncoding") == "gzip")
    #expect(got.members.text("ServerSideEncryption") == "aws:kms")
    #expect(got.members.text("SSEKMSKeyId") == "arn:aws:kms:us-east-1:000000000000:key/k")
    #expect(throws: ServiceError.self) {
      _ = try sink.stage([1], bucket: "none", scope: .standard)
    }
    try s3.end()
  }

  @Test func uploadsSurviveARestart() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    let upload = try await s3.call("CreateMultipartUpload", ["Bucket": "bucket", "Key": "k"])
    let id = upload.members["UploadId"] ?? .null
    let part = try await s3.call(
      "UploadPart", ["Bucket": "bucket", "Key": "k", "UploadId": id, "PartNumber": 1], body: [9])
    let next = try await reopen(s3)
    try await next.call(
      "CompleteMultipartUpload",
      [
        "Bucket": "bucket", "Key": "k", "UploadId": id,
        "MultipartUpload": [
          "Part": ["PartNumber": 1, "ETag": part.members["ETag"] ?? .null]
        ],
      ])
    #expect(try next.read(try await next.get("k")) == [9])
    try next.end()
  }
}
