import AWSModel
import Effects
import FunctionRuntime
import PropertyTree
import QueryEngine
import ServiceKit
import ServiceTesting
import Synchronization
import Testing

/// An engine on real files and with a real process.
final class EngineBench: Sendable {
  /// A Python with PyArrow: of the variable, or of the clients' tests; nil where there is none.
  static let location: EngineLocation? = {
    let effects = Effects.live()
    if case .given(let path)? = EngineLocation.find(effects) { return .given(path) }
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    return effects.processes.find("/\(root)/.venv/bin/python3").map(EngineLocation.given)
  }()

  static let isThere = location != nil

  let world = TestWorld(onRealFilesAt: nil)
  let environment: ServiceEnvironment
  let reports: Reports
  let engine: QueryEngine

  init(
    limits: EngineLimits = EngineLimits(),
    locate: @escaping @Sendable (Effects) -> EngineLocation? = { _ in EngineBench.location }
  ) throws {
    let reports = Reports()
    self.reports = reports
    var environment = try world.open([]) { reports.add($0) }
    environment.functionEndpoints = RuntimeAPI()
    environment.effects.processes = spawner
    self.environment = environment
    engine = QueryEngine(environment: environment, limits: limits, locate: locate)
  }

  /// The processes that the engine has started so far.
  var processes: [any RunningProcess] { spawner.all }

  private let spawner = RecordingSpawner()

  /// The machine's spawner, which knows its processes afterwards.
  private final class RecordingSpawner: ProcessSpawner {
    private let live = LiveProcessSpawner()
    private let processes = Mutex<[any RunningProcess]>([])
    var all: [any RunningProcess] { processes.withLock { $0 } }

    func spawn(_ command: ProcessCommand) throws(FileFailure) -> any RunningProcess {
      let process = try live.spawn(command)
      processes.withLock { $0.append(process) }
      return process
    }

    func find(_ program: String) -> String? { live.find(program) }
    func inherited(_ variable: String) -> String? { live.inherited(variable) }
  }

  /// Lines for the operator.
  final class Reports: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
  }

  func end() async throws {
    await engine.stop()
    try environment.database.close()
    try world.removeFiles()
  }

  /// Converts records of the columns `a int; b string`.
  func convert(
    _ records: [String], columns: [TableColumn] = [TableColumn(name: "a", type: "int")],
    _ format: ColumnarFormat = .parquet(ParquetOptions())
  ) async throws -> ColumnarFile {
    try await engine.convert(
      records.map { Array($0.utf8) },
      to: ColumnarLayout(columns: columns, reader: .openX(OpenXOptions()), format: format))
  }

  /// The answer of a program over the bytes of a file, whose path is `path` in it and which ends by
  /// printing JSON.
  func inspect(_ bytes: [UInt8], _ program: String) async throws -> PropertyValue {
    let location = try #require(Self.location)
    let path = "\(world.directory)/inspected"
    try world.effects.files.writeAtomically(bytes, to: path)
    let process = try world.effects.processes.spawn(
      ProcessCommand(
        executable: location.executable,
        arguments: ["-c", "import json, sys\npath = sys.argv[1]\n" + program, path],
        environment: [:], workingDirectory: world.directory))
    var output: [UInt8] = []
    for await chunk in process.output { output += chunk }
    let text = String(decoding: output, as: UTF8.self)
    let status = await process.wait()
    try #require(status == 0, "\(text)")
    return try JSONReader.read(text)
  }

  static let rows = """
    import pyarrow, pyarrow.parquet, pyarrow.orc
    def plain(value):
        if isinstance(value, (list, tuple)): return [plain(v) for v in value]
        if isinstance(value, dict): return {k: plain(v) for k, v in value.items()}
        return value if isinstance(value, (int, float, bool, str, type(None))) else str(value)
    if open(path, "rb").read(4) == b"PAR1":
        table = pyarrow.parquet.read_table(path, coerce_int96_timestamp_unit="us")
    else:
        table = pyarrow.orc.read_table(path)
    print(json.dumps(plain(table.to_pylist())))
    """
}
