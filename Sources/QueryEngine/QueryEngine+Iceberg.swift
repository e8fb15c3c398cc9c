import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// Tables of Apache Iceberg: PyIceberg, in the engine's process, makes the files. It sees a folder
/// with the table's metadata and nothing else, so that what it has made counts only when the caller
/// commits it.
extension QueryEngine: IcebergWriter {
  /// Moments as ISO 8601 has them, and milliseconds.
  private static let moments = [
    "yyyy-MM-dd'T'HH:mm:ss.SSSSSSZZ", "yyyy-MM-dd'T'HH:mm:ss.SSSZZ", "yyyy-MM-dd'T'HH:mm:ssZZ",
    "yyyy-MM-dd'T'HH:mm:ss.SSSSSS", "yyyy-MM-dd'T'HH:mm:ss.SSS", "yyyy-MM-dd'T'HH:mm:ss", "millis",
  ]

  public func metadata(of table: NewIcebergTable) throws -> [UInt8] {
    var metadata = IcebergMetadata(table)
    return JSONWriter.bytes(try metadata.tree())
  }

  public func append(_ records: [[UInt8]], to table: IcebergTable) async throws -> IcebergGrowth {
    let schema: IcebergSchema
    do {
      schema = try IcebergSchema(JSONReader.read(table.metadata))
    } catch {
      throw ServiceError.unsupported(
        "this table: \((error as? IcebergSchema.Fault)?.reason ?? "its metadata is no JSON")")
    }
    var rules = try ReadingRules(.hive(timestampFormats: Self.moments), year: year)
    // Numbers may stand in texts; keys of maps stay as they are.
    rules.isLenient = true
    let files = environment.effects.files
    let place = "\(folder)/\(environment.effects.random.uuid())"
    try files.createDirectory("\(place)/out")
    defer { remove([place]) }
    var input = try ColumnFile("\(place)/in", files: files)
    let failures = try await write(records, rules, schema, into: &input)
    guard input.rows > 0 else {
      return IcebergGrowth(metadataLocation: nil, files: [], failures: failures)
    }
    let answer = try await run(
      try job(table, schema, input, place), inputBytes: try files.size(input.path))
    guard answer["rows"]?.integerValue == Int64(input.rows),
      let location = answer["metadata"]?.stringValue, let made = answer["files"]?.objectValue
    else {
      throw ServiceError.internalFailure("The query engine wrote other rows than it was given.")
    }
    var written: [IcebergFile] = []
    for (location, path) in made {
      written.append(
        IcebergFile(location: location, bytes: try files.read(path.stringValue ?? "")))
    }
    return IcebergGrowth(metadataLocation: location, files: written, failures: failures)
  }

  private func run(_ job: PropertyValue, inputBytes: Int64) async throws -> PropertyValue {
    do { return try await supervisor.run(job, folder: folder, inputBytes: inputBytes) } catch {
      // The process lives without PyIceberg: other jobs don't need it.
      guard let fault = error as? ServiceError, fault.message.contains("Missing: ") else {
        throw error
      }
      throw ServiceError(
        fault.code, "The query engine has no PyIceberg: \(EngineLocation.advice) and PyIceberg.",
        status: fault.status)
    }
  }

  /// Moves the rows that fit into the file.
  private func write(
    _ records: [[UInt8]], _ rules: ReadingRules, _ schema: IcebergSchema,
    into input: inout ColumnFile
  ) async throws -> [ColumnarFailure] {
    let reader = RowReader(rules: rules)
    let rows = rules.buffers(schema.columns)
    var failures: [ColumnarFailure] = []
    var pending = 0
    for (index, record) in records.enumerated() {
      let before = rows.count
      let nulls = rows.children.map(\.nulls)
      do throws(ColumnarFault) {
        try reader.read(record, into: rows)
        for (column, (field, count)) in zip(rows.children, zip(schema.columns, nulls))
        where column.nulls > count && schema.required.contains(field.name) {
          rows.truncate(to: before)
          throw RowReader.mismatch("The column \(field.name) must have a value.")
        }
      } catch {
        failures.append(ColumnarFailure(record: index, fault: error))
      }
      pending += record.count
      if rows.count >= Self.batchRowsMax || pending >= Self.batchBytesMax {
        try input.take(rows)
        pending = 0
      }
      if index % Self.turnRecords == 0 { await Task.yield() }
    }
    try input.take(rows)
    return failures
  }

  private func job(
    _ table: IcebergTable, _ schema: IcebergSchema, _ input: ColumnFile, _ place: String
  ) throws -> PropertyValue {
    let files = environment.effects.files
    var known: PropertyObject = [:]
    let given =
      [IcebergFile(location: table.metadataLocation, bytes: table.metadata)]
      + (table.manifests.map { [$0] } ?? [])
    for (number, file) in given.enumerated() {
      let path = "\(place)/known-\(number)"
      try files.writeAtomically(file.bytes, to: path)
      known[file.location] = .string(path)
    }
    return [
      "format": "iceberg", "input": .string(input.path), "batches": input.description,
      "schema": .list(schema.columns.map { [.string($0.name), $0.type.description] }),
      "files": .object(known), "metadata": .string(table.metadataLocation),
      "output": .string("\(place)/out"),
    ]
  }
}
