import PropertyTree
import ServiceKit

/// A layout taken apart, with everything about it that can't be done.
struct LayoutCheck {
  private(set) var columns: [HiveField] = []
  /// nil where the deserializer's options can't be used.
  private(set) var rules: ReadingRules?
  private(set) var problems: [String] = []

  /// - Parameter year: the present one.
  init(_ layout: ColumnarLayout, year: Int) {
    readColumns(layout.columns)
    do throws(JodaPattern.Fault) { rules = try ReadingRules(layout.reader, year: year) } catch {
      problems.append(error.reason)
    }
    if case .hive = layout.reader {
      for column in layout.columns where column.name.contains(".") {
        problems.append(
          "The Hive JSON SerDe doesn't allow periods in column names: `\(column.name)`.")
      }
    }
    switch layout.format {
    case .parquet(let options):
      if options.paddingMax != 0 {
        problems.append("Padding of Parquet files (MaxPaddingBytes) is not supported.")
      }
    case .orc(let options): check(options)
    }
  }

  private mutating func readColumns(_ given: [TableColumn]) {
    var names: Set<String> = []
    for column in given {
      if !names.insert(column.name.lowercased()).inserted {
        problems.append("The table has two columns `\(column.name)`.")
      }
      do throws(HiveTypeReader.Fault) {
        columns.append(HiveField(name: column.name, type: try HiveTypeReader.read(column.type)))
      } catch {
        problems.append(
          "The type `\(column.type)` of the column `\(column.name)` can't be converted: "
            + "\(error.reason).")
      }
    }
    if given.isEmpty { problems.append("The table has no columns.") }
  }

  private mutating func check(_ options: ORCOptions) {
    if options.isPadded {
      problems.append("Padding of ORC files (EnablePadding) is not supported.")
    }
    for name in options.bloomFilterColumns {
      guard let column = columns.first(where: { $0.name.lowercased() == name.lowercased() }) else {
        if !columns.isEmpty {
          problems.append("The table has no column `\(name)` for a bloom filter.")
        }
        continue
      }
      if column.type.isNested {
        problems.append("A bloom filter of a nested column (`\(name)`) is not supported.")
      }
    }
  }
}

/// A job as the engine's process takes it.
struct EngineJob {
  let description: PropertyValue

  init(
    _ format: ColumnarFormat, _ columns: [HiveField], input: ColumnFile, output: String
  ) {
    let (name, options) = Self.options(format, columns)
    description = [
      "format": .string(name), "options": .object(options), "input": .string(input.path),
      "output": .string(output), "batches": input.description,
      "schema": .list(columns.map { [.string($0.name), $0.type.description] }),
    ]
  }

  private static func options(_ format: ColumnarFormat, _ columns: [HiveField]) -> (
    String, PropertyObject
  ) {
    switch format {
    case .parquet(let options):
      return (
        "parquet",
        [
          "compression": .string(
            options.compression == .UNCOMPRESSED ? "NONE" : options.compression.rawValue),
          "blockSize": .int(Int64(options.blockSize)), "pageSize": .int(Int64(options.pageSize)),
          "dictionary": .bool(options.usesDictionary),
          "version": .string(options.writerVersion.rawValue),
        ]
      )
    case .orc(let options):
      return (
        "orc",
        [
          "compression": .string(
            options.compression == .NONE ? "UNCOMPRESSED" : options.compression.rawValue),
          "stripeSize": .int(Int64(options.stripeSize)),
          "rowIndexStride": .int(Int64(options.rowIndexStride)),
          "dictionaryThreshold": .double(options.dictionaryKeyThreshold),
          "bloomColumns": .list(
            options.bloomFilterColumns.compactMap { name in
              columns.firstIndex { $0.name.lowercased() == name.lowercased() }
                .map { .int(Int64(orcID(ofColumn: $0, columns))) }
            }),
          "bloomFalsePositives": .double(options.bloomFilterFalsePositives),
          "version": .string(options.formatVersion.rawValue),
        ]
      )
    }
  }

  /// The number that ORC gives a column: types are counted depth first, from the row itself, 0.
  private static func orcID(ofColumn index: Int, _ columns: [HiveField]) -> Int {
    1 + columns[..<index].reduce(0) { $0 + $1.type.partCount }
  }
}
