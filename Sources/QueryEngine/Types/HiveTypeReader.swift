/// Reads a type from its text. Case and blanks between words don't matter.
/// https://cwiki.apache.org/confluence/display/Hive/LanguageManual+Types
struct HiveTypeReader {
  /// The reason why a text is no type that can be written, as the end of a sentence.
  struct Fault: Error, Hashable { var reason: String }

  /// Deeper types are refused, so that hostile ones can't exhaust the stack.
  static let depthMax = 32

  private let text: [UInt8]
  private var index = 0

  private init(_ text: String) { self.text = Array(text.utf8) }

  static func read(_ text: String) throws(Fault) -> HiveType {
    var reader = HiveTypeReader(text)
    let type = try reader.type(depth: 0)
    reader.skipSpace()
    guard reader.index == reader.text.count else {
      throw Fault(reason: "there is text after the type `\(type.text)`")
    }
    return type
  }

  private mutating func type(depth: Int) throws(Fault) -> HiveType {
    guard depth < Self.depthMax else {
      throw Fault(reason: "it is nested deeper than \(Self.depthMax) levels")
    }
    let word = try word().lowercased()
    switch word {
    case "array":
      try expect("<", "array")
      let element = try type(depth: depth + 1)
      try expect(">", "array")
      return .array(element)
    case "map": return try map(depth: depth)
    case "struct": return try structure(depth: depth)
    default: return try scalar(word)
    }
  }

  private mutating func map(depth: Int) throws(Fault) -> HiveType {
    try expect("<", "map")
    let key = try type(depth: depth + 1)
    guard !key.isNested else { throw Fault(reason: "a map's key must be of a primitive type") }
    try expect(",", "map")
    let value = try type(depth: depth + 1)
    try expect(">", "map")
    return .map(key: key, value: value)
  }

  private mutating func structure(depth: Int) throws(Fault) -> HiveType {
    try expect("<", "struct")
    var fields: [HiveField] = []
    repeat {
      let name = try fieldName()
      try expect(":", "struct")
      guard !fields.contains(where: { $0.name.lowercased() == name.lowercased() }) else {
        throw Fault(reason: "a struct has two members `\(name)`")
      }
      fields.append(HiveField(name: name, type: try type(depth: depth + 1)))
    } while skip(",")
    try expect(">", "struct")
    return .structure(fields)
  }

  private mutating func scalar(_ word: String) throws(Fault) -> HiveType {
    switch word {
    case "boolean": return .boolean
    case "tinyint": return .tinyint
    case "smallint": return .smallint
    case "int", "integer": return .int
    case "bigint": return .bigint
    case "float", "real": return .float
    case "string": return .string
    case "date": return .date
    case "timestamp": return .timestamp
    case "double":
      let end = index
      if (try? self.word().lowercased()) != "precision" { index = end }  // the word may be missing
      return .double
    case "decimal", "numeric", "dec":
      let sizes = try sizes(word)
      let type = HiveType.decimal(
        precision: sizes.first ?? 10, scale: sizes.count > 1 ? sizes[1] : 0)
      guard case .decimal(let precision, let scale) = type, (1...38).contains(precision),
        (0...precision).contains(scale), sizes.count <= 2
      else { throw Fault(reason: "a decimal has 1 to 38 digits, of which some may be a fraction") }
      return type
    case "varchar", "char":
      let sizes = try sizes(word)
      let lengthMax = word == "char" ? 255 : 65_535
      guard sizes.count == 1, (1...lengthMax).contains(sizes[0]) else {
        throw Fault(reason: "a \(word) has a length of 1 to \(lengthMax)")
      }
      return word == "char" ? .char(sizes[0]) : .varchar(sizes[0])
    default: throw Fault(reason: "`\(word)` is not supported")
    }
  }

  /// The numbers in parentheses, if there are any.
  private mutating func sizes(_ word: String) throws(Fault) -> [Int] {
    guard skip("(") else { return [] }
    var sizes: [Int] = []
    repeat {
      let digits = try self.word()
      guard digits.utf8.count <= 9, let size = Int(digits) else {
        throw Fault(reason: "`\(digits)` is no size of a \(word)")
      }
      sizes.append(size)
    } while skip(",")
    try expect(")", word)
    return sizes
  }

  /// A member's name; between backquotes it may hold anything.
  private mutating func fieldName() throws(Fault) -> String {
    guard skip("`") else { return try word() }
    var name: [UInt8] = []
    while index < text.count {
      let byte = text[index]
      index += 1
      if byte == UInt8(ascii: "`") {
        // Two of them are one inside of the name.
        guard index < text.count, text[index] == UInt8(ascii: "`") else {
          guard !name.isEmpty else { break }
          return String(decoding: name, as: UTF8.self)
        }
        index += 1
      }
      name.append(byte)
    }
    throw Fault(reason: "a member's name is missing or not closed")
  }

  private mutating func word() throws(Fault) -> String {
    skipSpace()
    let start = index
    while index < text.count, Self.isWordByte(text[index]) { index += 1 }
    guard index > start else {
      throw Fault(
        reason: start < text.count
          ? "`\(Character(UnicodeScalar(text[start])))` stands where a name is expected"
          : "it ends early")
    }
    return String(decoding: text[start..<index], as: UTF8.self)
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
      UInt8(ascii: "$"), UInt8(ascii: "."), UInt8(ascii: "@"), 0x80...:
      true
    default: false
    }
  }

  private mutating func skipSpace() {
    while index < text.count, text[index] <= 0x20 { index += 1 }
  }

  private mutating func skip(_ mark: Unicode.Scalar) -> Bool {
    skipSpace()
    guard index < text.count, text[index] == UInt8(ascii: mark) else { return false }
    index += 1
    return true
  }

  private mutating func expect(_ mark: Unicode.Scalar, _ word: String) throws(Fault) {
    guard skip(mark) else { throw Fault(reason: "`\(mark)` is missing in a \(word)") }
  }
}
