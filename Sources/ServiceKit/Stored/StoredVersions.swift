import GRDB

/// The versions of what a database holds: `user_version` for the file as a whole, and a row of
/// `stored_format` for each kind.
///
/// A file from before versions were noted has `user_version` 0 and no such table: its kinds count
/// as never made, so their tables are asked for again (nothing happens where they exist) and all
/// upgrades run.
struct StoredVersions {
  /// The layout of `model` and of `stored_format` itself.
  static let file = 1

  let formats: [StoredFormat]
  let path: String

  init(_ formats: [StoredFormat], path: String) {
    // Services may share a format: record logs.
    var versions: [String: Int] = [:]
    self.formats = formats.filter { format in
      let known = versions.updateValue(format.version, forKey: format.kind)
      precondition(known == nil || known == format.version, "\(format.kind) is declared twice")
      return known == nil
    }
    self.path = path
  }

  /// Looks at the file without changing it.
  ///
  /// - Throws: `NewerFormat`, and `DatabaseError` where the file is no database.
  func check() throws {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(5)
    let file = try DatabaseQueue(path: path, configuration: configuration)
    defer {
      // Nothing was written: there is nothing that a failure to close could lose.
      try? file.close()
    }
    try file.read { _ = try found($0) }
  }

  /// Versions in the file, by kind.
  private func found(_ database: GRDB.Database) throws -> (file: Int, kinds: [String: Int]) {
    let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
    guard version <= Self.file else {
      throw NewerFormat(path: path, kind: nil, found: version, known: Self.file)
    }
    guard version > 0 else { return (0, [:]) }
    let rows = try Row.fetchAll(
      database, sql: "SELECT kind, version FROM stored_format ORDER BY kind")
    let kinds: [String: Int] = Dictionary(
      rows.map { ($0[0], $0[1]) }, uniquingKeysWith: { first, _ in first })
    let known = Dictionary(
      formats.map { ($0.kind, $0.version) }, uniquingKeysWith: { first, _ in first })
    for row in rows {
      let (kind, version): (String, Int) = (row[0], row[1])
      guard let latest = known[kind], version <= latest else {
        throw NewerFormat(path: path, kind: kind, found: version, known: known[kind])
      }
    }
    return (version, kinds)
  }

  /// Brings everything to this Leat's versions, in one transaction: a process that dies on the way
  /// leaves the file as it was. Writes nothing where all versions are right already.
  func upgrade(
    _ database: GRDB.Database, vault: Vault, crashPoint: @Sendable (String) -> Void
  ) throws {
    let found = try found(database)
    let behind = formats.filter { (found.kinds[$0.kind] ?? 0) < $0.version }
    if found.file == Self.file && behind.isEmpty { return }
    try database.inTransaction(.immediate) {
      try database.execute(
        sql: """
          CREATE TABLE IF NOT EXISTS model (
            kind TEXT NOT NULL, account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL,
            body TEXT NOT NULL, PRIMARY KEY (kind, account, region, name)) WITHOUT ROWID;
          CREATE TABLE IF NOT EXISTS stored_format (
            kind TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
          PRAGMA user_version = \(Self.file);
          """)
      let transaction = Transaction(database)
      for format in behind {
        try upgrade(format, from: found.kinds[format.kind] ?? 0, transaction, vault)
        crashPoint("database.upgrade")
      }
      return .commit
    }
  }

  private func upgrade(
    _ format: StoredFormat, from version: Int, _ transaction: Transaction, _ vault: Vault
  ) throws {
    if version == 0 {
      for statement in format.tables { try transaction.database.execute(sql: statement) }
    }
    for upgrade in format.upgrades.dropFirst(max(0, version - 1)) {
      try upgrade.run(transaction, vault)
    }
    try transaction.database.execute(
      sql: "INSERT OR REPLACE INTO stored_format VALUES (?,?)",
      arguments: [format.kind, format.version])
  }
}
