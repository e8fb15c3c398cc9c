import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// Converts the records of one object to columns by a table's schema.
struct RecordConversion: Sendable {
  let conversion: FormatConversion
  let scope: Scope
  let clock: any Clock
  let capabilities: Capabilities
  let database: ServiceDatabase

  /// The columns that records are converted by, or the reason why none of them can be.
  enum Target: Sendable {
    case layout(ColumnarLayout)
    case none(code: String, message: String)
  }

  /// Reads the table, once for a delivery.
  ///
  /// - Throws: where the catalog can't be read now: the delivery is tried again.
  func target() throws -> Target {
    let writer = try capabilities.require(.columns)
    let table: CatalogTable
    do { table = try ConvertedTable(conversion, scope).read(capabilities, database) } catch {
      guard let fault = error as? ServiceError, fault.storageFailure == nil, fault.status < 500
      else { throw error }
      return .none(code: "DataFormatConversion.\(fault.code)", message: fault.message)
    }
    let layout = conversion.layout(table.columns)
    let problems = writer.problems(with: layout)
    guard problems.isEmpty else {
      return .none(
        code: "DataFormatConversion.InvalidSchema", message: problems.joined(separator: " "))
    }
    return .layout(layout)
  }

  /// The bytes of an object, the records that are in it and those that can't be.
  struct Content: Sendable {
    var bytes: [UInt8] = []
    var items: [DeliveryItem] = []
    var failed: [FailedRecord] = []
  }

  /// - Throws: where the engine can't work now: the delivery is tried again.
  func convert(_ items: [DeliveryItem], to target: Target) async throws -> Content {
    switch target {
    case .none(let code, let message):
      return Content(failed: items.map { failure($0, ColumnarFault(code, message)) })
    case .layout(let layout):
      let file = try await capabilities.require(.columns)
        .convert(items.map(\.payload), to: layout)
      let unfit = Set(file.failures.map(\.record))
      return Content(
        bytes: file.bytes, items: items.indices.filter { !unfit.contains($0) }.map { items[$0] },
        failed: file.failures.map { failure(items[$0.record], $0.fault) })
    }
  }

  private func failure(_ item: DeliveryItem, _ fault: ColumnarFault) -> FailedRecord {
    var record = item.record
    record.payload = item.payload
    return FailedRecord(
      record: record, output: .conversion, code: fault.code, message: fault.message,
      ended: clock.now, table: ConvertedTable(conversion, scope).description)
  }
}

/// The table that a conversion takes its schema from.
struct ConvertedTable: Sendable {
  private let schema: FormatConversion.Schema
  /// The account, and the region of the table.
  private let scope: Scope

  /// - Parameter scope: the delivery stream's.
  init(_ conversion: FormatConversion, _ scope: Scope) {
    schema = conversion.SchemaConfiguration ?? FormatConversion.Schema()
    self.scope = Scope(
      account: scope.account, region: schema.Region.map { Region($0) } ?? scope.region)
  }

  func read(_ capabilities: Capabilities, _ database: ServiceDatabase) throws -> CatalogTable {
    let tables = try capabilities.require(.tables)
    return try database.read { transaction in try read(tables, in: transaction) }
  }

  func read(_ tables: any TableCatalog, in transaction: Transaction) throws -> CatalogTable {
    try tables.table(
      Self.reference(schema), version: schema.VersionId, catalog: schema.CatalogId, scope: scope,
      in: transaction)
  }

  static func reference(_ conversion: FormatConversion) -> TableReference {
    reference(conversion.SchemaConfiguration ?? FormatConversion.Schema())
  }

  private static func reference(_ schema: FormatConversion.Schema) -> TableReference {
    TableReference(database: schema.DatabaseName ?? "", name: schema.TableName ?? "")
  }

  /// The table as failed records name it.
  var description: PropertyObject {
    [
      "catalogId": .string(schema.CatalogId ?? scope.account.text),
      "databaseName": .string(schema.DatabaseName ?? ""),
      "tableName": .string(schema.TableName ?? ""), "region": .string(scope.region.text),
      "versionId": .string(schema.VersionId ?? "LATEST"),
      "roleArn": .string(schema.RoleARN ?? ""),
    ]
  }
}

extension DeliveryCatalog {
  /// The one that converts records; nil where there is none.
  var columnarWriter: (any ColumnarWriter)? { environment.capabilities()[.columns] }

  /// Looks at the table that a destination converts by.
  ///
  /// - Throws: `InvalidArgumentException` where the catalog doesn't give it, `UnsupportedOperation`
  ///   where its columns can't be converted.
  func checkConversion(
    of destination: S3Configuration, _ scope: Scope, _ transaction: Transaction
  ) throws {
    guard let conversion = destination.conversion else { return }
    let capabilities = environment.capabilities()
    let writer = try capabilities.require(.columns)
    let tables = try capabilities.require(.tables)
    let table: CatalogTable
    do { table = try ConvertedTable(conversion, scope).read(tables, in: transaction) } catch {
      guard let fault = error as? ServiceError, fault.storageFailure == nil, fault.status < 500
      else { throw error }
      throw FirehoseError.invalid(
        "The table of SchemaConfiguration can't be read: \(fault.message) "
          + "(Service: AWSGlue; Status Code: \(fault.status); Error Code: \(fault.code))")
    }
    if let refusal = writer.refusal(of: conversion.layout(table.columns)) {
      throw ServiceError.unsupported(refusal)
    }
  }
}
