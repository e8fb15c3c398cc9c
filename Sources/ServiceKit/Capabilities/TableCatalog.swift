import AWSModel
import PropertyTree
import ResourceModel

extension Capability<any TableCatalog> {
  public static var tables: Self { Self("tables of the Data Catalog", offeredBy: "Glue") }
}

/// Reads tables of the Data Catalog (Glue), for services that write or query data by their schemas.
public protocol TableCatalog: Sendable {
  /// One version of a table, in the account and region of `scope`.
  ///
  /// - Parameters:
  ///   - version: a version's number; `LATEST` or nil for the current one.
  ///   - catalog: the catalog's id, as a request names it; nil for the account's own.
  /// - Throws: `ServiceError`: `EntityNotFoundException`; `AccessDeniedException` for another
  ///   account's catalog.
  func table(
    _ reference: TableReference, version: String?, catalog: String?, scope: Scope,
    in transaction: Transaction
  ) throws -> CatalogTable

  /// The columns of a table that a template declares; nil where it declares none of that name.
  ///
  /// - Parameter resources: the properties of the template's resources of a type.
  func columns(
    of reference: TableReference, declaredBy resources: (ResourceType) -> [PropertyValue]
  ) -> [TableColumn]?
}

/// The name of a table; upper and lower case are one.
public struct TableReference: Sendable, Hashable {
  public var database: String
  public var name: String

  public init(database: String, name: String) {
    self.database = database
    self.name = name
  }
}

/// A table's schema as other services read it.
public struct CatalogTable: Sendable, Hashable {
  public var reference: TableReference
  /// The number of the version that was read.
  public var version: String
  /// The columns that stand in the files; partition keys are not among them.
  public var columns: [TableColumn]
  public var partitionKeys: [TableColumn]
  /// `s3://bucket/prefix/`
  public var location: String?

  public init(
    reference: TableReference, version: String, columns: [TableColumn],
    partitionKeys: [TableColumn], location: String?
  ) {
    self.reference = reference
    self.version = version
    self.columns = columns
    self.partitionKeys = partitionKeys
    self.location = location
  }
}

public struct TableColumn: Sendable, Hashable {
  public var name: String
  /// A Hive type: `bigint`, `decimal(10,2)`, `array<struct<a:int,b:string>>`.
  public var type: String

  public init(name: String, type: String) {
    self.name = name
    self.type = type
  }
}
