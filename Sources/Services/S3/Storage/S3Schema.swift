import GRDB
import ServiceKit

/// S3's tables. `bucket` in the others is the bucket's row id, which stands for account, region
/// and name and is never given twice.
enum S3Schema {
  static let format = StoredFormat(
    "s3",
    tables: [
      """
      CREATE TABLE IF NOT EXISTS s3_bucket (
        id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, name TEXT NOT NULL,
        region TEXT NOT NULL, created INTEGER NOT NULL, versioning INTEGER NOT NULL, tags TEXT,
        settings TEXT NOT NULL, UNIQUE (account, name))
      """,
      """
      CREATE TABLE IF NOT EXISTS s3_object (
        bucket INTEGER NOT NULL, key TEXT NOT NULL, sequence INTEGER NOT NULL, version TEXT NOT NULL,
        marker INTEGER NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
        modified INTEGER NOT NULL, file TEXT, attributes TEXT NOT NULL, tags TEXT,
        PRIMARY KEY (bucket, key, sequence DESC)) WITHOUT ROWID
      """,
      """
      CREATE TABLE IF NOT EXISTS s3_upload (
        bucket INTEGER NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL, initiated INTEGER NOT NULL,
        algorithm TEXT, type TEXT, attributes TEXT NOT NULL, tags TEXT,
        PRIMARY KEY (bucket, key, id)) WITHOUT ROWID
      """,
      """
      CREATE TABLE IF NOT EXISTS s3_part (
        upload TEXT NOT NULL, number INTEGER NOT NULL, file TEXT NOT NULL, size INTEGER NOT NULL,
        etag TEXT NOT NULL, checksum TEXT, modified INTEGER NOT NULL,
        PRIMARY KEY (upload, number)) WITHOUT ROWID
      """,
      // Files that no row names any more and that may still be on the disk.
      "CREATE TABLE IF NOT EXISTS s3_garbage (file TEXT PRIMARY KEY) WITHOUT ROWID",
    ],
    upgrades: [
      // Uploads that have ended, for clients that ask again.
      .sql(
        """
        CREATE TABLE s3_completion (
          bucket INTEGER NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL, ended INTEGER NOT NULL,
          parts TEXT NOT NULL, answer TEXT NOT NULL, PRIMARY KEY (bucket, key, id)) WITHOUT ROWID
        """, "CREATE INDEX s3_completion_ended ON s3_completion (ended)"),
      // Configurations are kept by the names that the API's models give their members.
      .rows(of: "s3_bucket", column: "settings") { old in
        guard var settings = old.objectValue,
          let rules = settings["OwnershipControls"]?["Rule"]
        else { return old }
        settings["OwnershipControls"] = ["Rules": rules]
        return .object(settings)
      },
    ])
}

/// S3's rows as one transaction sees them.
struct S3Rows {
  let transaction: Transaction

  init(_ transaction: Transaction) { self.transaction = transaction }

  var database: GRDB.Database { transaction.database }
}
