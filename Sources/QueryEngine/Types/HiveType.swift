/// The type of a column, as Hive and the Data Catalog write it.
indirect enum HiveType: Sendable, Hashable {
  case boolean
  case tinyint
  case smallint
  case int
  case bigint
  case float
  case double
  case decimal(precision: Int, scale: Int)
  case string
  /// Longer texts are cut.
  case varchar(Int)
  /// Longer texts are cut, and blanks at the end dropped.
  case char(Int)
  /// Days since 1970.
  case date
  /// A moment without a zone.
  case timestamp
  case array(HiveType)
  case map(key: HiveType, value: HiveType)
  case structure([HiveField])

  /// The name in messages: `decimal(10,2)`.
  var text: String {
    switch self {
    case .boolean: "boolean"
    case .tinyint: "tinyint"
    case .smallint: "smallint"
    case .int: "int"
    case .bigint: "bigint"
    case .float: "float"
    case .double: "double"
    case .decimal(let precision, let scale): "decimal(\(precision),\(scale))"
    case .string: "string"
    case .varchar(let length): "varchar(\(length))"
    case .char(let length): "char(\(length))"
    case .date: "date"
    case .timestamp: "timestamp"
    case .array(let element): "array<\(element.text)>"
    case .map(let key, let value): "map<\(key.text),\(value.text)>"
    case .structure(let fields):
      "struct<\(fields.map { "\($0.name):\($0.type.text)" }.joined(separator: ","))>"
    }
  }

  /// The type itself and all types within.
  var partCount: Int {
    switch self {
    case .array(let element): 1 + element.partCount
    case .map(let key, let value): 1 + key.partCount + value.partCount
    case .structure(let fields): fields.reduce(1) { $0 + $1.type.partCount }
    default: 1
    }
  }

  var isNested: Bool {
    switch self {
    case .array, .map, .structure: true
    default: false
    }
  }
}

/// A column, or a member of a struct.
struct HiveField: Sendable, Hashable {
  var name: String
  var type: HiveType
}
