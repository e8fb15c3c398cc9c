import AWSModel

extension GlueSession {
  func findTable(_ database: String, _ name: String) throws -> GlueRow<GlueTable>? {
    try Self.tables.find(name.lowercased(), under: self.database(database).id, transaction)
  }

  /// Throws `EntityNotFoundException`.
  func table(_ database: String, _ name: String) throws -> GlueRow<GlueTable> {
    guard let found = try findTable(database, name) else {
      throw GlueFault.notFound("Table \(name.lowercased()) not found.")
    }
    return found
  }

  /// The tables of all databases.
  func allTables() throws -> [GlueTable] {
    try databases().flatMap { try Self.tables.list(under: $0.id, transaction).map(\.model) }
  }

  func createTable(
    _ database: String, _ input: GlueTableInput, indexes: [GlueIndexInput] = []
  ) throws {
    let parent = try self.database(database)
    let input = input.stored
    guard let name = input.Name else { throw GlueFault.invalid("Name is missing.") }
    guard try findTable(database, name) == nil else {
      throw GlueFault.alreadyExists("Table")
    }
    let record = GlueTableRecord(
      DatabaseName: parent.name, CreateTime: now, UpdateTime: now,
      CreatedBy: "arn:aws:iam::\(scope.account):root", CatalogId: catalogID, VersionId: "0")
    let table = GlueTable(input, record)
    let id = try Self.tables.insert(table, name, under: parent.id, transaction)
    for index in indexes {
      try create(index, of: GlueRow(id: id, name: name, model: table))
    }
  }

  /// Writes the next version of the table that `input` names.
  ///
  /// - Parameters:
  ///   - version: the version that the caller has seen; nil where it doesn't matter.
  ///   - archives: whether the version before is kept.
  /// - Throws: `ConcurrentModificationException` where the table is at another version.
  func updateTable(
    _ database: String, _ input: GlueTableInput, from version: String? = nil, archives: Bool
  ) throws {
    guard let name = input.Name else { throw GlueFault.invalid("Name is missing.") }
    var row = try table(database, name)
    let current = row.model.record.VersionId
    guard version == nil || version == current else { throw GlueFault.concurrentUpdate }
    if archives {
      try Self.versions.insert(
        row.model, Self.versionName(current), under: row.id, transaction)
    }
    row.model.definition = input.stored
    row.model.record.UpdateTime = now
    row.model.record.VersionId = String((Int(current) ?? 0) + 1)
    try Self.tables.update(row, transaction)
  }

  /// Versions sort as their numbers do.
  static func versionName(_ version: String) -> String {
    String(repeating: "0", count: max(0, 12 - version.utf8.count)) + version
  }

  /// One version of a table.
  ///
  /// - Throws: `EntityNotFoundException` where it isn't kept.
  func version(_ version: String, of table: GlueRow<GlueTable>) throws -> GlueTable {
    if table.model.record.VersionId == version { return table.model }
    guard
      let found = try Self.versions.find(Self.versionName(version), under: table.id, transaction)
    else { throw GlueFault.noVersion }
    return found.model
  }

  /// Removes a version that is kept; the current one can't go.
  func deleteVersion(_ version: String, of table: GlueRow<GlueTable>) throws {
    guard table.model.record.VersionId != version else {
      throw GlueFault.invalid("The current version of a table can't be deleted.")
    }
    guard
      let found = try Self.versions.find(Self.versionName(version), under: table.id, transaction)
    else { throw GlueFault.noVersion }
    try delete(found)
  }

  /// Makes a partition index.
  ///
  /// - Throws: `InvalidInputException` where a key is none of the table's partition keys.
  func create(_ index: GlueIndexInput, of table: GlueRow<GlueTable>) throws {
    let keys = try index.Keys.map { name in
      guard
        let key = table.model.definition.PartitionKeys?.first(where: {
          $0.Name.lowercased() == name.lowercased()
        })
      else {
        throw GlueFault.invalid("The key \(name) of the index is not a partition key of the table.")
      }
      return GlueIndex.Key(Name: key.Name, Type: key.Type ?? "string")
    }
    guard Set(keys.map(\.Name)).count == keys.count else {
      throw GlueFault.invalid("The keys of an index must differ.")
    }
    let siblings = try Self.indexes.list(under: table.id, transaction)
    guard !siblings.contains(where: { $0.name == index.IndexName }) else {
      throw GlueFault.alreadyExists("Index \(index.IndexName)")
    }
    guard siblings.count < Self.indexesMax else {
      throw GlueFault.tooMany("A table can have \(Self.indexesMax) partition indexes at most.")
    }
    try Self.indexes.insert(
      GlueIndex(IndexName: index.IndexName, Keys: keys), index.IndexName, under: table.id,
      transaction)
  }

  private static let indexesMax = 3
}
