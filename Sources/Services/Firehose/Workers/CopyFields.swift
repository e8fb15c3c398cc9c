/// Takes an object's bytes apart as COPY does: lines into fields.
///
/// https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-format.html
struct CopyFields {
  /// One row: its fields, or the reason why it has none.
  struct Row: Sendable, Hashable {
    var fields: [[UInt8]]
    var fault: String?
  }

  let options: CopyOptions

  private static let newline: UInt8 = 0x0A
  private static let carriageReturn: UInt8 = 0x0D
  private static let backslash = UInt8(ascii: "\\")

  /// The rows behind the header lines.
  func rows(_ bytes: [UInt8]) -> [Row] {
    let rows =
      if case .csv(let quote) = options.form {
        csvRows(bytes, quote)
      } else {
        delimitedRows(bytes)
      }
    return Array(rows.dropFirst(options.headerLines))
  }

  private var delimiter: UInt8 { options.delimiter ?? UInt8(ascii: "|") }

  // MARK: Fields with a delimiter

  private func delimitedRows(_ bytes: [UInt8]) -> [Row] {
    var rows: [Row] = []
    var row = Row(fields: [])
    var field: [UInt8] = []
    var isStarted = false
    var quote: UInt8?
    var index = 0
    func endRow() {
      if field.last == Self.carriageReturn { field.removeLast() }
      let isBlank = row.fields.isEmpty && field.isEmpty
      row.fields.append(unquoted(field))
      if quote != nil { row.fault = "Delimited value missing end quote" }
      if !(isBlank && options.skipsBlankLines) { rows.append(row) }
      (row, field, isStarted, quote) = (Row(fields: []), [], false, nil)
    }
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      isStarted = true
      if options.escapes, byte == Self.backslash, index < bytes.count {
        // `\N` alone stays what it is: the text for NULL.
        if bytes[index] == UInt8(ascii: "N") { field.append(byte) }
        field.append(bytes[index])
        index += 1
      } else if let open = quote {
        field.append(byte)
        if byte == open { quote = nil }
      } else if options.removesQuotes, field.isEmpty,
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
      {
        quote = byte
        field.append(byte)
      } else if byte == delimiter {
        row.fields.append(unquoted(field))
        field = []
      } else if byte == Self.newline {
        endRow()
      } else {
        field.append(byte)
      }
    }
    if isStarted { endRow() }
    return rows
  }

  private func unquoted(_ field: [UInt8]) -> [UInt8] {
    guard options.removesQuotes, field.count >= 2, let first = field.first, first == field.last,
      first == UInt8(ascii: "\"") || first == UInt8(ascii: "'")
    else { return field }
    return Array(field.dropFirst().dropLast())
  }

  // MARK: CSV

  private func csvRows(_ bytes: [UInt8], _ quote: UInt8) -> [Row] {
    var rows: [Row] = []
    var row = Row(fields: [])
    var field: [UInt8] = []
    var isStarted = false
    var isQuoted = false
    var wasQuoted = false
    var index = 0
    func endField() {
      row.fields.append(field)
      (field, wasQuoted) = ([], false)
    }
    func endRow() {
      if !wasQuoted, field.last == Self.carriageReturn { field.removeLast() }
      let isBlank = row.fields.isEmpty && field.isEmpty && !wasQuoted
      endField()
      if isQuoted { row.fault = "Invalid quote formatting for CSV" }
      if !(isBlank && options.skipsBlankLines) { rows.append(row) }
      (row, isStarted, isQuoted) = (Row(fields: []), false, false)
    }
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      isStarted = true
      if isQuoted {
        if byte != quote {
          field.append(byte)
        } else if index < bytes.count, bytes[index] == quote {
          field.append(byte)
          index += 1
        } else {
          isQuoted = false
        }
      } else if byte == quote, field.isEmpty, !wasQuoted {
        (isQuoted, wasQuoted) = (true, true)
      } else if byte == delimiter {
        endField()
      } else if byte == Self.newline {
        endRow()
      } else if wasQuoted, byte != Self.carriageReturn {
        row.fault = "Invalid quote formatting for CSV"
      } else {
        if !wasQuoted { field.append(byte) }
      }
    }
    if isStarted { endRow() }
    return rows
  }
}
