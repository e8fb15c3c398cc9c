import AWSModel
import PropertyTree
import ServiceKit

/// The way in which other services write whole objects: the bytes first, the row in their own
/// transaction.
struct S3ObjectSink: ObjectSink {
  let store: S3Store

  func stage(_ bytes: [UInt8], bucket: String, scope: Scope) async throws -> StagedObject {
    _ = try store.read { try $0.bucket(bucket, account: scope.account) }
    var file = try store.files.stage()
    do {
      try file.append(bytes)
      let staged = try file.finish()
      return StagedObject(
        bucket: bucket, scope: scope, fileName: staged.id, size: staged.size, md5: staged.md5)
    } catch {
      store.abandon(file.id)
      throw error
    }
  }

  func abandon(_ staged: StagedObject) { store.abandonUndecided(staged.fileName) }

  func commit(
    _ staged: StagedObject, _ description: ObjectDescription, in transaction: Transaction
  ) throws {
    try S3Object.validateKey(description.key)
    let rows = S3Rows(transaction)
    let bucket = try rows.bucket(staged.bucket, account: staged.scope.account)
    var attributes: PropertyObject = ["ContentType": .string(description.contentType)]
    attributes.put("ContentEncoding", description.contentEncoding)
    if let key = description.kmsKeyARN {
      attributes = attributes.merging(
        try S3Encryption("aws:kms", key, false, staged.scope).answer)
    }
    try rows.insert(
      S3NewObject(
        key: description.key, size: staged.size, etag: staged.md5, file: staged.fileName,
        attributes: attributes, modified: store.now),
      in: bucket, store: store)
  }
}
