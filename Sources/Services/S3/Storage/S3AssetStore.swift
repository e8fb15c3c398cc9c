import AWSModel
import PropertyTree
import ServiceKit

/// The way in which deployments put what they bring along into buckets: bytes first, rows in their
/// transaction.
struct S3AssetStore: AssetStore {
  let store: S3Store

  func stage(_ bytes: [UInt8]) throws -> StagedAsset {
    var file = try store.files.stage()
    do {
      try file.append(bytes)
      let staged = try file.finish()
      return StagedAsset(fileName: staged.id, size: staged.size, md5: staged.md5)
    } catch {
      store.abandon(file.id)
      throw error
    }
  }

  func abandon(_ staged: StagedAsset) { store.abandon(staged.fileName) }

  func holds(_ reference: ObjectReference, scope: Scope, in transaction: Transaction) throws -> Bool
  {
    let rows = S3Rows(transaction)
    guard let bucket = try rows.findBucket(reference.bucket, account: scope.account) else {
      return false
    }
    return try rows.live(reference.key, in: bucket) != nil
  }

  func put(
    _ staged: StagedAsset, as reference: ObjectReference, scope: Scope, in transaction: Transaction
  ) throws -> Bool {
    try S3Object.validateKey(reference.key)
    let rows = S3Rows(transaction)
    let isNew = try rows.findBucket(reference.bucket, account: scope.account) == nil
    if isNew { try rows.createBucket(reference.bucket, scope: scope, now: store.now) }
    let bucket = try rows.bucket(reference.bucket, account: scope.account)
    try rows.insert(
      S3NewObject(
        key: reference.key, size: staged.size, etag: staged.md5, file: staged.fileName,
        attributes: ["ContentType": "application/octet-stream"], modified: store.now),
      in: bucket, store: store)
    return isNew
  }

  func remove(_ reference: ObjectReference, scope: Scope, in transaction: Transaction) throws {
    let rows = S3Rows(transaction)
    guard let bucket = try rows.findBucket(reference.bucket, account: scope.account) else { return }
    while let object = try rows.newest(reference.key, in: bucket) {
      try rows.remove(object, from: bucket, store: store)
    }
  }

  func removeEmptyBucket(_ name: String, scope: Scope, in transaction: Transaction) throws -> Bool {
    let rows = S3Rows(transaction)
    guard let bucket = try rows.findBucket(name, account: scope.account) else { return true }
    let usage = try rows.usage(of: bucket)
    guard usage.versions + usage.markers == 0 else { return false }
    try rows.deleteBucket(bucket, store: store)
    return true
  }
}
