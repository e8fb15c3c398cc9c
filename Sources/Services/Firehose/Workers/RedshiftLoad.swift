import AWSModel
import Archives
import Effects
import PropertyTree
import ServiceKit

/// One COPY of some objects into a table: all rows in one transaction of the server's.
struct RedshiftLoad: Sendable {
  /// The most that one object may hold when it is unpacked.
  private static let unpackedBytesMax = 1 << 30

  let configuration: RedshiftConfiguration
  let options: CopyOptions
  let session: any SQLSession
  /// An object's bytes.
  let read: @Sendable (LoadQueue.Object) throws -> [UInt8]

  /// Rows that were left out, with their reasons: as many as MAXERROR allows.
  struct Outcome: Sendable {
    var skipped: [String] = []
  }

  /// Loads, and tells the transaction's number before anything counts.
  ///
  /// - Parameter beforeCommit: keeps the number, so that a later process can ask what became of it.
  func run(
    _ objects: [LoadQueue.Object], beforeCommit: @Sendable (String) async throws -> Void
  ) async throws -> Outcome {
    _ = try await session.run("BEGIN", [])
    let rows = CopyRows(options: options, columns: try await columns(), paths: try paths())
    guard rows.paths.isEmpty || rows.paths.count == rows.columns.count else {
      throw SendFault(
        code: "Redshift.ColumnMismatch",
        message:
          "The file of paths has \(rows.paths.count) paths, and the COPY \(rows.columns.count) "
          + "columns.")
    }
    var outcome = Outcome()
    for object in objects { try await load(object, rows, &outcome) }
    let answer = try await session.run("SELECT txid_current()", [])
    if let number = answer.first?.first ?? nil { try await beforeCommit(number) }
    _ = try await session.run("COMMIT", [])
    return outcome
  }

  /// True where the server says that this transaction was committed; nil where it is still open.
  func wasCommitted(_ transaction: String) async throws(SQLFailure) -> Bool? {
    let answer = try await session.run("SELECT txid_status($1::bigint)", [transaction])
    switch answer.first?.first ?? nil {
    case "committed": return true
    case "in progress": return nil
    default: return false
    }
  }

  // MARK: The table

  private var table: [String] {
    SQLName.table(configuration.CopyCommand?.DataTableName ?? "") ?? []
  }

  private var quotedTable: String { table.map { SQLName.quoted($0) }.joined(separator: ".") }

  /// The columns to fill: the command's, or all that the server does not fill itself.
  private func columns() async throws -> [CopyColumn] {
    let found = try await session.run(
      """
      SELECT a.attname, t.typcategory, CASE WHEN t.typcategory = 'S' AND a.atttypmod > 4 \
      THEN a.atttypmod - 4 END, a.attidentity <> '' OR a.attgenerated <> '' \
      FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid \
      WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
      """, [quotedTable])
    let all = found.map { row in
      (
        column: CopyColumn(
          name: row[0] ?? "", kind: row[1] == "S" ? .text : row[1] == "D" ? .moment : .other,
          lengthMax: row[2].flatMap { Int($0) }), isFilled: row[3] == "t"
      )
    }
    guard let names = SQLName.columns(configuration.CopyCommand?.DataTableColumns ?? "") else {
      return all.filter { !$0.isFilled }.map(\.column)
    }
    return try names.map { name in
      guard let known = all.first(where: { $0.column.name == name }) else {
        throw SendFault(
          code: "Redshift.ColumnNotFound",
          message: "The column \(name) of the COPY command does not exist in the table.")
      }
      return known.column
    }
  }

  private func paths() throws -> [[CopyMembers.Step]] {
    guard case .jsonPaths(let bucket, let key) = options.form else { return [] }
    guard let paths = CopyMembers.paths(try read(.init(bucket: bucket, key: key))) else {
      throw SendFault(
        code: "Redshift.IncorrectJsonPathsFile",
        message: "The file s3://\(bucket)/\(key) is not in a supported form of JSON paths.")
    }
    return paths
  }

  // MARK: Rows

