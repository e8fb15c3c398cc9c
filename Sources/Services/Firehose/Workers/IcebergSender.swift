import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// A table that a delivery makes grow: files, and the pointer to them, which the delivery commits.
struct TableChange: Sendable {
  var reference: TableReference
  var scope: Scope
  var old: String
  var new: String
  var files: [IcebergFile]
  /// The records that are in it.
  var items: [DeliveryItem]
}

/// Adds records to tables of Apache Iceberg, each to the one that it names.
/// https://docs.aws.amazon.com/firehose/latest/dev/apache-iceberg-format-input-record.html
struct IcebergSender: RemoteSender {
  private static let metadataBytesMax = 256 << 20

  let configuration: IcebergConfiguration
  let scope: Scope
  let effects: Effects
  let capabilities: Capabilities
  let database: ServiceDatabase

  func send(_ attempt: inout RemoteAttempt) async throws(SendFault) -> SendOutcome {
    attempt.changes = []
    var groups: [(reference: TableReference, items: [DeliveryItem])] = []
    for item in attempt.open {
      do throws(SendFault) {
        let reference = try route(item)
        if let place = groups.firstIndex(where: { $0.reference == reference }) {
          groups[place].items.append(item)
        } else {
          groups.append((reference, [item]))
        }
      } catch { attempt.failed.append(failure(item, error, nil, attempt)) }
    }
    attempt.open = groups.flatMap(\.items)
    var changes: [TableChange] = []
    for group in groups {
      do throws(SendFault) {
        changes += try await grow(group.reference, group.items, &attempt)
      } catch {
        guard error.isFinal else { throw error }
        let keep = Set(group.items.map(\.record.id))
        attempt.open.removeAll { keep.contains($0.record.id) }
        attempt.failed += group.items.map { failure($0, error, group.reference, attempt) }
      }
    }
    attempt.open = []
    attempt.changes = changes
    return .finished
  }

  // MARK: Routing

  private func route(_ item: DeliveryItem) throws(SendFault) -> TableReference {
    func named(_ name: String) -> String? {
      (item.tableMetadata[name] ?? item.keys[PartitionKey(.query, name)])
        .flatMap { $0.isEmpty ? nil : $0 }
    }
    let operation = named("operation")?.lowercased() ?? "insert"
    guard operation == "insert" else {
      throw SendFault(
        code: "Iceberg.UnsupportedOperation",
        message: "Leat adds rows to tables; the operation \(operation) is not supported.")
    }
    let only = configuration.onlyTable
    guard let database = named("destinationDatabaseName") ?? only?.DestinationDatabaseName,
      let table = named("destinationTableName") ?? only?.DestinationTableName
    else {
      throw SendFault(
        code: "Iceberg.NoSuchTable",
        message: "The record names no table, and not one table alone is configured.")
    }
    return TableReference(database: database.lowercased(), name: table.lowercased())
  }

  // MARK: Writing

  private func grow(
    _ reference: TableReference, _ items: [DeliveryItem], _ attempt: inout RemoteAttempt
  ) async throws(SendFault) -> [TableChange] {
    let place = configuration.scope ?? scope
    let table = try read(reference, place)
    let growth: IcebergGrowth
    do {
      growth = try await capabilities.require(.iceberg).append(items.map(\.payload), to: table)
    } catch {
      let fault = error as? ServiceError
      throw SendFault(
        code: "Iceberg.\(fault?.code ?? "InternalError")",
        message: fault?.message ?? "\(error)", isFinal: fault.map { $0.status < 500 } ?? false)
    }
    attempt.failed += growth.failures.map { unfit in
      let code = unfit.fault.code.split(separator: ".").last.map(String.init) ?? ""
      return failure(
        items[unfit.record], SendFault(code: "Iceberg.\(code)", message: unfit.fault.message),
        reference, attempt)
    }
    guard let new = growth.metadataLocation else { return [] }
    let unfit = Set(growth.failures.map(\.record))
    return [
      TableChange(
        reference: reference, scope: place, old: table.metadataLocation, new: new,
        files: growth.files,
        items: items.indices.filter { !unfit.contains($0) }.map { items[$0] })
    ]
  }

  private func read(_ reference: TableReference, _ place: Scope) throws(SendFault) -> IcebergTable {
    do {
      let tables = try capabilities.require(.icebergTables)
      let objects = try capabilities.require(.storedObjects)
      return try database.read { transaction in
        func file(_ location: String) throws -> [UInt8] {
          guard let object = ObjectReference(location: location) else {
            throw SendFault(
              code: "Iceberg.InvalidMetadata", message: "\(location) is no place in a bucket.",
              isFinal: true)
          }
          return try objects.object(
            object, bytesMax: Self.metadataBytesMax, scope: place, in: transaction)
        }
        guard
          let location = try tables.metadataLocation(
            of: reference, scope: place, in: transaction)
        else {
          throw SendFault(
            code: "Iceberg.NoSuchTable",
            message: "\(reference.database).\(reference.name) is no Iceberg table.", isFinal: true)
        }
        let metadata = try file(location)
        let manifests = try Self.manifests(metadata).map { place in
          IcebergFile(location: place, bytes: try file(place))
        }
        return IcebergTable(
          metadataLocation: location, metadata: metadata, manifests: manifests)
      }
    } catch let error as SendFault {
      throw error
    } catch {
      let fault = error as? ServiceError
      let isAbsent = fault?.code == "EntityNotFoundException"
      throw SendFault(
        code: isAbsent ? "Iceberg.NoSuchTable" : "Iceberg.\(fault?.code ?? "InternalError")",
        message: fault?.message ?? "\(error)",
        isFinal: fault.map { $0.storageFailure == nil && $0.status < 500 } ?? false)
    }
  }

  /// The list of the current snapshot; nil for a table without rows.
  private static func manifests(_ metadata: [UInt8]) throws -> String? {
    let tree = try JSONReader.read(metadata)
    guard let current = tree["current-snapshot-id"]?.integerValue, current >= 0 else { return nil }
    return tree["snapshots"]?.listValue?
      .first { $0["snapshot-id"]?.integerValue == current }?["manifest-list"]?.stringValue
  }

  private func failure(
    _ item: DeliveryItem, _ fault: SendFault, _ table: TableReference?, _ attempt: RemoteAttempt
  ) -> FailedRecord {
    var failed = FailedRecord(
      record: item.record, output: configuration.output, attempts: attempt.attempts,
      code: fault.code, message: fault.message, ended: effects.clock.now)
    failed.prefix = table.flatMap { configuration.table($0)?.S3ErrorOutputPrefix }
    return failed
  }
}
