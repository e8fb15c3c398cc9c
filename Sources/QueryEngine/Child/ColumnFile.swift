import Effects
import PropertyTree

/// A file of columns for the engine to map: batches of rows, one after another, and the places of
/// their buffers.
struct ColumnFile {
  /// Arrow wants buffers to begin at multiples of this.
  private static let alignment: Int64 = 64

  let path: String
  private let handle: any FileHandle
  private var end: Int64 = 0
  private var batches: [PropertyValue] = []
  private(set) var rows = 0

  init(_ path: String, files: any FileSystem) throws(FileFailure) {
    self.path = path
    handle = try files.open(path, .createNew)
  }

  /// The batches for the engine: per column in depth-first order its length, nulls, buffers (start
  /// and length, or null) and, of moments, their unit.
  var description: PropertyValue { .list(batches) }

  /// Moves the rows into the file.
  mutating func take(_ rows: ColumnBuffers) throws(FileFailure) {
    guard rows.count > 0 else { return }
    var columns: [PropertyValue] = []
    for column in rows.children { try write(column, &columns) }
    batches.append(["rows": .int(Int64(rows.count)), "columns": .list(columns)])
    self.rows += rows.count
    rows.truncate(to: 0)
  }

  private mutating func write(_ column: ColumnBuffers, _ columns: inout [PropertyValue])
    throws(FileFailure)
  {
    var buffers: [PropertyValue] = []
    var failure: FileFailure?
    column.emit { bytes in
      guard failure == nil else { return }
      do throws(FileFailure) { buffers.append(try write(bytes)) } catch { failure = error }
    }
    if let failure { throw failure }
    var entry: [PropertyValue] = [
      .int(Int64(column.count)), .int(Int64(column.nulls)), .list(buffers),
    ]
    if case .timestamp = column.type { entry.append(.string(column.momentUnit.rawValue)) }
    columns.append(.list(entry))
    for child in column.children { try write(child, &columns) }
  }

  private mutating func write(_ bytes: UnsafeRawBufferPointer?) throws(FileFailure)
    -> PropertyValue
  {
    guard let bytes else { return .null }
    // Behind the last byte there is no place, not even for nothing.
    guard bytes.count > 0 else { return [0, 0] }
    let start = (end + Self.alignment - 1) / Self.alignment * Self.alignment
    try handle.write(bytes, at: start)
    end = start + Int64(bytes.count)
    return [.int(start), .int(Int64(bytes.count))]
  }
}

extension HiveType {
  /// The type for the engine: a word, or a list of one and its parts.
  var description: PropertyValue {
    switch self {
    case .string, .varchar, .char: "string"
    case .decimal(let precision, let scale):
      ["decimal", .int(Int64(precision)), .int(Int64(scale))]
    case .array(let element): ["array", element.description]
    case .map(let key, let value): ["map", key.description, value.description]
    case .structure(let fields):
      ["struct", .list(fields.map { [.string($0.name), $0.type.description] })]
    default: .string(text)
    }
  }
}
