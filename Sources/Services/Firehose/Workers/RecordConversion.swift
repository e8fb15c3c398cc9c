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

  /// Reads the table.
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

  func begin(_ layout: ColumnarLayout) throws -> any ColumnarConversion {
    try capabilities.require(.columns).begin(layout)
  }

  /// - Parameter record: with the payload that can't be converted.
  func failure(_ record: BufferedRecord, _ fault: ColumnarFault) -> FailedRecord {
    FailedRecord(
      record: record, output: .conversion, code: fault.code, message: fault.message,
      ended: clock.now, table: ConvertedTable(conversion, scope).description)
  }
}

/// The columns of one delivery, whose table is read once.
final class ConversionTarget {
  let conversion: RecordConversion
  private var known: RecordConversion.Target?

  init(_ conversion: RecordConversion) { self.conversion = conversion }

  /// - Throws: where the catalog can't be read now: the delivery is tried again.
  func read() throws -> RecordConversion.Target {
    if let known { return known }
    let target = try conversion.target()
    known = target
    return target
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
