import AWSModel
import Effects
import GRDB
import PropertyTree
import ServiceKit

extension S3Rows {
  private static let bucketColumns = "id, account, name, region, created, versioning"

  private func bucket(_ row: Row) -> S3Bucket {
    S3Bucket(
      id: row[0], account: AccountID(row[1]), name: row[2], region: row[3],
      created: Timestamp(milliseconds: row[4]), versioning: S3Versioning(rawValue: row[5]) ?? .off)
  }

  func findBucket(_ name: String, account: AccountID) throws -> S3Bucket? {
    let statement = try database.cachedStatement(
      sql: "SELECT \(Self.bucketColumns) FROM s3_bucket WHERE account = ? AND name = ?")
    return try Row.fetchOne(statement, arguments: [account.text, name]).map(bucket)
  }

  /// Throws `NoSuchBucket`.
  func bucket(_ name: String, account: AccountID) throws -> S3Bucket {
    guard let bucket = try findBucket(name, account: account) else {
      throw ServiceError.noSuchBucket(name)
    }
    return bucket
  }

  /// Names ascending, after `start`, with a prefix, of one region or of all.
  func buckets(
    account: AccountID, prefix: String, region: String?, after start: String, limit: Int
  ) throws -> [S3Bucket] {
    let rows = try Row.fetchCursor(
      database,
      sql: """
        SELECT \(Self.bucketColumns) FROM s3_bucket WHERE account = ? AND name > ? AND name >= ?
        ORDER BY name
        """, arguments: [account.text, start, prefix])
    var found: [S3Bucket] = []
    while found.count < limit, let row = try rows.next() {
      let bucket = bucket(row)
      guard bucket.name.utf8.starts(with: prefix.utf8) else { break }
      if region == nil || bucket.region == region { found.append(bucket) }
    }
    return found
  }

  func bucketNames(account: AccountID) throws -> Set<String> {
    try String.fetchSet(
      database, sql: "SELECT name FROM s3_bucket WHERE account = ?", arguments: [account.text])
  }

  /// Throws `BucketAlreadyOwnedByYou` and `InvalidBucketName`.
  func createBucket(_ name: String, scope: Scope, now: Timestamp) throws {
    guard S3BucketName.isValid(name) else { throw ServiceError.invalidBucketName(name) }
    guard try findBucket(name, account: scope.account) == nil else {
      throw ServiceError.bucketOwned(name)
    }
    let statement = try database.cachedStatement(
      sql: """
        INSERT INTO s3_bucket (account, name, region, created, versioning, settings)
        VALUES (?,?,?,?,0,'{}')
        """)
    try statement.execute(arguments: [
      scope.account.text, name, scope.region.text, now.milliseconds,
    ])
  }

  /// Throws `BucketNotEmpty`. Uploads under way don't hold a bucket back: they go with it.
  func deleteBucket(_ bucket: S3Bucket, store: S3Store) throws {
    let holds = try Int.fetchOne(
      database.cachedStatement(sql: "SELECT 1 FROM s3_object WHERE bucket = ? LIMIT 1"),
      arguments: [bucket.id])
    guard holds == nil else { throw ServiceError.bucketNotEmpty(bucket.name) }
    try removeUploads(of: bucket, store: store)
    try database.cachedStatement(sql: "DELETE FROM s3_completion WHERE bucket = ?")
      .execute(arguments: [bucket.id])
    try database.cachedStatement(sql: "DELETE FROM s3_bucket WHERE id = ?")
      .execute(arguments: [bucket.id])
  }

  func setVersioning(_ versioning: S3Versioning, of bucket: S3Bucket) throws {
    try database.cachedStatement(sql: "UPDATE s3_bucket SET versioning = ? WHERE id = ?")
      .execute(arguments: [versioning.rawValue, bucket.id])
  }

  func tags(of bucket: S3Bucket) throws -> PropertyObject {
    let text = try String.fetchOne(
      database.cachedStatement(sql: "SELECT tags FROM s3_bucket WHERE id = ?"),
      arguments: [bucket.id])
    return try S3Tags.read(text)
  }

  func setTags(_ tags: PropertyObject?, of bucket: S3Bucket) throws {
    try database.cachedStatement(sql: "UPDATE s3_bucket SET tags = ? WHERE id = ?")
      .execute(arguments: [S3Tags.stored(tags), bucket.id])
  }

  /// Configurations by the names of their members (`OwnershipControls`), the policy, the access
  /// control list.
  func settings(of bucket: S3Bucket) throws -> PropertyObject {
    let text = try String.fetchOne(
      database.cachedStatement(sql: "SELECT settings FROM s3_bucket WHERE id = ?"),
      arguments: [bucket.id])
    return try S3Tags.read(text)
  }

  func setSettings(_ settings: PropertyObject, of bucket: S3Bucket, store: S3Store) throws {
    let member = S3LifecycleConfiguration.traits.member
    if settings[member]?.objectValue != nil {
      transaction.afterCommit { store.lifecycleChanged() }
    }
    try database.cachedStatement(sql: "UPDATE s3_bucket SET settings = ? WHERE id = ?")
      .execute(arguments: [JSONWriter.compact(.object(settings)), bucket.id])
  }
}
