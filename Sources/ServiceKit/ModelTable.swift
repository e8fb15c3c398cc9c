import AWSModel
import GRDB
import PropertyTree

/// A typed table of small models, keyed by account, region and name.
public struct ModelTable<Model: Codable & Sendable>: Sendable {
  /// `kinesis.stream`: the service, a dot, the thing.
  public let kind: String

  private let upgrades: [@Sendable (PropertyValue) throws -> PropertyValue]

  /// - Parameter upgrades: how a model as an earlier Leat kept it becomes one of the next form;
  ///   the first leads from version 1 to version 2. List `format` among the service's formats.
  public init(
    _ kind: String, upgrades: [@Sendable (PropertyValue) throws -> PropertyValue] = []
  ) {
    self.kind = kind
    self.upgrades = upgrades
  }

  public var format: StoredFormat {
    StoredFormat(
      kind, upgrades: upgrades.map { .rows(of: "model", where: "kind = '\(kind)'", $0) })
  }

  public func get(_ name: String, in scope: Scope, _ transaction: Transaction) throws -> Model? {
    let statement = try transaction.database.cachedStatement(
      sql: "SELECT body FROM model WHERE kind = ? AND account = ? AND region = ? AND name = ?")
    return try String.fetchOne(
      statement, arguments: [kind, scope.account.text, scope.region.text, name]
    ).map(decode)
  }

  /// Makes or replaces.
  public func put(_ model: Model, _ name: String, in scope: Scope, _ transaction: Transaction)
    throws
  {
    let body = JSONWriter.compact(try TreeEncoder().encode(model))
    let statement = try transaction.database.cachedStatement(
      sql: "INSERT OR REPLACE INTO model (kind, account, region, name, body) VALUES (?,?,?,?,?)")
    try statement.execute(arguments: [kind, scope.account.text, scope.region.text, name, body])
  }

  /// True when it was there.
  @discardableResult
  public func delete(_ name: String, in scope: Scope, _ transaction: Transaction) throws -> Bool {
    let statement = try transaction.database.cachedStatement(
      sql: "DELETE FROM model WHERE kind = ? AND account = ? AND region = ? AND name = ?")
    try statement.execute(arguments: [kind, scope.account.text, scope.region.text, name])
    return transaction.database.changesCount > 0
  }

  /// Up to `limit` models of one account and region, names ascending, after `start` (exclusive),
  /// of those whose names begin with `prefix`.
  public func list(
    in scope: Scope, after start: String = "", prefix: String = "", limit: Int = .max,
    _ transaction: Transaction
  ) throws -> [(name: String, model: Model)] {
    let statement = try transaction.database.cachedStatement(
      sql: """
        SELECT name, body FROM model WHERE kind = ? AND account = ? AND region = ? AND name > ?
        AND name >= ? AND substr(name, 1, length(?)) = ? ORDER BY name LIMIT ?
        """)
    return try Row.fetchAll(
      statement,
      arguments: [
        kind, scope.account.text, scope.region.text, start, prefix, prefix, prefix,
        limit == .max ? -1 : limit,
      ]
    ).map { (name: $0["name"], model: try decode($0["body"])) }
  }

  /// All names of one account and region: no model is read.
  public func names(in scope: Scope, _ transaction: Transaction) throws -> Set<String> {
    try String.fetchSet(
      transaction.database,
      sql: "SELECT name FROM model WHERE kind = ? AND account = ? AND region = ?",
      arguments: [kind, scope.account.text, scope.region.text])
  }

  /// Every model of every account and region: for starting up.
  public func all(_ transaction: Transaction) throws -> [(scope: Scope, name: String, model: Model)]
  {
    try Row.fetchAll(
      transaction.database,
      sql:
        "SELECT account, region, name, body FROM model WHERE kind = ? ORDER BY account, region, name",
      arguments: [kind]
    ).map {
      (
        scope: Scope(account: AccountID($0["account"]), region: Region($0["region"])),
        name: $0["name"], model: try decode($0["body"])
      )
    }
  }

  private func decode(_ text: String) throws -> Model {
    try TreeDecoder().decode(Model.self, from: JSONReader.read(text))
  }
}
