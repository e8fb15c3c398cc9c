import AWSModel
import Effects
import GRDB
import PropertyTree
import ServiceKit
import StackContracts
import StackStore
import Testing

@testable import StackEngine

/// Upgrades of older forms at the opening, and the refusal of newer ones.
@Suite struct StoredFormatTests {
  /// One data directory, opened again and again by Leats of different age.
  private final class Ages: Sendable {
    let directory = TestEnvironment.newPath()
    let files = LiveFileSystem()
    let vault: Vault
    let effects: Effects

    init() throws {
      effects = Effects(
        clock: VirtualClock(startingAt: Timestamp(milliseconds: 0)),
        random: SeededRandomSource(seed: 1), files: files, processes: LiveProcessSpawner())
      vault = Vault(path: "\(directory)/secret.key", effects: effects)
      try files.createDirectory(directory)
    }

    deinit { do { try files.remove(directory) } catch { Issue.record(error) } }

    var path: String { "\(directory)/leat.db" }

    /// Opens, runs `body`, closes.
    @discardableResult
    func with<T: Sendable>(
      _ formats: [StoredFormat], _ body: @escaping @Sendable (Transaction) throws -> T
    ) async throws -> T {
      let database = ServiceDatabase(path: path, isDurable: false, effects: effects)
      try database.open(formats, vault: vault)
      let value: T
      do { value = try await database.write(body) } catch {
        try database.close()
        throw error
      }
      try database.close()
      return value
    }
  }

  private typealias Table = ModelTable<PropertyValue>
  private static let first = Table("t.thing")
  /// `name` is called `title` since.
  private static let second = Table("t.thing", upgrades: [renamed])
  /// And it has a size.
  private static let third = Table("t.thing", upgrades: [renamed, sized])

  private static let renamed: @Sendable (PropertyValue) throws -> PropertyValue = { old in
    ["title": old["name"] ?? .null]
  }
  private static let sized: @Sendable (PropertyValue) throws -> PropertyValue = { old in
    ["title": old["title"] ?? .null, "size": 0]
  }

  private static func versions(_ transaction: Transaction) throws -> [String: Int] {
    let rows = try Row.fetchAll(
      transaction.database, sql: "SELECT kind, version FROM stored_format")
    return Dictionary(uniqueKeysWithValues: rows.map { ($0[0], $0[1]) })
  }

  @Test(arguments: [[1, 2, 3], [1, 3], [1, 1, 3, 3]]) func upgradesRunOnceAndInOrder(
    _ ages: [Int]
  ) async throws {
    let bench = try Ages()
    let tables = [Self.first, Self.second, Self.third]
    try await bench.with([Self.first.format]) { transaction in
      try Self.first.put(["name": "a"], "a", in: .standard, transaction)
    }
    for age in ages { try await bench.with([tables[age - 1].format]) { _ in } }
    let found = try await bench.with([Self.third.format]) { transaction in
      (
        try Self.third.get("a", in: .standard, transaction), try Self.versions(transaction),
        try Int.fetchOne(transaction.database, sql: "PRAGMA user_version")
      )
    }
    #expect(found.0 == ["title": "a", "size": 0])
    #expect(found.1 == ["t.thing": 3])
    #expect(found.2 == 1)
  }

  /// A file from before versions were noted: tables are there, `user_version` is 0.
  @Test func aFileWithoutVersionsIsUpgradedFromTheFirst() async throws {
    let bench = try Ages()
    try await bench.with([Self.first.format]) { transaction in
      try Self.first.put(["name": "a"], "a", in: .standard, transaction)
      try transaction.database.execute(sql: "DROP TABLE stored_format; PRAGMA user_version = 0")
    }
    let found = try await bench.with([Self.third.format]) { transaction in
      try Self.third.get("a", in: .standard, transaction)
    }
    #expect(found == ["title": "a", "size": 0])
  }

  @Test func tablesAndSealedRowsAreUpgraded() async throws {
    let bench = try Ages()
    let tables = ["CREATE TABLE IF NOT EXISTS t (id TEXT PRIMARY KEY, body TEXT NOT NULL)"]
    let sealed = try bench.vault.seal("{\"name\":\"a\"}", for: "t")
    try await bench.with([StoredFormat("t", tables: tables)]) { transaction in
      try transaction.database.execute(sql: "INSERT INTO t VALUES ('s', ?)", arguments: [sealed])
      try transaction.database.execute(sql: "INSERT INTO t VALUES ('c', '{\"name\":\"b\"}')")
    }
    let newer = StoredFormat(
      "t", tables: tables,
      upgrades: [
        .sql("ALTER TABLE t ADD COLUMN token TEXT"), .rows(of: "t", Self.renamed),
      ])
    let bodies = try await bench.with([newer]) { transaction in
      try String.fetchAll(
        transaction.database, sql: "SELECT body FROM t WHERE token IS NULL ORDER BY id")
    }
    #expect(bodies.first == "{\"title\":\"b\"}")
    #expect(Vault.isSealed(bodies[1]))
    #expect(try bench.vault.open(bodies[1], for: "t") == "{\"title\":\"a\"}")
  }

