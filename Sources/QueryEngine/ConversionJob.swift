import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// A file on its way through the engine: rows go into a file of columns as their records come, and
/// the engine's process makes the columnar file of it.
final class ConversionJob: ColumnarConversion {
  /// The piece in which the engine's file is handed on.
  private static let pieceBytes = 1 << 20

  private let engine: QueryEngine
  private let format: ColumnarFormat
  private let columns: [HiveField]
  private let reader: RowReader
  private let rows: ColumnBuffers
  private var input: ColumnFile
  private let output: String
  /// Bytes of JSON whose rows are not in the file of columns yet.
  private var pending = 0

  init(
    _ engine: QueryEngine, _ format: ColumnarFormat, _ columns: [HiveField],
    _ rules: ReadingRules
  ) throws {
    self.engine = engine
    self.format = format
    self.columns = columns
    reader = RowReader(rules: rules)
    rows = rules.buffers(columns)
    let name = engine.environment.effects.random.uuid()
    output = "\(engine.folder)/\(name).out"
    input = try ColumnFile("\(engine.folder)/\(name).in", files: engine.environment.effects.files)
  }

  func take(_ record: UnsafeRawBufferPointer) throws -> ColumnarFault? {
    var found: ColumnarFault?
    do throws(ColumnarFault) {
      try reader.read(record.bindMemory(to: UInt8.self), into: rows)
    } catch { found = error }
    pending += record.count
    if rows.count >= QueryEngine.batchRowsMax || pending >= QueryEngine.batchBytesMax {
      try input.take(rows)
      pending = 0
    }
    return found
  }

  func finish(_ body: (UnsafeRawBufferPointer) throws -> Void) async throws -> Int {
    defer { abandon() }
    try input.take(rows)
    guard input.rows > 0 else { return 0 }
    let files = engine.environment.effects.files
    let job = EngineJob(format, columns, input: input, output: output)
    let answer = try await engine.supervisor.run(
      job.description, folder: engine.folder, inputBytes: try files.size(input.path))
    guard answer["rows"]?.integerValue == Int64(input.rows) else {
      throw ServiceError.internalFailure("The query engine wrote other rows than it was given.")
    }
    let file = try files.open(output, .read)
    var offset: Int64 = 0
    while true {
      let piece = try file.read(at: offset, count: Self.pieceBytes)
      if piece.isEmpty { return input.rows }
      try piece.withUnsafeBytes { try body($0) }
      offset += Int64(piece.count)
    }
  }

  func abandon() { engine.remove([input.path, output]) }
}
