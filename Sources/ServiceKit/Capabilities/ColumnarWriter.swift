extension Capability<any ColumnarWriter> {
  public static var columns: Self {
    Self("conversion to columnar formats", offeredBy: "query engine")
  }
}

/// Converts JSON records to the columns of a table, as Parquet or ORC.
public protocol ColumnarWriter: Sendable {
  /// The things in `layout` that can't be done, a sentence each, from types of columns to options of
  /// formats; empty where `convert` will do all of it. Needs no engine. Each ends with a period.
  func problems(with layout: ColumnarLayout) -> [String]

  /// Begins a file.
  ///
  /// - Throws: `ServiceError` where `problems` is not empty.
  func begin(_ layout: ColumnarLayout) throws -> any ColumnarConversion
}

/// A file whose records come one by one. Whoever begins one either finishes or abandons it.
public protocol ColumnarConversion: AnyObject {
  /// Takes the next record, which may hold several JSON objects one after another, each of which is
  /// a row. Rows stand in the order of their records.
  ///
  /// - Returns: the reason why the record can't be read: then none of it is written.
  /// - Throws: where the machine fails.
  func take(_ record: UnsafeRawBufferPointer) throws -> ColumnarFault?

  /// Has the file written and hands its bytes on, in pieces that are valid within the call only; none
  /// where there is no row. Nothing is left of it elsewhere, whether it throws or not.
  ///
  /// - Returns: the number of rows.
  /// - Throws: `ServiceError` where the engine is missing, and where it fails.
  func finish(_ body: (UnsafeRawBufferPointer) throws -> Void) async throws -> Int

  /// Forgets what has been taken.
  func abandon()
}

extension ColumnarWriter {
  /// Converts records that are all in memory.
  public func convert(_ records: [[UInt8]], to layout: ColumnarLayout) async throws -> ColumnarFile
  {
    let making = try begin(layout)
    var failures: [ColumnarFailure] = []
    do {
      for (index, record) in records.enumerated() {
        if let fault = try record.withUnsafeBytes({ try making.take($0) }) {
          failures.append(ColumnarFailure(record: index, fault: fault))
        }
      }
    } catch {
      making.abandon()
      throw error
    }
    var bytes: [UInt8] = []
    let rows = try await making.finish { bytes += $0 }
    return ColumnarFile(bytes: bytes, rows: rows, failures: failures)
  }
}

extension ColumnarWriter {
  /// The problems as the end of a sentence, without its period; nil for none.
  public func refusal(of layout: ColumnarLayout) -> String? {
    let problems = problems(with: layout)
    if problems.isEmpty { return nil }
    return "this conversion: " + problems.joined(separator: " ").dropLast()
  }
}

/// A file in a columnar format, and the records that are not in it.
public struct ColumnarFile: Sendable, Hashable {
  /// Empty where no record could be converted.
  public var bytes: [UInt8]
  public var rows: Int
  /// In the order of the records.
  public var failures: [ColumnarFailure]

  public init(bytes: [UInt8], rows: Int, failures: [ColumnarFailure]) {
    self.bytes = bytes
    self.rows = rows
    self.failures = failures
  }
}

/// A record that can't be converted.
public struct ColumnarFailure: Sendable, Hashable {
  /// The record's place among those that were given, from 0.
  public var record: Int
  public var fault: ColumnarFault

  public init(record: Int, fault: ColumnarFault) {
    self.record = record
    self.fault = fault
  }
}

/// The reason why a record can't be converted, by Firehose's codes and in its words.
public struct ColumnarFault: Error, Sendable, Hashable {
  /// `DataFormatConversion.ParseError`, `DataFormatConversion.MalformedData`.
  public var code: String
  public var message: String

  public init(_ code: String, _ message: String) {
    self.code = code
    self.message = message
  }
}

/// The columns of a file, the way to read them from JSON, and the format that they are written in.
public struct ColumnarLayout: Sendable, Hashable {
  public var columns: [TableColumn]
  public var reader: JSONRecordReader
  public var format: ColumnarFormat

  public init(columns: [TableColumn], reader: JSONRecordReader, format: ColumnarFormat) {
    self.columns = columns
    self.reader = reader
    self.format = format
  }
}

/// The rules by which JSON becomes values of columns: those of two libraries of Hive's.
public enum JSONRecordReader: Sendable, Hashable {
  case openX(OpenXOptions)
  /// - Parameter timestampFormats: patterns of Joda-Time and `millis`, tried in order, before
  ///   `yyyy-MM-dd HH:mm:ss[.fraction]`.
  case hive(timestampFormats: [String])
}

/// Options of the OpenX JSON SerDe.
public struct OpenXOptions: Sendable, Hashable {
  /// Keys are taken in lower case.
  public var isCaseInsensitive = true
  /// `a.b` in JSON is the column `a_b`.
  public var convertsDots = false
  /// Columns to the keys that they stand under, where those differ.
  public var keys: [String: String] = [:]

  public init() {}
}

public enum ColumnarFormat: Sendable, Hashable {
  case parquet(ParquetOptions)
  case orc(ORCOptions)
}

/// Options of Parquet files; sizes in bytes.
public struct ParquetOptions: Sendable, Hashable {
  public enum Compression: String, Sendable { case UNCOMPRESSED, GZIP, SNAPPY }
  public enum WriterVersion: String, Sendable { case V1, V2 }

  public var compression = Compression.SNAPPY
  /// The size at which a row group ends, before compression.
  public var blockSize = 256 << 20
  public var pageSize = 1 << 20
  public var usesDictionary = false
  public var writerVersion = WriterVersion.V1
  /// Padding up to a block's end, which can't be written: anything but 0 is a problem.
  public var paddingMax = 0

  public init() {}
}

/// Options of ORC files; sizes in bytes.
public struct ORCOptions: Sendable, Hashable {
  public enum Compression: String, Sendable { case NONE, ZLIB, SNAPPY }
  public enum FormatVersion: String, Sendable { case V0_11, V0_12 }

  public var compression = Compression.SNAPPY
  public var stripeSize = 64 << 20
  public var rowIndexStride = 10_000
  public var bloomFilterColumns: [String] = []
  public var bloomFilterFalsePositives = 0.05
  /// The share of distinct values among a column's up to which it gets a dictionary; 0 for none.
  public var dictionaryKeyThreshold = 0.8
  public var formatVersion = FormatVersion.V0_12
  /// Padding up to a block's end, which can't be written: true is a problem.
  public var isPadded = false

  public init() {}
}
