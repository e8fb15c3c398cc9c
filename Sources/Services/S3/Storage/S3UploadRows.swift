import AWSModel
import Effects
import GRDB
import PropertyTree
import ServiceKit

extension S3Rows {
  private static let uploadColumns = "id, key, initiated, algorithm, type, attributes, tags"
  private static let partColumns = "number, file, size, etag, checksum, modified"

  private func upload(_ row: Row) -> S3Upload {
    S3Upload(
      id: row[0], key: row[1], initiated: Timestamp(milliseconds: row[2]),
      algorithm: (row[3] as String?).flatMap(S3ChecksumAlgorithm.init),
      type: (row[4] as String?).flatMap(S3ChecksumType.init), attributes: row[5], tags: row[6])
  }

  private func part(_ row: Row) -> S3Part {
    S3Part(
      number: row[0], file: row[1], size: row[2], etag: row[3], checksum: row[4],
      modified: Timestamp(milliseconds: row[5]))
  }

  func insert(_ upload: S3Upload, in bucket: S3Bucket) throws {
    try database.execute(
      sql: "INSERT INTO s3_upload (bucket, \(Self.uploadColumns)) VALUES (?,?,?,?,?,?,?,?)",
      arguments: [
        bucket.id, upload.id, upload.key, upload.initiated.milliseconds,
        upload.algorithm?.rawValue, upload.type?.rawValue, upload.attributes, upload.tags,
      ])
  }

  /// Throws `NoSuchUpload`.
  func upload(_ id: String, key: String, in bucket: S3Bucket) throws -> S3Upload {
    guard let upload = try findUpload(id, key: key, in: bucket) else {
      throw ServiceError.noSuchUpload(id)
    }
    return upload
  }

  func findUpload(_ id: String, key: String, in bucket: S3Bucket) throws -> S3Upload? {
    let row = try Row.fetchOne(
      database,
      sql: "SELECT \(Self.uploadColumns) FROM s3_upload WHERE bucket = ? AND key = ? AND id = ?",
      arguments: [bucket.id, key, id])
    return row.map(upload)
  }

  /// Remembers an upload that has ended well, and forgets those of long ago.
  func note(_ ended: S3EndedUpload, of upload: S3Upload, in bucket: S3Bucket, now: Timestamp) throws
  {
    try database.execute(
      sql: "DELETE FROM s3_completion WHERE ended < ?",
      arguments: [now.adding(seconds: -S3EndedUpload.memorySeconds).milliseconds])
    try database.execute(
      sql: "INSERT INTO s3_completion (bucket, key, id, ended, parts, answer) VALUES (?,?,?,?,?,?)",
      arguments: [
        bucket.id, upload.key, upload.id, now.milliseconds, ended.parts,
        JSONWriter.compact(.object(ended.answer)),
      ])
  }

  func endedUpload(_ id: String, key: String, in bucket: S3Bucket) throws -> S3EndedUpload? {
    let row = try Row.fetchOne(
      database,
      sql: "SELECT parts, answer FROM s3_completion WHERE bucket = ? AND key = ? AND id = ?",
      arguments: [bucket.id, key, id])
    return try row.map { S3EndedUpload(parts: $0[0], answer: try S3Tags.read($0[1])) }
  }

  /// Ordered by key, then by id; behind (`key`, `id`).
  func uploads(in bucket: S3Bucket, prefix: String, after key: String, id: String, limit: Int)
    throws -> [S3Upload]
  {
    let statement = try database.cachedStatement(
      sql: """
        SELECT \(Self.uploadColumns) FROM s3_upload
        WHERE bucket = ? AND key >= ? AND (key, id) > (?, ?) ORDER BY key, id
        """)
    let rows = try Row.fetchCursor(statement, arguments: [bucket.id, prefix, key, id])
    var found: [S3Upload] = []
    while found.count < limit, let row = try rows.next() {
      let upload = upload(row)
      guard upload.key.utf8.starts(with: prefix.utf8) else { break }
      found.append(upload)
    }
    return found
  }

  /// Makes or replaces a part; its file settles after the commit.
  func put(_ part: S3Part, upload: S3Upload, store: S3Store) throws {
    if let old = try parts(of: upload, after: part.number - 1, limit: 1).first,
      old.number == part.number
    {
      try discard([(old.file, old.size)], store: store)
    }
    try database.execute(
      sql: "INSERT OR REPLACE INTO s3_part (upload, \(Self.partColumns)) VALUES (?,?,?,?,?,?,?)",
      arguments: [
        upload.id, part.number, part.file, part.size, part.etag, part.checksum,
        part.modified.milliseconds,
      ])
    transaction.afterCommit { store.files.moveIntoPlace(part.file) }
  }

  /// By number, behind `number`.
  func parts(of upload: S3Upload, after number: Int64 = 0, limit: Int = 10_000) throws -> [S3Part] {
    try Row.fetchAll(
      database,
      sql: """
        SELECT \(Self.partColumns) FROM s3_part WHERE upload = ? AND number > ?
        ORDER BY number LIMIT ?
        """, arguments: [upload.id, number, limit]
    ).map(part)
  }

  /// Ends an upload: its parts' files go after the commit.
  func remove(_ upload: S3Upload, from bucket: S3Bucket, store: S3Store) throws {
    let files = try parts(of: upload).map { (file: $0.file, size: $0.size) }
    if !files.isEmpty { try discard(files, store: store) }
    try database.execute(sql: "DELETE FROM s3_part WHERE upload = ?", arguments: [upload.id])
    try database.execute(
      sql: "DELETE FROM s3_upload WHERE bucket = ? AND key = ? AND id = ?",
      arguments: [bucket.id, upload.key, upload.id])
  }

  func removeUploads(of bucket: S3Bucket, store: S3Store) throws {
    for upload in try uploads(in: bucket, prefix: "", after: "", id: "", limit: .max) {
      try remove(upload, from: bucket, store: store)
    }
  }
}
