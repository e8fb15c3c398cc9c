import ServiceKit

/// Reads records into the buffers of columns.
struct RowReader {
  let rules: ReadingRules

  /// Appends the objects of a record as rows; none of them where one can't be read.
  func read(_ record: [UInt8], into rows: ColumnBuffers) throws(ColumnarFault) {
    try JSONCursor.lend(record) { (bytes) throws(ColumnarFault) in try read(bytes, into: rows) }
  }

  /// The same of bytes that are elsewhere.
  func read(_ bytes: JSONCursor.Bytes, into rows: ColumnBuffers) throws(ColumnarFault) {
    let before = rows.count
    do throws(ColumnarFault) { try append(bytes, to: rows) } catch {
      rows.truncate(to: before)
      // Text that is no JSON at all is the first thing to say about a record.
      throw error.code == JSONCursor.code ? error : Self.malformation(bytes) ?? error
    }
  }

  private func append(_ bytes: JSONCursor.Bytes, to rows: ColumnBuffers) throws(ColumnarFault) {
    var cursor = JSONCursor(bytes)
    cursor.skipSpace()
    guard cursor.index < bytes.count else {
      throw JSONCursor.malformed("No content to map due to end-of-input")
    }
    repeat {
      guard cursor.peek() == UInt8(ascii: "{") else {
        try cursor.skipValue(depth: 0)
        throw Self.mismatch("A JSON object is required.")
      }
      try members(&cursor, rows, depth: 0)
      cursor.skipSpace()
    } while cursor.index < bytes.count
  }

  private static func malformation(_ bytes: JSONCursor.Bytes) -> ColumnarFault? {
    var cursor = JSONCursor(bytes)
    do throws(ColumnarFault) {
      repeat {
        try cursor.skipValue(depth: 0)
        cursor.skipSpace()
      } while cursor.index < bytes.count
      return nil
    } catch { return error }
  }

  static func mismatch(_ reason: String) -> ColumnarFault {
    ColumnarFault("DataFormatConversion.MalformedData", "Data does not match the schema. \(reason)")
  }

  // MARK: Values

  func value(_ cursor: inout JSONCursor, _ column: ColumnBuffers, depth: Int) throws(ColumnarFault)
  {
    guard depth < JSONCursor.depthMax else {
      throw JSONCursor.malformed("Nested deeper than \(JSONCursor.depthMax) levels")
    }
    let byte = cursor.peek()
    if byte == UInt8(ascii: "n") {
      try cursor.word("null")
      return column.appendNull()
    }
    switch column.type {
    case .structure: try structure(&cursor, byte, column, depth)
    case .array: try array(&cursor, byte, column, depth)
    case .map: try map(&cursor, byte, column, depth)
    default: try scalar(&cursor, byte, column, depth)
    }
  }

  private func structure(
    _ cursor: inout JSONCursor, _ byte: UInt8, _ column: ColumnBuffers, _ depth: Int
  ) throws(ColumnarFault) {
    if byte == UInt8(ascii: "{") { return try members(&cursor, column, depth: depth) }
    guard rules.isLenient else {
      throw Self.mismatch("java.io.IOException: Start of Object expected")
    }
    guard byte == UInt8(ascii: "[") else {
      let (kind, text) = try described(&cursor, byte)
      // The words are AWS's, with both blanks.
      throw Self.mismatch("Data is not JSONObject  but \(kind) with value \(text)")
    }
    cursor.index += 1
    var place = 0
    if cursor.peek() == UInt8(ascii: "]") {
      cursor.index += 1
    } else {
      repeat {
        if place < column.children.count {
          try value(&cursor, column.children[place], depth: depth + 1)
        } else {
          try cursor.skipValue(depth: depth + 1)
        }
        place += 1
      } while try cursor.hasMore(until: UInt8(ascii: "]"))
    }
    endStructure(column)
  }

  /// Reads an object's members into those of a struct. Of a key that comes twice the last one counts.
  private func members(_ cursor: inout JSONCursor, _ column: ColumnBuffers, depth: Int)
    throws(ColumnarFault)
  {
    let row = column.count
    cursor.index += 1
    if cursor.peek() == UInt8(ascii: "}") {
      cursor.index += 1
      return endStructure(column)
    }
    var hint = 0
    repeat {
      guard cursor.peek() == UInt8(ascii: "\"") else {
        throw cursor.unexpected("a field's name in quotes")
      }
      let place = try cursor.string { key throws(ColumnarFault) in
        column.keys.find(key, hint: hint)
      }
      try cursor.expect(UInt8(ascii: ":"), "`:`")
      if let place {
        let child = column.children[place]
        if child.count > row { child.truncate(to: row) }
        try value(&cursor, child, depth: depth + 1)
        hint = place + 1
      } else {
        try cursor.skipValue(depth: depth + 1)
      }
    } while try cursor.hasMore(until: UInt8(ascii: "}"))
    endStructure(column)
  }

  private func endStructure(_ column: ColumnBuffers) {
    for child in column.children where child.count == column.count { child.appendNull() }
    column.appendPresent()
  }

  private func array(
    _ cursor: inout JSONCursor, _ byte: UInt8, _ column: ColumnBuffers, _ depth: Int
  ) throws(ColumnarFault) {
    guard byte == UInt8(ascii: "[") else {
      guard rules.isLenient else {
        throw Self.mismatch("java.io.IOException: Start of Array expected")
      }
      try value(&cursor, column.children[0], depth: depth + 1)
      return column.appendPresent()
    }
    cursor.index += 1
    if cursor.peek() == UInt8(ascii: "]") {
      cursor.index += 1
    } else {
      repeat {
        try value(&cursor, column.children[0], depth: depth + 1)
      } while try cursor.hasMore(until: UInt8(ascii: "]"))
    }
    column.appendPresent()
  }

