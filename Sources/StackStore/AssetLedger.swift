import AWSModel
import GRDB
import ServiceKit
import ResourceModel

/// Objects that were put into buckets, and the stacks that use them: they go with their last user.
///
/// An entry is open from before a deployment begins until what it came to has been looked at;
/// entries that a crash leaves open are looked at when the data directory is opened next.
public struct AssetLedger: Sendable {
  public init() {}

  public static let format = StoredFormat(
    "stack.asset",
    tables: [
      """
      CREATE TABLE IF NOT EXISTS stack_asset (
        stack_id TEXT NOT NULL, account TEXT NOT NULL, region TEXT NOT NULL, bucket TEXT NOT NULL,
        key TEXT NOT NULL, is_open INTEGER NOT NULL, PRIMARY KEY (stack_id, bucket, key)
      ) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS stack_asset_object ON stack_asset (account, bucket, key);
      CREATE TABLE IF NOT EXISTS asset_bucket (
        account TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (account, name)) WITHOUT ROWID;
      """
    ])

  public func isEmpty(ofStack id: String, _ transaction: Transaction) throws -> Bool {
    try Int.fetchOne(
      transaction.database, sql: "SELECT 1 FROM stack_asset WHERE stack_id = ? LIMIT 1",
      arguments: [id]) == nil
  }

  public func entries(ofStack id: String, _ transaction: Transaction) throws -> [ObjectReference] {
    try Row.fetchAll(
      transaction.database, sql: "SELECT bucket, key FROM stack_asset WHERE stack_id = ?",
      arguments: [id]
    ).map { ObjectReference(bucket: $0[0], key: $0[1]) }
  }

  /// Notes that the stack may use the object. The entry is open.
  public func add(
    _ object: ObjectReference, stack environment: StackEnvironment, _ transaction: Transaction
  ) throws {
    try transaction.database.execute(
      sql: "INSERT OR REPLACE INTO stack_asset VALUES (?,?,?,?,?,1)",
      arguments: [
        environment.stackID, environment.scope.account.text, environment.scope.region.text,
        object.bucket, object.key,
      ])
  }

  public func open(stack id: String, _ transaction: Transaction) throws {
    try transaction.database.execute(
      sql: "UPDATE stack_asset SET is_open = 1 WHERE stack_id = ?", arguments: [id])
  }

  public func close(stack id: String, _ transaction: Transaction) throws {
    try transaction.database.execute(
      sql: "UPDATE stack_asset SET is_open = 0 WHERE stack_id = ?", arguments: [id])
  }

  /// Stacks with open entries.
  public func openStacks(_ transaction: Transaction) throws -> [(id: String, scope: Scope)] {
    try Row.fetchAll(
      transaction.database,
      sql: "SELECT DISTINCT stack_id, account, region FROM stack_asset WHERE is_open = 1"
    ).map { (id: $0[0], scope: Scope(account: AccountID($0[1]), region: Region($0[2]))) }
  }

  public func remove(_ object: ObjectReference, stack id: String, _ transaction: Transaction) throws
  {
    try transaction.database.execute(
      sql: "DELETE FROM stack_asset WHERE stack_id = ? AND bucket = ? AND key = ?",
      arguments: [id, object.bucket, object.key])
  }

  /// True when some stack has an entry for the object, which then was put here by a deployment.
  public func isUsed(_ object: ObjectReference, account: AccountID, _ transaction: Transaction)
    throws -> Bool
  {
    try Int.fetchOne(
      transaction.database,
      sql: "SELECT 1 FROM stack_asset WHERE account = ? AND bucket = ? AND key = ? LIMIT 1",
      arguments: [account.text, object.bucket, object.key]) != nil
  }

  // MARK: Buckets that were made for assets

  public func addBucket(_ name: String, account: AccountID, _ transaction: Transaction) throws {
    try transaction.database.execute(
      sql: "INSERT OR IGNORE INTO asset_bucket VALUES (?,?)", arguments: [account.text, name])
  }

  public func hasBucket(_ name: String, account: AccountID, _ transaction: Transaction) throws
    -> Bool
  {
    try Int.fetchOne(
      transaction.database, sql: "SELECT 1 FROM asset_bucket WHERE account = ? AND name = ?",
      arguments: [account.text, name]) != nil
  }

  public func removeBucket(_ name: String, account: AccountID, _ transaction: Transaction) throws {
    try transaction.database.execute(
      sql: "DELETE FROM asset_bucket WHERE account = ? AND name = ?",
      arguments: [account.text, name])
  }
}
