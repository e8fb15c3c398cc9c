import AWSModel
import PropertyTree
import ServiceKit

/// The way in which other services write whole objects: the bytes first, the row in their own
/// transaction.
struct S3ObjectSink: ObjectSink {
  let store: S3Store

  func begin(bucket: String, scope: Scope) throws -> any ObjectStaging {
    _ = try store.read { try $0.bucket(bucket, account: scope.account) }
    return Making(bucket: bucket, scope: scope, store: store, file: try store.files.stage())
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

  private final class Making: ObjectStaging {
    private let bucket: String
    private let scope: Scope
    private let store: S3Store
    private var file: S3StagingFile

    init(bucket: String, scope: Scope, store: S3Store, file: S3StagingFile) {
      self.bucket = bucket
      self.scope = scope
      self.store = store
      self.file = file
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws { try file.append(bytes) }

    func finish() throws -> StagedObject {
      do {
        let staged = try file.finish()
        return StagedObject(
          bucket: bucket, scope: scope, fileName: staged.id, size: staged.size, md5: staged.md5)
      } catch {
        abandon()
        throw error
      }
    }

    func abandon() { store.abandon(file.id) }
  }
}
