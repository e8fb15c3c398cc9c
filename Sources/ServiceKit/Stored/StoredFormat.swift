import GRDB
import PropertyTree

/// The form in which one kind of thing is kept, and how earlier forms become it. It is stated once,
/// where the model or its tables are declared.
///
/// Version 1 is the form that the kind was first kept in. A change of form adds an upgrade at the
/// end of the list and touches nothing before it: a new file is made in version 1 too, and goes
/// through all upgrades.
public struct StoredFormat: Sendable {
  /// `kinesis.stream`: the service, a dot, the thing. Unique in a database; never given to
  /// something else.
  public let kind: String
  /// Statements that make version 1 of the tables, each with `IF NOT EXISTS`.
  let tables: [String]
  let upgrades: [StoredUpgrade]

  /// - Parameter upgrades: the first leads from version 1 to version 2, and so on.
  public init(_ kind: String, tables: [String] = [], upgrades: [StoredUpgrade] = []) {
    self.kind = kind
    self.tables = tables
    self.upgrades = upgrades
  }

  /// The version that this Leat writes; it reads no other.
  public var version: Int { upgrades.count + 1 }
}

/// One step from a form to the next. It runs inside the transaction that opens the database, before
/// any service reads.
public struct StoredUpgrade: Sendable {
  let run: @Sendable (Transaction, Vault) throws -> Void

  /// Runs statements: a new column, an index.
  public static func sql(_ statements: String...) -> StoredUpgrade {
    StoredUpgrade { transaction, _ in
      for statement in statements { try transaction.database.execute(sql: statement) }
    }
  }

  /// Changes the trees that a table's rows hold as JSON, sealed or not.
  ///
  /// - Parameters:
  ///   - condition: an SQL expression that says which rows; all of them when nil.
  ///   - context: what the rows are sealed for; the table's name when nil.
  ///   - change: the old tree to the new one. What it throws fails the opening and leaves the file
  ///     as it was.
  public static func rows(
    of table: String, column: String = "body", where condition: String? = nil,
    sealedFor context: String? = nil,
    _ change: @escaping @Sendable (PropertyValue) throws -> PropertyValue
  ) -> StoredUpgrade {
    StoredUpgrade { transaction, vault in
      let context = context ?? table
      // A function of the connection changes each row in its place, whatever the table's key is.
      let function = DatabaseFunction("leat_upgraded", argumentCount: 1, pure: true) { values in
        guard let text = String.fromDatabaseValue(values[0]) else { return nil }
        let isSealed = Vault.isSealed(text)
        let old = try JSONReader.read(isSealed ? vault.open(text, for: context) : text)
        let new = JSONWriter.compact(try change(old))
        return isSealed ? try vault.seal(new, for: context) : new
      }
      transaction.database.add(function: function)
      defer { transaction.database.remove(function: function) }
      try transaction.database.execute(
        sql: "UPDATE \(table) SET \(column) = leat_upgraded(\(column))"
          + (condition.map { " WHERE \($0)" } ?? ""))
    }
  }
}

/// A data directory holds something in a form that only a later Leat can have written.
public struct NewerFormat: Error, Sendable, Hashable, CustomStringConvertible {
  /// The database's path.
  public var path: String
  /// The kind of thing; nil for the file as a whole.
  public var kind: String?
  /// The version that was found.
  public var found: Int
  /// The latest version that this Leat reads; nil where it does not know the kind.
  public var known: Int?

  public init(path: String, kind: String?, found: Int, known: Int?) {
    self.path = path
    self.kind = kind
    self.found = found
    self.known = known
  }

  public var description: String {
    let subject = kind.map { "`\($0)`" } ?? "the file"
    guard let known else {
      return
        "`\(path)` was written by a newer Leat: it holds \(subject), which this one doesn't know"
    }
    return "`\(path)` was written by a newer Leat: \(subject) is in version \(found) there, and "
      + "this one reads up to version \(known)"
  }
}
