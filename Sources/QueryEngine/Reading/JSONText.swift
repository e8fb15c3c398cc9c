import ServiceKit

/// Copies JSON that becomes the text of a column, without the space between its parts.
struct JSONText {
  var lowersKeys: Bool

  func copy(_ cursor: inout JSONCursor, into out: inout [UInt8], depth: Int) throws(ColumnarFault) {
    guard depth < JSONCursor.depthMax else {
      throw JSONCursor.malformed("Nested deeper than \(JSONCursor.depthMax) levels")
    }
    switch cursor.peek() {
    case UInt8(ascii: "{"):
      try list(&cursor, into: &out, until: UInt8(ascii: "}")) {
        (cursor, out) throws(ColumnarFault) in
        guard cursor.peek() == UInt8(ascii: "\"") else {
          throw cursor.unexpected("a field's name in quotes")
        }
        try string(&cursor, into: &out, isKey: true)
        try cursor.expect(UInt8(ascii: ":"), "`:`")
        out.append(UInt8(ascii: ":"))
        try copy(&cursor, into: &out, depth: depth + 1)
      }
    case UInt8(ascii: "["):
      try list(&cursor, into: &out, until: UInt8(ascii: "]")) {
        (cursor, out) throws(ColumnarFault) in
        try copy(&cursor, into: &out, depth: depth + 1)
      }
    case UInt8(ascii: "\""): try string(&cursor, into: &out, isKey: false)
    default:
      let start = cursor.index
      try cursor.skipValue(depth: depth)
      out.append(contentsOf: cursor.bytes[start..<cursor.index])
    }
  }

  private func list(
    _ cursor: inout JSONCursor, into out: inout [UInt8], until close: UInt8,
    _ item: (inout JSONCursor, inout [UInt8]) throws(ColumnarFault) -> Void
  ) throws(ColumnarFault) {
    out.append(cursor.bytes[cursor.index])
    cursor.index += 1
    if cursor.peek() == close {
      cursor.index += 1
    } else {
      while true {
        try item(&cursor, &out)
        guard try cursor.hasMore(until: close) else { break }
        out.append(UInt8(ascii: ","))
      }
    }
    out.append(close)
  }

  /// With its quotation marks and escapes.
  private func string(_ cursor: inout JSONCursor, into out: inout [UInt8], isKey: Bool)
    throws(ColumnarFault)
  {
    let start = cursor.index
    try cursor.string { _ throws(ColumnarFault) in }
    let text = cursor.bytes[start..<cursor.index]
    if isKey, lowersKeys {
      // The letters of escapes are lower case already, and hexadecimal digits have no case.
      out.append(contentsOf: String(decoding: text, as: UTF8.self).lowercased().utf8)
    } else {
      out.append(contentsOf: text)
    }
  }
}
