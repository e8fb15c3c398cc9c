import ArgumentParser
import PropertyTree

/// The forms in which records are printed.
enum RecordFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
  case table, json, raw
}

/// Records of a stream: a line each, or their bytes alone.
struct RecordView {
  var terminal: Terminal
  var format: RecordFormat
  /// Of the columns before the data; they grow with what comes.
  private var widths = [24, 5, 3, 5]
  private var hasHeader = false

  private static let titles = ["ARRIVAL", "SHARD", "KEY", "BYTES", "DATA"]
  /// Longer keys push their own line alone out of the columns.
  private static let keyWidthMax = 40

  init(terminal: Terminal, format: RecordFormat) {
    self.terminal = terminal
    self.format = format
  }

  /// The output for some records, with line ends.
  mutating func bytes(_ records: [ConsumedRecord]) -> [UInt8] {
    guard !records.isEmpty else { return [] }
    switch format {
    case .table: return table(records)
    case .json:
      var out: [UInt8] = []
      for record in records {
        Self.writeJSON(record, into: &out)
        out.append(0x0A)
      }
      return out
    case .raw: return records.flatMap { $0.data + [0x0A] }
    }
  }

  // MARK: JSON

  /// One object, without a line end. `encoding` says what `data` is: a JSON value as it is, text, or base64.
  static func writeJSON(_ record: ConsumedRecord, into out: inout [UInt8]) {
    var head: PropertyObject = [
      "shard": .string(record.shard), "sequence": .string(record.sequence),
    ]
    if let subsequence = record.subsequence { head["subsequence"] = .int(Int64(subsequence)) }
    head["partitionKey"] = .string(record.partitionKey)
    if let key = record.explicitHashKey { head["explicitHashKey"] = .string(key) }
    head["arrival"] = .string(record.arrival.iso8601)
    head["bytes"] = .int(Int64(record.data.count))
    if record.isUnpacked { head["compression"] = "gzip" }
    let content = RecordContent(record.data)
    head["encoding"] = .string(content.encoding)
    out += JSONWriter.bytes(.object(head)).dropLast()
    out += #","data":"#.utf8
    switch content {
    case .json(let bytes): out += bytes
    case .text(let text): JSONWriter.writeString(text, into: &out)
    case .bytes(let bytes): JSONWriter.writeString(Base64.encode(bytes), into: &out)
    }
    out.append(UInt8(ascii: "}"))
  }

  // MARK: Table

  private mutating func table(_ records: [ConsumedRecord]) -> [UInt8] {
    let rows = records.map { record in
      [
        record.arrival.iso8601, StreamShard.number(record.shard), Self.line(record.partitionKey),
        String(record.data.count),
      ]
    }
    for index in widths.indices {
      widths[index] = max(
        widths[index], Columns.width(of: rows.map { $0[index] }, max: Self.keyWidthMax))
    }
    var lines: [String] = []
    if !hasHeader {
      lines.append(terminal.styled(row(Self.titles), .bold))
      hasHeader = true
    }
    for (fields, record) in zip(rows, records) {
      lines.append(row(fields + [RecordContent(record.data).line]))
    }
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  private func row(_ fields: [String]) -> String {
    // Numbers stand at the right.
    let columns = zip(fields, widths).enumerated().map { index, column in
      index == 1 || index == 3
        ? String(repeating: " ", count: max(0, column.1 - column.0.count)) + column.0
        : Columns.padded(column.0, to: column.1)
    }
    let line = (columns + [fields[widths.count]]).joined(separator: "  ")
    // A person's terminal gets one line a record; a file or a pipe gets all of it.
    guard terminal.isInteractive, line.count > terminal.width else { return line }
    return line.prefix(max(20, terminal.width - 1)) + "…"
  }

  /// Text without what would break its line.
  static func line(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      return text
    }
    return text.unicodeScalars.reduce(into: "") { line, scalar in
      switch scalar {
      case "\n": line += "\\n"
      case "\r": line += "\\r"
      case "\t": line += "\\t"
      case _ where scalar.properties.generalCategory == .control:
        line += "\\u{\(String(scalar.value, radix: 16))}"
      default: line.unicodeScalars.append(scalar)
      }
    }
  }
}

/// The data of a record, as what it turned out to be.
enum RecordContent: Sendable, Hashable {
  /// On one line, numbers as they were written.
  case json([UInt8])
  case text(String)
  case bytes([UInt8])

  init(_ data: [UInt8]) {
    if let json = JSONText.compact(data) {
      self = .json(json)
    } else if let text = String(validating: data, as: UTF8.self) {
      self = .text(text)
    } else {
      self = .bytes(data)
    }
  }

  var encoding: String {
    switch self {
    case .json: "json"
    case .text: "text"
    case .bytes: "base64"
    }
  }

  /// On one line of a table; bytes that are no text as hexadecimal digits.
  var line: String {
    switch self {
    case .json(let bytes): RecordView.line(String(decoding: bytes, as: UTF8.self))
    case .text(let text): RecordView.line(text)
    case .bytes(let bytes): "0x" + Hex.encode(bytes)
    }
  }
}
