import AWSModel
import Effects

extension Capability<any IcebergCatalog> {
  public static var icebergTables: Self { Self("Iceberg tables", offeredBy: "Glue") }
}

extension Capability<any IcebergWriter> {
  public static var iceberg: Self { Self("writing Iceberg tables", offeredBy: "query engine") }
}

/// Tables of Apache Iceberg in the Data Catalog (Glue): each points to a file of metadata, and a
/// change of a table is a change of that pointer.
public protocol IcebergCatalog: Sendable {
  /// The place of the table's metadata, `s3://bucket/key`; nil for a table of another kind.
  ///
  /// - Throws: `ServiceError`: `EntityNotFoundException`.
  func metadataLocation(of reference: TableReference, scope: Scope, in transaction: Transaction)
    throws -> String?

  /// Points the table to other metadata, inside the caller's transaction.
  ///
  /// - Throws: `ServiceError`: `EntityNotFoundException`; `ConcurrentModificationException` where
  ///   the table points to something else than `old`.
  func move(
    _ reference: TableReference, from old: String, to new: String, scope: Scope,
    in transaction: Transaction
  ) throws
}

/// Makes the files by which a table of Apache Iceberg grows. Touches no table.
public protocol IcebergWriter: Sendable {
  /// The files for some more rows: data, manifests and the metadata that names them. A record may
  /// hold several JSON objects, each of which is a row; where one of them does not fit the table's
  /// schema, none of its record is written.
  ///
  /// - Throws: `ServiceError` where the table can't be written, where the engine or its library is
  ///   missing, and where it fails.
  func append(_ records: [[UInt8]], to table: IcebergTable) async throws -> IcebergGrowth

  /// The first metadata of a table without rows. Needs no engine.
  ///
  /// - Throws: `ServiceError` where a column's type is none of Iceberg's.
  func metadata(of table: NewIcebergTable) throws -> [UInt8]
}

/// A table that is made, in version 2 of the format.
public struct NewIcebergTable: Sendable, Hashable {
  public var id: String
  /// `s3://bucket/prefix`, without a slash at its end.
  public var location: String
  public var columns: [TableColumn]
  public var created: Timestamp

  public init(id: String, location: String, columns: [TableColumn], created: Timestamp) {
    self.id = id
    self.location = location
    self.columns = columns
    self.created = created
  }
}

/// A table as its files tell it.
public struct IcebergTable: Sendable, Hashable {
  /// The place of its metadata, `s3://bucket/key`.
  public var metadataLocation: String
  public var metadata: [UInt8]
  /// The list of manifests that the metadata names as the current one; nil for a table without rows.
  public var manifests: IcebergFile?

  public init(metadataLocation: String, metadata: [UInt8], manifests: IcebergFile?) {
    self.metadataLocation = metadataLocation
    self.metadata = metadata
    self.manifests = manifests
  }
}

/// A file of a table, by its place `s3://bucket/key`.
public struct IcebergFile: Sendable, Hashable {
  public var location: String
  public var bytes: [UInt8]

  public init(location: String, bytes: [UInt8]) {
    self.location = location
    self.bytes = bytes
  }
}

/// The files of an append, and the records that are not in it.
public struct IcebergGrowth: Sendable, Hashable {
  /// The place of the new metadata, which is among the files; nil where no record could be written.
  public var metadataLocation: String?
  public var files: [IcebergFile]
  /// In the order of the records.
  public var failures: [ColumnarFailure]

  public init(metadataLocation: String?, files: [IcebergFile], failures: [ColumnarFailure]) {
    self.metadataLocation = metadataLocation
    self.files = files
    self.failures = failures
  }
}