  // MARK: Maps

  private func map(
    _ cursor: inout JSONCursor, _ byte: UInt8, _ column: ColumnBuffers, _ depth: Int
  ) throws(ColumnarFault) {
    guard byte == UInt8(ascii: "{") else {
      guard rules.isLenient else {
        throw Self.mismatch("java.io.IOException: Start of Object expected")
      }
      let (kind, text) = try described(&cursor, byte)
      throw Self.mismatch("Data is not JSONObject  but \(kind) with value \(text)")
    }
    let start = cursor.index
    let first = column.children[0].count
    try entries(&cursor, column, depth, skipping: [])
    let superseded = column.children[0].repeated(from: first)
    if !superseded.isEmpty {
      // Of a key that comes twice the last one counts: read once more, without the others.
      for child in column.children { child.truncate(to: first) }
      cursor.index = start
      try entries(&cursor, column, depth, skipping: superseded)
    }
    column.appendPresent()
  }

  private func entries(
    _ cursor: inout JSONCursor, _ column: ColumnBuffers, _ depth: Int, skipping: Set<Int>
  ) throws(ColumnarFault) {
    cursor.index += 1
    if cursor.peek() == UInt8(ascii: "}") { return cursor.index += 1 }
    var place = 0
    repeat {
      guard cursor.peek() == UInt8(ascii: "\"") else {
        throw cursor.unexpected("a field's name in quotes")
      }
      let isSkipped = skipping.contains(place)
      try cursor.string { (text) throws(ColumnarFault) in
        if !isSkipped { try key(text, column.children[0]) }
      }
      try cursor.expect(UInt8(ascii: ":"), "`:`")
      if isSkipped {
        try cursor.skipValue(depth: depth + 1)
      } else {
        try value(&cursor, column.children[1], depth: depth + 1)
      }
      place += 1
    } while try cursor.hasMore(until: UInt8(ascii: "}"))
  }

  /// A key is text in JSON, and of any primitive type in the map.
  private func key(_ text: JSONCursor.Bytes, _ column: ColumnBuffers) throws(ColumnarFault) {
    let scalars = ScalarReader(rules: rules)
    guard rules.lowersKeys, text.contains(where: { ($0 >= 0x41 && $0 <= 0x5A) || $0 >= 0x80 })
    else {
      return try scalars.append(text, isNumber: false, to: column)
    }
    let lowered = Array(String(decoding: text, as: UTF8.self).lowercased().utf8)
    try JSONCursor.lend(lowered) { (text) throws(ColumnarFault) in
      try scalars.append(text, isNumber: false, to: column)
    }
  }

  // MARK: Scalars

  private func scalar(
    _ cursor: inout JSONCursor, _ byte: UInt8, _ column: ColumnBuffers, _ depth: Int
  ) throws(ColumnarFault) {
    let scalars = ScalarReader(rules: rules)
    switch byte {
    case UInt8(ascii: "\""):
      if !rules.isLenient, column.type.isNumeric {
        throw Self.mismatch(
          "Current token (VALUE_STRING) not numeric, can not use numeric value accessors")
      }
      try cursor.string { text throws(ColumnarFault) in
        try scalars.append(text, isNumber: false, to: column)
      }
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      guard rules.isLenient || !column.type.isText else {
        throw ColumnarFault(
          "DataFormatConversion.MalformedData",
          "One or more fields have incorrect format. Exception when validating field (root)")
      }
      guard column.type.isText else {
        throw Self.mismatch(
          "Column \(column.path) cannot hold a JSON \(byte == UInt8(ascii: "{") ? "object" : "array")."
        )
      }
      try column.appendText { (bytes) throws(ColumnarFault) in
        try JSONText(lowersKeys: rules.lowersKeys).copy(&cursor, into: &bytes, depth: depth)
      }
    case UInt8(ascii: "t"), UInt8(ascii: "f"):
      let isTrue = byte == UInt8(ascii: "t")
      try cursor.word(isTrue ? "true" : "false")
      try scalars.append(isTrue, to: column)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      let number = try cursor.number()
      try scalars.append(number.text, isNumber: true, to: column)
    default: throw cursor.unexpected("a JSON value")
    }
  }

  /// A scalar's Java type and its text, for messages.
  private func described(_ cursor: inout JSONCursor, _ byte: UInt8) throws(ColumnarFault) -> (
    String, String
  ) {
    switch byte {
    case UInt8(ascii: "\""):
      let text = try cursor.string { text throws(ColumnarFault) in ScalarText.string(text) }
      return ("java.lang.String", text)
    case UInt8(ascii: "t"), UInt8(ascii: "f"):
      return ("java.lang.Boolean", byte == UInt8(ascii: "t") ? "true" : "false")
    case UInt8(ascii: "["): return ("org.openx.data.jsonserde.json.JSONArray", "[…]")
    default:
      guard byte == UInt8(ascii: "-") || byte &- 0x30 <= 9 else {
        throw cursor.unexpected("a JSON value")
      }
      let number = try cursor.number()
      return (
        number.isInteger ? "java.lang.Long" : "java.lang.Double", ScalarText.string(number.text)
      )
    }
  }
}