  private func load(_ object: LoadQueue.Object, _ rows: CopyRows, _ outcome: inout Outcome)
    async throws
  {
    var bytes = try read(object)
    if options.isPacked {
      guard let unpacked = Gzip.decompress(bytes, countMax: Self.unpackedBytesMax) else {
        throw SendFault(
          code: "Redshift.DataLoadFailed",
          message: "The object s3://\(object.bucket)/\(object.key) is not in gzip's form.")
      }
      bytes = unpacked
    }
    var lines: [[UInt8]] = []
    var numbers: [Int] = []
    for (number, line) in rows.lines(bytes).enumerated() {
      switch line {
      case .success(let line):
        lines.append(line)
        numbers.append(number + 1)
      case .failure(let fault): try skip(number + 1, fault.message, object, &outcome)
      }
    }
    var start = 0
    while start < lines.count {
      let rest = lines[start...]
      if options.errorsMax < 2 {
        try await copy(rest, rows, object, from: numbers[start])
        return
      }
      guard let failed = try await tried(rest, rows) else { return }
      try skip(numbers[start + failed.line - 1], failed.reason, object, &outcome)
      if failed.line > 1 {
        try await copy(
          lines[start..<start + failed.line - 1], rows, object, from: numbers[start])
      }
      start += failed.line
    }
  }

  /// Counts a row that can't be loaded; throws where that is one too many.
  private func skip(
    _ row: Int, _ reason: String, _ object: LoadQueue.Object, _ outcome: inout Outcome
  ) throws {
    outcome.skipped.append("row \(row) of s3://\(object.bucket)/\(object.key): \(reason)")
    guard outcome.skipped.count < max(1, options.errorsMax) else {
      throw SendFault(
        code: "Redshift.DataLoadFailed",
        message: "Loading data into the table failed: \(outcome.skipped.joined(separator: "; "))")
    }
  }

  /// The first line that the server refuses, counted from 1; what was tried is undone then.
  private func tried(_ lines: ArraySlice<[UInt8]>, _ rows: CopyRows) async throws -> (
    line: Int, reason: String
  )? {
    _ = try await session.run("SAVEPOINT lines", [])
    do throws(SQLFailure) {
      try await session.copy(statement(rows), Array(lines.joined()))
      return nil
    } catch {
      guard error.kind == .refused, let line = error.line, (1...lines.count).contains(line) else {
        throw error
      }
      _ = try await session.run("ROLLBACK TO SAVEPOINT lines", [])
      return (line, error.description)
    }
  }

  private func copy(
    _ lines: ArraySlice<[UInt8]>, _ rows: CopyRows, _ object: LoadQueue.Object, from first: Int
  ) async throws {
    do throws(SQLFailure) {
      try await session.copy(statement(rows), Array(lines.joined()))
    } catch {
      guard error.kind == .refused, let line = error.line else { throw error }
      throw SQLFailure(
        error.kind, state: error.state,
        "row \(first + line - 1) of s3://\(object.bucket)/\(object.key): \(error.description)")
    }
  }

  private func statement(_ rows: CopyRows) -> String {
    let columns = rows.columns.map { SQLName.quoted($0.name) }.joined(separator: ", ")
    return "COPY \(quotedTable) (\(columns)) FROM STDIN"
  }
}

extension SendFault {
  /// A database's refusal under Redshift's codes.
  /// https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html
  init(_ failure: SQLFailure) {
    guard failure.kind == .refused else {
      // The client tells what the server has said to a connection in words alone.
      let text = failure.description
      let (code, sentence) =
        text.contains("password authentication failed") || text.contains("no password supplied")
        ? (
          "AuthenticationFailed",
          "The provided user name and password failed authentication."
        )
        : text.contains("database \"") && text.contains("does not exist")
          ? ("DatabaseNotFound", "The database of the JDBC URL was not found.")
          : ("ConnectionFailed", "The connection to the cluster failed.")
      self.init(code: "Redshift.\(code)", message: "\(sentence) \(text)")
      return
    }
    let (code, sentence) = Self.kind(failure.state)
    self.init(code: "Redshift.\(code)", message: "\(sentence) \(failure.description)")
  }

  private static func kind(_ state: String) -> (code: String, sentence: String) {
    switch state {
    case "42P01", "3F000": ("TableNotFound", "The table to which to load data was not found.")
    case "42703":
      ("ColumnNotFound", "A column in the COPY command does not exist in the table.")
    case "42501":
      ("InsufficientPrivilege", "The user does not have permissions to load data into the table.")
    case "42601": ("SyntaxError", "The COPY command contains a syntax error.")
    case "53100": ("DiskFull", "Data could not be loaded because the disk is full.")
    case "25006": ("ReadOnlyCluster", "The cluster is in read-only mode.")
    case "23502":
      (
        "MissingColumn",
        "A column that must have a value and has no default is not in the column list or has none."
      )
    default: ("DataLoadFailed", "Loading data into the table failed.")
    }
  }
}
