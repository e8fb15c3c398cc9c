import AWSModel
import Effects
import GRDB
import PropertyTree
import ServiceKit

extension S3Rows {
  static let objectColumns =
    "key, sequence, version, marker, size, etag, modified, file, attributes, tags"

  func object(_ row: Row) -> S3Object {
    S3Object(
      key: row[0], sequence: row[1], versionID: row[2], isDeleteMarker: row[3], size: row[4],
      etag: row[5], modified: Timestamp(milliseconds: row[6]), file: row[7], attributes: row[8],
      tags: row[9])
  }

  /// The highest version of a key, a delete marker as well; nil where there is none.
  func newest(_ key: String, in bucket: S3Bucket) throws -> S3Object? {
    let statement = try database.cachedStatement(
      sql: """
        SELECT \(Self.objectColumns) FROM s3_object WHERE bucket = ? AND key = ?
        ORDER BY sequence DESC LIMIT 1
        """)
    return try Row.fetchOne(statement, arguments: [bucket.id, key]).map(object)
  }

  func version(_ version: String, of key: String, in bucket: S3Bucket) throws -> S3Object? {
    let statement = try database.cachedStatement(
      sql: """
        SELECT \(Self.objectColumns) FROM s3_object WHERE bucket = ? AND key = ? AND version = ?
        """)
    return try Row.fetchOne(statement, arguments: [bucket.id, key, version]).map(object)
  }

  /// The object that a write would replace: nil for a delete marker.
  func live(_ key: String, in bucket: S3Bucket) throws -> S3Object? {
    try newest(key, in: bucket).flatMap { $0.isDeleteMarker ? nil : $0 }
  }

  /// Makes `new` the current version of its key. Its file settles after the commit, the file of a
  /// version that it replaces goes after the commit. Where its writer asked for no encryption, the
  /// bucket's is put in.
  @discardableResult
  func insert(_ new: S3NewObject, in bucket: S3Bucket, store: S3Store) throws -> S3WrittenObject {
    let settings = try settings(of: bucket)
    let attributes = try encrypted(new.attributes, in: bucket, settings)
    let versionID = try makeRoom(for: new.key, in: bucket, store: store)
    let statement = try database.cachedStatement(
      sql: """
        INSERT INTO s3_object (bucket, \(Self.objectColumns)) VALUES (?,?,?,?,0,?,?,?,?,?,?)
        """)
    try statement.execute(arguments: [
      bucket.id, new.key, versionID.sequence, versionID.id, new.size, new.etag,
      new.modified.milliseconds, new.file, JSONWriter.compact(.object(attributes)),
      S3Tags.stored(new.tags),
    ])
    let file = new.file
    transaction.afterCommit { store.files.moveIntoPlace(file) }
    return S3WrittenObject(
      versionID: bucket.versioning == .off ? nil : versionID.id,
      encryption: attributes.only(S3Encryption.members),
      lifecycle: try settings.configuration(S3LifecycleConfiguration.self).map { S3Lifecycle($0) })
  }

  /// The attributes with the bucket's encryption, unless they have one.
  func encrypted(
    _ attributes: PropertyObject, in bucket: S3Bucket, _ settings: PropertyObject
  ) throws -> PropertyObject {
    guard attributes["ServerSideEncryption"] == nil,
      let configuration = try settings.configuration(S3EncryptionConfiguration.self)
    else { return attributes }
    return try attributes.merging(configuration.encryption(in: bucket.scope).answer)
  }

  /// Puts a delete marker on top. Returns its version id.
  func insertMarker(_ key: String, in bucket: S3Bucket, now: Timestamp, store: S3Store) throws
    -> String
  {
    let versionID = try makeRoom(for: key, in: bucket, store: store)
    try database.cachedStatement(
      sql:
        "INSERT INTO s3_object (bucket, \(Self.objectColumns)) VALUES (?,?,?,?,1,0,'',?,NULL,'{}',NULL)"
    ).execute(arguments: [bucket.id, key, versionID.sequence, versionID.id, now.milliseconds])
    return versionID.id
  }

  /// The next version's id and sequence; without versioning the `null` version makes way.
  private func makeRoom(for key: String, in bucket: S3Bucket, store: S3Store) throws
    -> (id: String, sequence: Int64)
  {
    let sequence = (try newest(key, in: bucket)?.sequence ?? 0) + 1
    if bucket.versioning == .enabled { return (store.newVersionID(), sequence) }
    if sequence > 1, let old = try version("null", of: key, in: bucket) {
      try remove(old, from: bucket, store: store)
    }
    return ("null", sequence)
  }

