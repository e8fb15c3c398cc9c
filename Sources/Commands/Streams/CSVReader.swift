import PropertyTree

/// Reads comma-separated values (RFC 4180): the first row names the columns, and each further one
/// becomes a JSON object of texts.
/// https://www.rfc-editor.org/rfc/rfc4180
struct CSVReader {
  /// The fault, and the line where it stands, from 1.
  struct Failure: Error, Sendable, Hashable {
    var message: String
    var line: Int
  }

  private let bytes: ArraySlice<UInt8>
  private let separator: UInt8
  private var index: Int
  private var line = 1

  private init(_ bytes: [UInt8], _ separator: UInt8) {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    self.bytes = bytes.starts(with: mark) ? bytes.dropFirst(mark.count) : bytes[...]
    self.separator = separator
    index = self.bytes.startIndex
  }

  /// The rows as objects; empty lines are none.
  ///
  /// - Parameter separator: a comma or a tab.
  static func objects(_ bytes: [UInt8], separator: UInt8 = UInt8(ascii: ","))
    throws(Failure) -> [PropertyObject]
  {
    var reader = CSVReader(bytes, separator)
    guard let columns = try reader.row()?.fields else { return [] }
    if let twice = columns.indices.first(where: { columns[..<$0].contains(columns[$0]) }) {
      throw Failure(message: "two columns are called `\(columns[twice])`", line: 1)
    }
    var objects: [PropertyObject] = []
    while true {
      guard let (row, line) = try reader.row() else { return objects }
      guard row.count == columns.count else {
        throw Failure(
          message: "\(row.count) field\(row.count == 1 ? "" : "s"), and the header has "
            + "\(columns.count)", line: line)
      }
      objects.append(PropertyObject(zip(columns, row).map { ($0, .string($1)) }))
    }
  }

  /// The fields of the next row, and the line where it begins; nil at the end.
  private mutating func row() throws(Failure) -> (fields: [String], line: Int)? {
    while isAtLineEnd {
      guard index < bytes.endIndex else { return nil }
      endLine()
    }
    let begun = line
    var fields = [try field()]
    while index < bytes.endIndex, bytes[index] == separator {
      index += 1
      fields.append(try field())
    }
    endLine()
    return (fields, begun)
  }

  private var isAtLineEnd: Bool {
    index == bytes.endIndex || bytes[index] == 0x0A || bytes[index] == 0x0D
  }

  private mutating func endLine() {
    guard index < bytes.endIndex else { return }
    if bytes[index] == 0x0D { index += 1 }
    if index < bytes.endIndex, bytes[index] == 0x0A { index += 1 }
    line += 1
  }

  private mutating func field() throws(Failure) -> String {
    guard index < bytes.endIndex, bytes[index] == UInt8(ascii: "\"") else {
      let start = index
      while !isAtLineEnd, bytes[index] != separator { index += 1 }
      return try text(bytes[start..<index])
    }
    return try quotedField()
  }

  /// A quotation mark inside stands twice.
  private mutating func quotedField() throws(Failure) -> String {
    let begun = line
    var content: [UInt8] = []
    index += 1
    while index < bytes.endIndex {
      let byte = bytes[index]
      index += 1
      if byte == 0x0A { line += 1 }
      guard byte == UInt8(ascii: "\"") else {
        content.append(byte)
        continue
      }
      if index < bytes.endIndex, bytes[index] == UInt8(ascii: "\"") {
        content.append(byte)
        index += 1
        continue
      }
      guard isAtLineEnd || bytes[index] == separator else {
        throw Failure(message: "text behind a closing quotation mark", line: line)
      }
      return try text(content[...])
    }
    throw Failure(message: "a quotation mark that is never closed", line: begun)
  }

  private func text(_ field: ArraySlice<UInt8>) throws(Failure) -> String {
    guard let text = String(validating: field, as: UTF8.self) else {
      throw Failure(message: "a byte that is not UTF-8", line: line)
    }
    return text
  }
}
