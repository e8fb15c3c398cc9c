import PropertyTree
import ServiceKit

@testable import QueryEngine

/// The rows in the buffers of columns, as values again: what an engine would find there.
struct ColumnDump {
  static func rows(_ rows: ColumnBuffers) -> [PropertyValue] {
    (0..<rows.count).map { ColumnDump(rows).value(at: $0) }
  }

  private let column: ColumnBuffers
  private var validity: [UInt8]?
  private var buffers: [[UInt8]] = []

  private init(_ column: ColumnBuffers) {
    self.column = column
    var all: [[UInt8]?] = []
    column.emit { all.append($0.map(Array.init)) }
    validity = all[0]
    buffers = all.dropFirst().map { $0 ?? [] }
  }

  private func number<T: FixedWidthInteger>(_ index: Int, _ type: T.Type, _ buffer: Int = 0) -> T {
    buffers[buffer].withUnsafeBytes {
      $0.loadUnaligned(fromByteOffset: index * MemoryLayout<T>.size, as: T.self)
    }
  }

  private func value(at index: Int) -> PropertyValue {
    if let validity, validity[index >> 3] & (1 << (index & 7)) == 0 { return .null }
    switch column.type {
    case .boolean: return .bool(buffers[0][index >> 3] & (1 << (index & 7)) != 0)
    case .tinyint: return .int(Int64(number(index, Int8.self)))
    case .smallint: return .int(Int64(number(index, Int16.self)))
    case .int, .date: return .int(Int64(number(index, Int32.self)))
    case .bigint: return .int(number(index, Int64.self))
    case .timestamp:
      return .string("\(number(index, Int64.self)) \(column.momentUnit.rawValue)")
    case .float: return .double(Double(Float(bitPattern: number(index, UInt32.self))))
    case .double: return .double(Double(bitPattern: number(index, UInt64.self)))
    case .decimal: return .string(String(number(index, Int128.self)))
    case .string, .varchar, .char:
      let span = Int(number(index, Int32.self))..<Int(number(index + 1, Int32.self))
      return .string(String(decoding: buffers[1][span], as: UTF8.self))
    case .array:
      return .list(span(index).map { ColumnDump(column.children[0]).value(at: $0) })
    case .map:
      // As pairs, so that order and doubles are seen.
      return .list(
        span(index).map { entry in
          .list(column.children.map { ColumnDump($0).value(at: entry) })
        })
    case .structure(let fields):
      var object = PropertyObject()
      for (field, child) in zip(fields, column.children) {
        object[field.name] = ColumnDump(child).value(at: index)
      }
      return .object(object)
    }
  }

  private func span(_ index: Int) -> Range<Int> {
    Int(number(index, Int32.self))..<Int(number(index + 1, Int32.self))
  }
}

/// Reads records by one type, for tables of cases.
struct ReadingBench {
  let rules: ReadingRules
  let rows: ColumnBuffers

  /// - Parameter columns: `a int, b array<int>`, divided by ` ; ` where there are several.
  init(_ columns: String, _ reader: JSONRecordReader = .openX(OpenXOptions())) throws {
    rules = try ReadingRules(reader, year: 2026)
    rows = rules.buffers(
      try columns.split(separator: ";").map { text in
        let words = text.split(separator: " ", maxSplits: 1)
        return HiveField(
          name: String(words[0]), type: try HiveTypeReader.read(String(words[1])))
      })
  }

  @discardableResult
  func read(_ record: String) throws(ColumnarFault) -> [PropertyValue] {
    try RowReader(rules: rules).read(Array(record.utf8), into: rows)
    return ColumnDump.rows(rows)
  }
}