  @Test(arguments: [
    ("PRAGMA user_version = 2", nil as String?, 2),
    ("UPDATE stored_format SET version = 3", "t.thing", 3),
    ("INSERT INTO stored_format VALUES ('u.thing', 1)", "u.thing", 1),
  ]) func aNewerFileIsRefusedAndLeftAsItWas(_ change: String, _ kind: String?, _ found: Int)
    async throws
  {
    let bench = try Ages()
    try await bench.with([Self.second.format]) { transaction in
      try transaction.database.execute(sql: change)
    }
    let before = try bench.files.read(bench.path)
    let refused = await #expect(throws: NewerFormat.self) {
      try await bench.with([Self.second.format]) { _ in }
    }
    #expect(refused?.kind == kind && refused?.found == found)
    #expect(try bench.files.read(bench.path) == before)
  }

  @Test func anUpgradeThatFailsLeavesTheOldState() async throws {
    struct Unreadable: Error {}
    let bench = try Ages()
    let other = Table("a.other")
    try await bench.with([other.format, Self.first.format]) { transaction in
      try other.put(["name": "o"], "o", in: .standard, transaction)
      try Self.first.put(["name": "a"], "a", in: .standard, transaction)
    }
    let failing = Table("t.thing", upgrades: [{ _ in throw Unreadable() }])
    await #expect(throws: (any Error).self) {
      try await bench.with(
        [Table("a.other", upgrades: [Self.renamed]).format, failing.format]
      ) { _ in }
    }
    let found = try await bench.with([other.format, Self.first.format]) { transaction in
      (
        try other.get("o", in: .standard, transaction),
        try Self.first.get("a", in: .standard, transaction), try Self.versions(transaction)
      )
    }
    #expect(found.0 == ["name": "o"])
    #expect(found.1 == ["name": "a"])
    #expect(found.2 == ["a.other": 1, "t.thing": 1])
  }

  @Test func aNewerDataDirectoryIsRefusedByCode() async throws {
    let bench = try Ages()
    try await Self.makeNewer(bench)
    let refused = await #expect(throws: StackFailure.self) {
      _ = try await LocalEnvironment.open(
        bench.directory, command: "test", effects: bench.effects)
    }
    #expect(refused?.code == .newerDataDirectory)
    #expect(refused?.message.contains("`kinesis.stream` is in version 99") == true)
    #expect(refused?.hint?.contains("nothing was changed") == true)
  }

  /// In a function of its own: the directory's lock goes with the environment.
  private static func makeNewer(_ bench: Ages) async throws {
    let local = try await LocalEnvironment.open(
      bench.directory, command: "test", effects: bench.effects)
    try await local.emulator.environment.database.write { transaction in
      try transaction.database.execute(
        sql: "UPDATE stored_format SET version = 99 WHERE kind = 'kinesis.stream'")
    }
    try await local.close()
  }

  /// A model whose format nobody lists would never be upgraded.
  @Test func everyKindAndTableIsListed() async throws {
    let bench = try Ages()
    let local = try await LocalEnvironment.open(
      bench.directory, command: "test", effects: bench.effects)
    let (kinds, tables) = try await local.emulator.environment.database.write { transaction in
      (
        try String.fetchSet(transaction.database, sql: "SELECT kind FROM stored_format"),
        try String.fetchSet(
          transaction.database, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
      )
    }
    try await local.close()
    let declared = try Self.declared(bench.files)
    #expect(declared.kinds.count > 8 && declared.tables.count > 10)
    #expect(declared.kinds.subtracting(kinds).isEmpty)
    #expect(declared.tables.subtracting(tables).isEmpty)
  }

  /// The kinds and tables that the sources declare.
  private static func declared(_ files: LiveFileSystem) throws -> (
    kinds: Set<String>, tables: Set<String>
  ) {
    var found: (kinds: Set<String>, tables: Set<String>) = ([], [])
    var folders = [
      "\(#filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined())/Sources"
    ]
    while let folder = folders.popLast() {
      for name in try files.list(folder) {
        let path = "\(folder)/\(name)"
        if files.isDirectory(path) { folders.append(path) }
        guard name.hasSuffix(".swift") else { continue }
        let text = String(decoding: try files.read(path), as: UTF8.self)
        for match in text.matches(of: /(?:ModelTable<\w+>|StoredFormat)\(\s*"([a-z.]+)"/) {
          found.kinds.insert(String(match.1))
        }
        for match in text.matches(of: /CREATE TABLE IF NOT EXISTS (\w+)/) {
          found.tables.insert(String(match.1))
        }
      }
    }
    return found
  }
}
