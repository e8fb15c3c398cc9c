import AWSModel
import Effects
import PropertyTree
import QueryEngine
import ServiceKit
import Testing

/// The engine's files, read back with PyArrow.
@Suite(
  .enabled(
    if: EngineBench.isThere,
    "there is no Python with PyArrow; `make .venv/ready` or LEAT_QUERY_ENGINE gives one"))
struct EngineTests {
  private static let columns = [
    ("flag", "boolean"), ("tiny", "tinyint"), ("small", "smallint"), ("id", "int"),
    ("big", "bigint"), ("ratio", "float"), ("score", "double"), ("price", "decimal(20,2)"),
    ("name", "string"), ("code", "char(3)"), ("day", "date"), ("at", "timestamp"),
    ("tags", "array<string>"), ("m", "map<string,int>"),
    ("who", "struct<name:string,roles:array<struct<at:timestamp,x:int>>>"),
  ].map { TableColumn(name: $0.0, type: $0.1) }

  private static let records = [
    #"""
    {"flag":true,"tiny":-1,"small":2,"id":3,"big":4000000000,"ratio":0.5,"score":1e-3,
     "price":"12.345","name":"ä\"","code":"ab ","day":"2026-11-27","at":"2026-11-27 01:02:03.5",
     "tags":["x",null],"m":{"k":1,"l":null},"who":{"name":"n","roles":[{"at":1,"x":2},null]}}
    """#,
    #"{"id":4}"#,
    #"{"id":"oops"}"#,
  ]

  private static let rows: PropertyValue = [
    [
      "flag": true, "tiny": -1, "small": 2, "id": 3, "big": 4_000_000_000, "ratio": .double(0.5),
      "score": .double(0.001), "price": "12.35", "name": "ä\"", "code": "ab", "day": "2026-11-27",
      "at": "2026-11-27 01:02:03.500000", "tags": ["x", .null], "m": [["k", 1], ["l", .null]],
      "who": ["name": "n", "roles": [["at": "1970-01-01 00:00:01", "x": 2], .null]],
    ],
    [
      "flag": .null, "tiny": .null, "small": .null, "id": 4, "big": .null, "ratio": .null,
      "score": .null, "price": .null, "name": .null, "code": .null, "day": .null, "at": .null,
      "tags": .null, "m": .null, "who": .null,
    ],
  ]

  private static func parquet(_ change: (inout ParquetOptions) -> Void) -> ColumnarFormat {
    var options = ParquetOptions()
    change(&options)
    return .parquet(options)
  }

  private static func orc(_ change: (inout ORCOptions) -> Void) -> ColumnarFormat {
    var options = ORCOptions()
    change(&options)
    return .orc(options)
  }

  static let formats: [ColumnarFormat] = [
    parquet { _ in }, parquet { $0.compression = .GZIP },
    parquet { $0.compression = .UNCOMPRESSED },
    parquet {
      $0.writerVersion = .V2
      $0.usesDictionary = true
    }, orc { _ in }, orc { $0.compression = .ZLIB }, orc { $0.compression = .NONE },
    orc {
      $0.formatVersion = .V0_11
      $0.bloomFilterColumns = ["Name", "id"]
      $0.dictionaryKeyThreshold = 0
    },
  ]

  @Test func everyFormatHoldsEveryType() async throws {
    let bench = try EngineBench()
    for format in Self.formats {
      let file = try await bench.convert(Self.records, columns: Self.columns, format)
      #expect(file.rows == 2)
      #expect(file.failures.map(\.record) == [2])
      #expect(try await bench.inspect(file.bytes, EngineBench.rows) == Self.rows, "\(format)")
    }
    let folder = "\(bench.world.directory)/query-engine"
    #expect(try bench.world.effects.files.list(folder) == [])
    try await bench.end()
  }

  @Test func parquetFilesAreAsTheirOptionsSay() async throws {
    let program = """
      import pyarrow.parquet
      file = pyarrow.parquet.ParquetFile(path)
      column = file.metadata.row_group(0).column(0)
      print(json.dumps([str(file.schema), column.compression, list(column.encodings),
          file.metadata.format_version, file.metadata.num_row_groups]))
      """
    let bench = try EngineBench()
    let records = (0..<200).map { #"{"at":\#($0 % 5),"t":["x"],"p":1}"# }
    let columns = [
      TableColumn(name: "at", type: "timestamp"), TableColumn(name: "t", type: "array<string>"),
      TableColumn(name: "p", type: "decimal(9,2)"),
    ]
    var seen: [[PropertyValue]] = []
    for format in Self.formats.prefix(4) {
      let file = try await bench.convert(records, columns: columns, format)
      seen.append(try #require(try await bench.inspect(file.bytes, program).listValue))
    }
    // Hive's own form of a moment, and of a list.
    let schema = try #require(seen[0][0].stringValue)
    #expect(schema.contains("optional int96 field_id=-1 at;"))
    #expect(schema.contains("optional group field_id=-1 t (List)"))
    #expect(seen.map { $0[1] } == ["SNAPPY", "GZIP", "UNCOMPRESSED", "SNAPPY"])
    #expect(seen.map { $0[3] } == ["1.0", "1.0", "1.0", "2.6"])
    #expect(seen[0][2].listValue?.contains("RLE_DICTIONARY") == false)
    #expect(seen[3][2].listValue?.contains("RLE_DICTIONARY") == true)
    // A block's size ends row groups; here, where a test can afford it, after a row.
    let small = try await bench.convert(
      Array(records.prefix(3)), columns: columns, Self.parquet { $0.blockSize = 1 })
    #expect(try await bench.inspect(small.bytes, program).listValue?[4] == 3)
    try await bench.end()
  }

  @Test func orcFilesAreAsTheirOptionsSay() async throws {
    let program = """
      import pyarrow.orc
      file = pyarrow.orc.ORCFile(path)
      print(json.dumps([file.compression, file.row_index_stride, str(file.file_version),
          len(open(path, "rb").read())]))
      """
    let bench = try EngineBench()
    let records = (0..<3000).map { #"{"s":{"x":1},"k":"key \#($0 % 10)"}"# }
    let columns = [
      TableColumn(name: "s", type: "struct<x:int>"), TableColumn(name: "k", type: "string"),
    ]
    func seen(_ change: (inout ORCOptions) -> Void) async throws -> [PropertyValue] {
      let file = try await bench.convert(records, columns: columns, Self.orc(change))
      return try #require(try await bench.inspect(file.bytes, program).listValue)
    }
    let plain = try await seen { $0.compression = .NONE }
    #expect(plain.prefix(3) == ["UNCOMPRESSED", 10_000, "0.12"])
    let old = try await seen {
      $0.formatVersion = .V0_11
      $0.rowIndexStride = 1000
      $0.compression = .ZLIB
    }
    #expect(old.prefix(3) == ["ZLIB", 1000, "0.11"])
    let size = try #require(plain[3].integerValue)
    let filtered = try await seen {
      $0.compression = .NONE
      $0.bloomFilterColumns = ["k"]
    }
    #expect(try #require(filtered[3].integerValue) > size + 1000)
    let direct = try await seen {
      $0.compression = .NONE
      $0.dictionaryKeyThreshold = 0
    }
    #expect(try #require(direct[3].integerValue) > size + 1000)
    try await bench.end()
  }

  @Test func batchesBecomeOneFileInOrder() async throws {
    let bench = try EngineBench()
    var records = (0..<140_000).map { #"{"a":\#($0),"t":"2026-11-27 00:00:00.123456789"}"# }
    // A moment that nanoseconds don't reach, in the last batch alone.
    records.append(#"{"a":140000,"t":"9999-01-01 00:00:00"}"#)
    let file = try await bench.convert(
      records,
      columns: [
        TableColumn(name: "a", type: "int"), TableColumn(name: "t", type: "timestamp"),
      ])
    let program = """
      import pyarrow.parquet
      table = pyarrow.parquet.read_table(path, coerce_int96_timestamp_unit="us")
      a = table["a"].to_pylist()
      print(json.dumps([a == list(range(140001)), str(table["t"][0]), str(table["t"][140000])]))
      """
    #expect(
      try await bench.inspect(file.bytes, program)
        == [true, "2026-11-27 00:00:00.123456", "9999-01-01 00:00:00"])
    try await bench.end()
  }

  @Test func columnsMayHoldNothing() async throws {
    let bench = try EngineBench()
    let types = ["string", "array<string>", "map<string,int>", "struct<x:string>", "timestamp"]
    for type in types {
      for format in [Self.parquet { _ in }, Self.orc { _ in }] {
        let file = try await bench.convert(
          ["{}", "{}"], columns: [TableColumn(name: "a", type: type)], format)
        #expect(
          try await bench.inspect(file.bytes, EngineBench.rows) == [["a": .null], ["a": .null]],
          "\(type)")
      }
    }
    try await bench.end()
  }

  @Test func withoutARowThereIsNoFileAndNoProcess() async throws {
    let bench = try EngineBench(locate: { _ in nil })
    let file = try await bench.convert(["{", #"{"a":"x"}"#])
    #expect(file.bytes == [])
    #expect(
      file.failures.map(\.fault.code) == [
        "DataFormatConversion.ParseError", "DataFormatConversion.MalformedData",
      ])
    try await bench.end()
  }

  // MARK: The process

  @Test func oneProcessServesManyAndAnotherFollowsADeadOne() async throws {
    let bench = try EngineBench()
    try await withThrowingTaskGroup(of: Int.self) { group in
      for index in 0..<8 {
        group.addTask { try await bench.convert([#"{"a":\#(index)}"#]).rows }
      }
      for try await rows in group { #expect(rows == 1) }
    }
    #expect(bench.processes.count == 1)
    let file = try await bench.convert([#"{"a":1}"#])
    bench.processes[0].kill()
    #expect(await bench.processes[0].wait() == 137)
    #expect(try await bench.convert([#"{"a":1}"#]) == file)
    #expect(bench.processes.count == 2)
    await bench.engine.stop()
    #expect(await bench.processes[1].wait() == 137)
    await #expect(throws: ServiceError.self) {
      _ = try await bench.convert([#"{"a":1}"#])
    }
    try await bench.end()
  }

  @Test func anIdleProcessEnds() async throws {
    var limits = EngineLimits()
    limits.idleSecondsMax = 0
    let bench = try EngineBench(limits: limits)
    _ = try await bench.convert([#"{"a":1}"#])
    #expect(await bench.processes[0].wait() == 137)
    #expect(try await bench.convert([#"{"a":1}"#]).rows == 1)
    #expect(bench.processes.count == 2)
    try await bench.end()
  }

  @Test func whatTakesTooMuchMemoryIsAnError() async throws {
    var small = EngineLimits()
    small.memoryBytesMax = 16 << 20
    let bounded = try EngineBench(limits: small)
    let error = await #expect(throws: ServiceError.self) {
      _ = try await bounded.convert([#"{"a":1}"#])
    }
    #expect(error?.code == "QueryEngineFailure")
    try await bounded.end()
  }
}

/// Everything about the engine that needs none.
@Suite struct EngineRefusalTests {
  @Test func aMissingEngineSaysHowToGetIt() async throws {
    let bench = try EngineBench(locate: { _ in nil })
    let error = await #expect(throws: ServiceError.self) {
      try await bench.convert([#"{"a":1}"#])
    }
    #expect(
      error?.message
        == "The query engine is not installed: run `leat doctor --install`, or let "
        + "LEAT_QUERY_ENGINE point to a Python that has PyArrow.")
    try await bench.end()
  }

  @Test func aProgramThatIsNoEngineSaysHowToGetOne() async throws {
    let bench = try EngineBench(locate: { _ in .path("/bin/false") })
    let error = await #expect(throws: ServiceError.self) {
      try await bench.convert([#"{"a":1}"#])
    }
    #expect(
      error?.message
        == "The query engine doesn't start with /bin/false (it ended with status 1): run `leat "
        + "doctor --install`, or let LEAT_QUERY_ENGINE point to a Python that has PyArrow.")
    try await bench.end()
  }

  /// A program that takes a job and never answers.
  private static let silent = """
    #!/usr/bin/env python3
    import http.client, os, signal
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.request("GET", "/2018-06-01/runtime/invocation/next")
    connection.getresponse().read()
    signal.pause()
    """

  @Test func whatTakesTooLongIsEnded() async throws {
    var limits = EngineLimits()
    limits.jobSecondsMax = 0
    limits.bytesPerSecondMin = 1 << 40
    let files = LiveFileSystem()
    let path = "/tmp/leat-tests-\(LiveRandomSource().uuid())"
    try files.writeAtomically(Array(Self.silent.utf8), to: path)
    try files.makeExecutable(path)
    let bench = try EngineBench(limits: limits, locate: { _ in .given(path) })
    let error = await #expect(throws: ServiceError.self) {
      _ = try await bench.convert([#"{"a":1}"#])
    }
    #expect(error?.message == "The query engine took more than 0 s.")
    #expect(await bench.processes[0].wait() == 137)
    try await bench.end()
    try files.remove(path)
  }

  @Test func problemsOfALayoutAreNamed() async throws {
    let bench = try EngineBench(locate: { _ in nil })
    var parquet = ParquetOptions()
    parquet.paddingMax = 1
    var orc = ORCOptions()
    orc.isPadded = true
    orc.bloomFilterColumns = ["A", "m", "z"]
    func problems(
      _ columns: [(String, String)], _ reader: JSONRecordReader = .openX(OpenXOptions()),
      _ format: ColumnarFormat = .parquet(ParquetOptions())
    ) -> [String] {
      bench.engine.problems(
        with: ColumnarLayout(
          columns: columns.map { TableColumn(name: $0.0, type: $0.1) }, reader: reader,
          format: format))
    }
    #expect(problems([("a", "int")]) == [])
    #expect(problems([]) == ["The table has no columns."])
    #expect(
      problems([("a", "int"), ("A", "binary")]) == [
        "The table has two columns `A`.",
        "The type `binary` of the column `A` can't be converted: `binary` is not supported.",
      ])
    #expect(
      problems([("a.b", "int")], .hive(timestampFormats: ["G"]))
        == [
          "`G` in the timestamp format `G` is not supported.",
          "The Hive JSON SerDe doesn't allow periods in column names: `a.b`.",
        ])
    #expect(
      problems([("a", "int")], .openX(OpenXOptions()), .parquet(parquet))
        == ["Padding of Parquet files (MaxPaddingBytes) is not supported."])
    #expect(
      problems([("a", "int"), ("m", "array<int>")], .openX(OpenXOptions()), .orc(orc))
        == [
          "Padding of ORC files (EnablePadding) is not supported.",
          "A bloom filter of a nested column (`m`) is not supported.",
          "The table has no column `z` for a bloom filter.",
        ])
    try await bench.end()
  }
}
