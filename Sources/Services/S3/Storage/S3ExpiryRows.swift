import AWSModel
import Effects
import GRDB
import PropertyTree

extension S3Rows {
  /// Buckets with a lifecycle, as their ids ascend. Their rules may be disabled.
  func bucketsWithLifecycle() throws -> [Int64] {
    try Int64.fetchAll(
      database,
      sql: """
        SELECT id FROM s3_bucket
        WHERE json_type(settings, '$.LifecycleConfiguration') = 'object' ORDER BY id
        """)
  }

  private func bucket(_ id: Int64) throws -> S3Bucket? {
    let row = try Row.fetchOne(
      database, sql: "SELECT account, name FROM s3_bucket WHERE id = ?", arguments: [id])
    return try row.flatMap { try findBucket($0[1], account: AccountID($0[0])) }
  }

  /// Ends what is at its end among the next keys of a bucket, in this transaction.
  ///
  /// - Parameters:
  ///   - id: the bucket's row; one that is gone has nothing left.
  ///   - keysMax: how many keys are looked at.
  /// - Returns: the last key that was looked at; nil when there are no more.
  func expireObjects(of id: Int64, after key: String?, keysMax: Int, store: S3Store) throws
    -> String?
  {
    guard let bucket = try bucket(id), let lifecycle = try lifecycle(of: bucket) else { return nil }
    let keys = try String.fetchAll(
      database,
      sql: """
        SELECT DISTINCT key FROM s3_object WHERE bucket = ? AND (?2 IS NULL OR key > ?2)
        ORDER BY key LIMIT ?3
        """, arguments: [bucket.id, key, keysMax])
    let now = store.now
    for key in keys {
      let versions = try versions(of: key, in: bucket)
      let ended = try lifecycle.ended(versions, now: now)
      for version in ended.noncurrent { try remove(version, from: bucket, store: store) }
      guard ended.current, let current = versions.first else { continue }
      if current.isDeleteMarker || bucket.versioning == .off {
        try remove(current, from: bucket, store: store)
      } else {
        _ = try insertMarker(key, in: bucket, now: now, store: store)
      }
    }
    return keys.count == keysMax ? keys.last : nil
  }

  /// Aborts a bucket's uploads that have been under way for too long.
  func expireUploads(of id: Int64, store: S3Store) throws {
    guard let bucket = try bucket(id), let lifecycle = try lifecycle(of: bucket) else { return }
    for upload in try uploads(in: bucket, prefix: "", after: "", id: "", limit: .max)
    where lifecycle.isEnded(upload, now: store.now) {
      try remove(upload, from: bucket, store: store)
    }
  }

  /// nil where the bucket has no rule that is enabled.
  func lifecycle(of bucket: S3Bucket) throws -> S3Lifecycle? {
    let configuration = try settings(of: bucket).configuration(S3LifecycleConfiguration.self)
    let lifecycle = configuration.map { S3Lifecycle($0) }
    return lifecycle?.isEmpty == false ? lifecycle : nil
  }

  /// All versions of a key, the newest first.
  private func versions(of key: String, in bucket: S3Bucket) throws -> [S3Object] {
    try Row.fetchAll(
      database,
      sql: """
        SELECT \(Self.objectColumns) FROM s3_object WHERE bucket = ? AND key = ?
        ORDER BY sequence DESC
        """, arguments: [bucket.id, key]
    ).map(object)
  }
}