  /// Deletes one version's row for good; its file goes after the commit.
  func remove(_ object: S3Object, from bucket: S3Bucket, store: S3Store) throws {
    try database.cachedStatement(
      sql: "DELETE FROM s3_object WHERE bucket = ? AND key = ? AND sequence = ?"
    ).execute(arguments: [bucket.id, object.key, object.sequence])
    if let file = object.file { try discard([(file, object.size)], store: store) }
  }

  /// Deletes every version of every object.
  func removeAll(from bucket: S3Bucket, store: S3Store) throws {
    let rows = try Row.fetchAll(
      database, sql: "SELECT file, size FROM s3_object WHERE bucket = ? AND file IS NOT NULL",
      arguments: [bucket.id])
    try discard(rows.map { ($0[0], $0[1]) }, store: store)
    try database.cachedStatement(sql: "DELETE FROM s3_object WHERE bucket = ?")
      .execute(arguments: [bucket.id])
  }

  func setAttributes(_ attributes: PropertyObject, of object: S3Object, in bucket: S3Bucket) throws
  {
    try database.execute(
      sql: "UPDATE s3_object SET attributes = ? WHERE bucket = ? AND key = ? AND sequence = ?",
      arguments: [
        JSONWriter.compact(.object(attributes)), bucket.id, object.key, object.sequence,
      ])
  }

  func setTags(_ tags: PropertyObject?, of object: S3Object, in bucket: S3Bucket) throws {
    try database.execute(
      sql: "UPDATE s3_object SET tags = ? WHERE bucket = ? AND key = ? AND sequence = ?",
      arguments: [S3Tags.stored(tags), bucket.id, object.key, object.sequence])
  }

  /// Versions, delete markers and bytes that a bucket holds.
  func usage(of bucket: S3Bucket) throws -> S3BucketUsage {
    let statement = try database.cachedStatement(
      sql: """
        SELECT count(DISTINCT key), count(*) - total(marker), total(marker), total(size)
        FROM s3_object WHERE bucket = ?
        """)
    let row = try Row.fetchOne(statement, arguments: [bucket.id])
    guard let row else { return S3BucketUsage(keys: 0, versions: 0, markers: 0, bytes: 0) }
    return S3BucketUsage(
      keys: row[0], versions: Int(row[1] as Double), markers: Int(row[2] as Double),
      bytes: Int64(row[3] as Double))
  }

  /// Notes files as garbage in this transaction and removes them after it.
  func discard(_ discarded: [(file: String, size: Int64)], store: S3Store) throws {
    let statement = try database.cachedStatement(
      sql: "INSERT OR IGNORE INTO s3_garbage (file) VALUES (?)")
    for entry in discarded { try statement.execute(arguments: [entry.file]) }
    // Files that went before: their notes are needed no longer.
    let gone = try database.cachedStatement(sql: "DELETE FROM s3_garbage WHERE file = ?")
    for file in store.takeRemoved() { try gone.execute(arguments: [file]) }
    transaction.afterCommit { store.removeFiles(discarded) }
  }

  func garbage() throws -> [String] {
    try String.fetchAll(database, sql: "SELECT file FROM s3_garbage")
  }

  func clearGarbage(_ files: [String]) throws {
    for file in files {
      try database.execute(sql: "DELETE FROM s3_garbage WHERE file = ?", arguments: [file])
    }
  }

  /// The files among these that a row names.
  func referenced(_ files: [String]) throws -> Set<String> {
    var found: Set<String> = []
    let wanted = Set(files)
    for table in ["s3_object", "s3_part"] {
      let names = try String.fetchCursor(
        database, sql: "SELECT file FROM \(table) WHERE file IS NOT NULL")
      while let name = try names.next() {
        if wanted.contains(name) { found.insert(name) }
      }
    }
    return found
  }
}

struct S3BucketUsage: Sendable, Hashable {
  var keys: Int
  var versions: Int
  var markers: Int
  var bytes: Int64
}

extension S3Rows {
  /// An object that must be there: throws `NoSuchKey`, `NoSuchVersion`, and `MethodNotAllowed` for
  /// a delete marker.
  ///
  /// - Parameter method: HTTP's, for the error about a delete marker; nil where a marker that hides
  ///   the object is as good as none.
  func existing(
    _ key: String, version versionID: String?, in bucket: S3Bucket, for method: String? = nil
  ) throws -> S3Object {
    guard let versionID else {
      guard let object = try newest(key, in: bucket) else { throw ServiceError.noSuchKey(key) }
      guard object.isDeleteMarker else { return object }
      guard let method else { throw ServiceError.noSuchKey(key) }
      throw ServiceError.markerIsNoObject(object, for: method)
    }
    guard let object = try version(versionID, of: key, in: bucket) else {
      throw ServiceError.noSuchVersion(key, versionID)
    }
    guard !object.isDeleteMarker else {
      throw ServiceError.markerIsNoObject(object, for: method ?? "GET")
    }
    return object
  }
}
