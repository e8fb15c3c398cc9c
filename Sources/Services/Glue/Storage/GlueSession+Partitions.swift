import AWSModel

extension GlueSession {
  /// Throws `EntityNotFoundException`; `InvalidInputException` where the count of values is wrong.
  func partition(_ values: [String], of table: GlueRow<GlueTable>) throws
    -> GlueRow<GluePartition>
  {
    guard let found = try findPartition(values, of: table) else { throw GlueFault.noPartition }
    return found
  }

  func findPartition(_ values: [String], of table: GlueRow<GlueTable>) throws
    -> GlueRow<GluePartition>?
  {
    guard values.count == table.model.definition.PartitionKeys?.count ?? 0 else {
      throw GlueFault.valueCount
    }
    return try Self.partitions.find(
      GluePartitionName.text(values), under: table.id, transaction)
  }

  /// The partitions of a page that an expression lets through, or all.
  ///
  /// - Throws: `InvalidInputException` where the expression is none over the table's keys,
  ///   `InvalidStateException` where a value is none of its key's type.
  func partitions(
    of table: GlueRow<GlueTable>, _ page: GluePage = .all, where text: String? = nil
  ) throws -> [GlueRow<GluePartition>] {
    guard let text, !text.allSatisfy(\.isWhitespace) else {
      return try Self.partitions.list(under: table.id, transaction, page)
    }
    let expression = try PartitionExpression(
      text, keys: table.model.definition.PartitionKeys ?? [])
    return try Self.partitions.list(under: table.id, transaction, page) {
      try expression.matches(GluePartitionName.values($0))
    }
  }

  func createPartition(_ input: GluePartitionInput, of table: GlueRow<GlueTable>) throws {
    let values = input.Values ?? []
    guard try findPartition(values, of: table) == nil else {
      throw GlueFault.alreadyExists("Partition")
    }
    let record = GluePartitionRecord(
      DatabaseName: table.model.record.DatabaseName, TableName: table.name, CreationTime: now,
      CatalogId: catalogID)
    try Self.partitions.insert(
      GluePartition(input.stored, record), GluePartitionName.text(values), under: table.id,
      transaction)
  }

  /// Gives a partition a new definition, with other values too.
  func updatePartition(
    _ values: [String], _ input: GluePartitionInput, of table: GlueRow<GlueTable>
  ) throws {
    var row = try partition(values, of: table)
    let new = input.Values ?? values
    if new != values {
      guard try findPartition(new, of: table) == nil else {
        throw GlueFault.alreadyExists("Partition")
      }
    }
    row.model.definition = input.stored
    row.model.definition.Values = new
    try Self.partitions.update(row, named: GluePartitionName.text(new), transaction)
  }

  /// Runs one entry of a batch.
  ///
  /// - Returns: why it failed; nil where it did not.
  func attempt(_ body: () throws -> Void) throws -> GlueErrorDetail? {
    do {
      try transaction.attempt(body)
      return nil
    } catch let error as ServiceError {
      return GlueErrorDetail(error)
    }
  }
}
