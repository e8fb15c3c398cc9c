import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// The first metadata of a table of Apache Iceberg, from columns of the Data Catalog.
/// https://iceberg.apache.org/spec/#table-metadata-fields
struct IcebergMetadata {
  /// Ids of what is nested stand behind those of the columns.
  private var lastID: Int64

  private let table: NewIcebergTable

  init(_ table: NewIcebergTable) {
    self.table = table
    lastID = Int64(table.columns.count)
  }

  /// - Throws: `UnsupportedOperation` for a type that Iceberg has not.
  mutating func tree() throws -> PropertyValue {
    var fields: [PropertyValue] = []
    for (index, column) in table.columns.enumerated() {
      let type: HiveType
      do throws(HiveTypeReader.Fault) { type = try HiveTypeReader.read(column.type) } catch {
        throw ServiceError.unsupported(
          "the type \(column.type) of the column \(column.name) in an Iceberg table: \(error.reason)"
        )
      }
      fields.append([
        "id": .int(Int64(index + 1)), "name": .string(column.name), "required": false,
        "type": self.type(type),
      ])
    }
    return [
      "format-version": 2, "table-uuid": .string(table.id), "location": .string(table.location),
      "last-sequence-number": 0, "last-updated-ms": .int(table.created.milliseconds),
      "last-column-id": .int(lastID), "current-schema-id": 0,
      "schemas": [["type": "struct", "schema-id": 0, "fields": .list(fields)]],
      "default-spec-id": 0, "partition-specs": [["spec-id": 0, "fields": []]],
      "last-partition-id": 999, "default-sort-order-id": 0,
      "sort-orders": [["order-id": 0, "fields": []]], "properties": [:],
      "current-snapshot-id": -1, "refs": [:], "snapshots": [], "snapshot-log": [],
      "metadata-log": [],
    ]
  }

  private mutating func nextID() -> PropertyValue {
    lastID += 1
    return .int(lastID)
  }

  private mutating func type(_ type: HiveType) -> PropertyValue {
    switch type {
    case .tinyint, .smallint, .int: return "int"
    case .bigint: return "long"
    case .decimal(let precision, let scale): return .string("decimal(\(precision), \(scale))")
    case .varchar, .char: return "string"
    case .array(let element):
      return [
        "type": "list", "element-id": nextID(), "element-required": false,
        "element": self.type(element),
      ]
    case .map(let key, let value):
      return [
        "type": "map", "key-id": nextID(), "key": self.type(key), "value-id": nextID(),
        "value-required": false, "value": self.type(value),
      ]
    case .structure(let fields):
      var parts: [PropertyValue] = []
      for field in fields {
        parts.append([
          "id": nextID(), "name": .string(field.name), "required": false,
          "type": self.type(field.type),
        ])
      }
      return ["type": "struct", "fields": .list(parts)]
    default: return .string(type.text)
    }
  }
}
