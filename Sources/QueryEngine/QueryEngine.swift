import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// Converts JSON to Parquet and ORC, and adds it to Iceberg tables: reads the records itself, and has a process of its own, Python
/// with PyArrow, write the columns.
///
/// Columns go over in a file that has Arrow's form in memory, so that they are encoded once and
/// parsed never.
public final class QueryEngine: ColumnarWriter {
  /// Rows, and bytes of JSON, of a batch, after which the columns go into the file.
  static let batchRowsMax = 65_536
  static let batchBytesMax = 16 << 20
  /// Records between which other tasks have their turn.
  static let turnRecords = 512

  let environment: ServiceEnvironment
  let supervisor: EngineSupervisor

  /// - Parameter locate: finds the process's interpreter, for each start.
  public init(
    environment: ServiceEnvironment, limits: EngineLimits = EngineLimits(),
    locate: @escaping @Sendable (Effects) -> EngineLocation? = EngineLocation.find
  ) {
    self.environment = environment
    supervisor = EngineSupervisor(environment: environment, limits: limits, locate: locate)
  }

  /// Kills the engine's process; returns when it is gone.
  public func stop() async { await supervisor.stop() }

  /// Removes what jobs of an earlier process have left; before the first one.
  public func clean() throws { try environment.effects.files.remove(folder) }

  var folder: String { environment.directory("query-engine") }

  var year: Int { UTCFields(environment.effects.clock.now).year }

  // MARK: Conversion

  public func problems(with layout: ColumnarLayout) -> [String] {
    LayoutCheck(layout, year: year).problems
  }

  public func begin(_ layout: ColumnarLayout) throws -> any ColumnarConversion {
    let check = LayoutCheck(layout, year: year)
    guard check.problems.isEmpty, let rules = check.rules else {
      throw ServiceError.unsupported(refusal(of: layout) ?? "this conversion")
    }
    try environment.effects.files.createDirectory(folder)
    return try ConversionJob(self, layout.format, check.columns, rules)
  }

  func remove(_ paths: [String]) {
    for path in paths {
      do throws(FileFailure) { try environment.effects.files.remove(path) } catch {
        environment.report("A file of the query engine stays until the next start: \(error)")
      }
    }
  }
}
