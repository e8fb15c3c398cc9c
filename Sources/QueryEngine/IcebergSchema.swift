import PropertyTree
import ServiceKit

/// The schema of a table of Apache Iceberg, as its metadata tells it.
/// https://iceberg.apache.org/spec/#table-metadata-and-snapshots
struct IcebergSchema {
  /// The reason why rows of it can't be written.
  struct Fault: Error { var reason: String }

  private(set) var columns: [HiveField] = []
  /// Columns that must have a value.
  private(set) var required: Set<String> = []

  init(_ metadata: PropertyValue) throws(Fault) {
    let schemas = metadata["schemas"]?.listValue ?? []
    let current = metadata["current-schema-id"]?.integerValue
    let schema =
      schemas.first { $0["schema-id"]?.integerValue == current } ?? metadata["schema"]
    guard let fields = schema?["fields"]?.listValue, !fields.isEmpty else {
      throw Fault(reason: "its metadata names no columns")
    }
    for field in fields {
      let column = try Self.field(field)
      columns.append(column)
      if field["required"]?.booleanValue == true { required.insert(column.name) }
    }
  }

  private static func field(_ tree: PropertyValue) throws(Fault) -> HiveField {
    guard let name = tree["name"]?.stringValue, let type = tree["type"] else {
      throw Fault(reason: "its metadata has a column without name or type")
    }
    return HiveField(name: name, type: try self.type(type, name))
  }

  private static func type(_ tree: PropertyValue, _ name: String) throws(Fault) -> HiveType {
    if let word = tree.stringValue { return try scalar(word, name) }
    switch tree["type"]?.stringValue {
    case "list":
      guard let element = tree["element"] else { break }
      return .array(try type(element, name))
    case "map":
      guard let key = tree["key"], let value = tree["value"] else { break }
      return .map(key: try type(key, name), value: try type(value, name))
    case "struct":
      var fields: [HiveField] = []
      for part in tree["fields"]?.listValue ?? [] { fields.append(try field(part)) }
      return .structure(fields)
    default: break
    }
    throw Fault(reason: "the type of its column `\(name)` can't be written")
  }

  private static func scalar(_ word: String, _ name: String) throws(Fault) -> HiveType {
    switch word {
    case "boolean": return .boolean
    case "int": return .int
    case "long": return .bigint
    case "float": return .float
    case "double": return .double
    case "string": return .string
    case "date": return .date
    case "timestamp", "timestamptz": return .timestamp
    default:
      // `decimal(10, 2)`, with or without the blank.
      if word.hasPrefix("decimal("), word.hasSuffix(")") {
        let numbers = word.dropFirst("decimal(".count).dropLast().split(separator: ",").map {
          Int($0.filter { !$0.isWhitespace })
        }
        if numbers.count == 2, let precision = numbers[0], let scale = numbers[1] {
          return .decimal(precision: precision, scale: scale)
        }
      }
      throw Fault(reason: "the type `\(word)` of its column `\(name)` can't be written")
    }
  }
}
