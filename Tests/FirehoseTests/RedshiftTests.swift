import AWSModel
import Archives
import Effects
import PropertyTree
import ServiceKit
import Testing

@testable import Firehose

/// Deliveries by way of a bucket into a table.
@Suite struct RedshiftTests {
  private static func settings(_ more: PropertyObject = [:], _ copy: PropertyObject = [:])
    -> PropertyValue
  {
    var command: PropertyObject = [
      "DataTableName": "public.Rides", "CopyOptions": "json 'auto'",
    ]
    for (key, value) in copy { command[key] = value }
    var settings: PropertyObject = [
      "RoleARN": "arn:aws:iam::000000000000:role/r",
      "ClusterJDBCURL": "jdbc:redshift://localhost:5439/d", "Username": "loader",
      "Password": "s3cret!", "CopyCommand": .object(command),
      "RetryOptions": ["DurationInSeconds": 400],
      "S3Configuration": FirehoseFixture.destination(["Prefix": "in/"]),
    ]
    for (key, value) in more { settings[key] = value }
    return .object(settings)
  }

  private func fixture(
    _ database: FakeDatabase, _ more: PropertyObject = [:], _ copy: PropertyObject = [:]
  ) async throws -> FirehoseFixture {
    let fixture = try await FirehoseFixture(
      databases: database, function: TransformationTests.judge)
    try await fixture.call(
      "CreateDeliveryStream",
      ["DeliveryStreamName": "d", "RedshiftDestinationConfiguration": Self.settings(more, copy)])
    return fixture
  }

  private static let first = #"{"id":1,"name":"a","at":"2026-01-01"}"#
  private static let firstLine = "1\ta\t2026-01-01"

  @Test func recordsGoToTheBucketAndThenIntoTheTable() async throws {
    let database = FakeDatabase()
    let fixture = try await fixture(database)
    try await fixture.put(Self.first, #"{"id":2}"#)
    await fixture.clock.advance(milliseconds: 59_000)
    #expect(database.rows.isEmpty && fixture.surroundings.objects.isEmpty)
    await fixture.clock.advance(milliseconds: 1000)
    #expect(database.rows == [Self.firstLine, "2\t\\N\t\\N"])
    #expect(fixture.surroundings.objects.map(\.text) == [Self.first + #"{"id":2}"#])
    #expect(fixture.surroundings.objects[0].key.hasPrefix("in/2026/11/21/04/d-1-"))
    let server = try #require(database.state.withLock { $0.servers.first })
    #expect(server.host == "localhost" && server.port == 5439 && server.database == "d")
    #expect(server.user == "loader" && server.password == "s3cret!")
    #expect(server.security == .prefer)
    let statements = database.state.withLock { $0.statements }
    #expect(
      statements.contains(#"COPY "public"."rides" ("id", "name", "at") FROM STDIN"#))
    await fixture.clock.advance(milliseconds: 600_000)
    #expect(database.rows.count == 2)
  }

  @Test func packedObjectsAreUnpackedAndColumnsChosen() async throws {
    let database = FakeDatabase()
    let fixture = try await fixture(
      database,
      [
        "S3Configuration": FirehoseFixture.destination(["CompressionFormat": "GZIP"]),
        "ProcessingConfiguration": FirehoseFixture.processing,
        "S3BackupMode": "Enabled",
        "S3BackupConfiguration": FirehoseFixture.destination(["Prefix": "source/"]),
      ], ["CopyOptions": "gzip delimiter '-'", "DataTableColumns": "name,ID"])
    try await fixture.put("ok-7", "drop", "fail")
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(database.rows == ["[ok\t7]"])
    let keys = fixture.surroundings.objects.map { $0.key.split(separator: "/")[0...1] }
    #expect(keys == [["in", "2026"], ["in", "processing-failed"], ["source", "2026"]])
    #expect(Gzip.decompress(fixture.surroundings.objects[0].bytes, countMax: 100) != nil)
  }

  @Test func aClusterThatIsDownGetsTheObjectsLater() async throws {
    let database = FakeDatabase()
    database.state.withLock { $0.failure = SQLFailure(.unreachable, "refused") }
    let fixture = try await fixture(database)
    try await fixture.put(Self.first)
    await fixture.clock.advance(milliseconds: 60_000)
    try await fixture.put(#"{"id":2}"#)
    await fixture.clock.advance(milliseconds: 60_000)
    // The bucket has both, and the second waits for the first.
    #expect(fixture.surroundings.objects.count == 2)
    #expect(database.state.withLock { $0.servers.count } == 1)
    database.state.withLock { $0.failure = nil }
    await fixture.clock.advance(milliseconds: 240_000)
    #expect(database.rows == [Self.firstLine, "2\t\\N\t\\N"])
  }

  /// Records are delivered where the table has them: an object in the bucket alone is not enough, and
  /// the pause after a failed COPY does not hold up whoever asks for it.
  @Test func flushingWaitsForTheTable() async throws {
    let database = FakeDatabase()
    let fixture = try await fixture(database)
    let handler = try #require(fixture.service.resources.first as? any BufferingResourceHandler)
    try await fixture.put(Self.first)
    database.state.withLock { $0.failure = SQLFailure(.unreachable, "refused") }
    let fault = try await #require(throws: ServiceError.self) {
      try await handler.flush("d", in: .standard)
    }
    #expect(fault.code == "Redshift.CopyPending")
    #expect(fault.message.hasSuffix("1 object in the bucket is not loaded yet."))
    #expect(fixture.surroundings.objects.count == 1 && database.rows.isEmpty)
    database.state.withLock { $0.failure = nil }
    try await fixture.put(#"{"id":2}"#)
    try await handler.flush("d", in: .standard)
    #expect(database.rows == [Self.firstLine, "2\t\\N\t\\N"])
    await fixture.clock.advance(milliseconds: 600_000)
    #expect(database.rows.count == 2, "once")
  }

  @Test(arguments: [
    (SQLFailure(.unreachable, "connection refused"), "Redshift.ConnectionFailed"),
    (
      SQLFailure(.unreachable, "FATAL:  password authentication failed for user \"l\""),
      "Redshift.AuthenticationFailed"
    ),
    (
      SQLFailure(.unreachable, "FATAL:  database \"d\" does not exist"),
      "Redshift.DatabaseNotFound"
    ),
    (SQLFailure(.refused, state: "42P01", "no relation"), "Redshift.TableNotFound"),
    (SQLFailure(.refused, state: "42501", "denied"), "Redshift.InsufficientPrivilege"),
    (SQLFailure(.refused, state: "23502", "null"), "Redshift.MissingColumn"),
    (SQLFailure(.refused, state: "22P02", "no number"), "Redshift.DataLoadFailed"),
  ])
  func whatIsNotLoadedInTimeStandsInAManifest(failure: SQLFailure, code: String) async throws {
    let database = FakeDatabase()
    database.state.withLock { $0.failure = failure }
    let fixture = try await fixture(
      database,
      [
        "CloudWatchLoggingOptions": [
          "Enabled": true, "LogGroupName": "g", "LogStreamName": "s",
        ]
      ])
    try await fixture.put(Self.first)
    await fixture.clock.advance(milliseconds: 460_000)
    // At 0, 300 and, because that is the end, 400 seconds.
    #expect(database.state.withLock { $0.servers.count } == 3)
    let objects = fixture.surroundings.objects
    #expect(objects.count == 2)
    #expect(objects[1].key.hasPrefix("in/errors/manifests/2026/11/21/04/d-1-"))
    #expect(
      try JSONReader.read(objects[1].text) == [
        "entries": [["url": .string("s3://bucket/\(objects[0].key)"), "mandatory": true]]
      ])
    let lines = fixture.surroundings.state.withLock { $0.logLines }
    #expect(lines.count == 3 && lines.allSatisfy { $0.contains("\"errorCode\":\"\(code)\"") })
    database.state.withLock { $0.failure = nil }
    try await fixture.put(#"{"id":2}"#)
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(database.rows == ["2\t\\N\t\\N"])
  }

  @Test func rowsThatFailCountAgainstMaxerror() async throws {
    let rows = #"{"id":1}{"id":"bad"}{"id":3}{"id":"bad"}{"id":5}"#
    for (limit, loaded) in [(3, ["1", "3", "5"]), (2, []), (0, [])] {
      let database = FakeDatabase()
      let fixture = try await fixture(
        database, ["RetryOptions": ["DurationInSeconds": 0]],
        ["CopyOptions": .string("json 'auto' maxerror \(limit)")])
      try await fixture.put(rows)
      await fixture.clock.advance(milliseconds: 60_000)
      #expect(database.rows.map { String($0.prefix(1)) } == loaded, "\(limit)")
      let manifests = fixture.surroundings.objects.filter { $0.key.contains("errors/manifests") }
      #expect(manifests.count == (loaded.isEmpty ? 1 : 0))
      if !loaded.isEmpty {
        #expect(fixture.reports.contains { $0.contains("row 2 of") && $0.contains("row 4 of") })
      }
    }
  }

  @Test func aCommitWhoseAnswerIsLostIsNotRepeated() async throws {
    let database = FakeDatabase()
    database.state.withLock { $0.losesCommit = true }
    let fixture = try await fixture(database)
    try await fixture.put(Self.first)
    await fixture.clock.advance(milliseconds: 360_000)
    #expect(database.rows == [Self.firstLine])
    #expect(database.state.withLock { $0.servers.count } == 2)
  }

  @Test func aCommitThatNeverArrivedIsRepeated() async throws {
    let database = FakeDatabase()
    database.state.withLock { $0.dropsCommit = true }
    let fixture = try await fixture(database)
    try await fixture.put(Self.first)
    await fixture.clock.advance(milliseconds: 360_000)
    #expect(database.rows == [Self.firstLine])
  }

  @Test func theNextProcessGoesOnWhereTheLastOneEnded() async throws {
    let database = FakeDatabase()
    database.state.withLock { $0.losesCommit = true }
    let before = try await fixture(database)
    try await before.put(Self.first)
    await before.clock.advance(milliseconds: 60_000)
    #expect(database.rows == [Self.firstLine])
    let after = try await before.restarted(databases: database)
    let objects = before.surroundings.objects
    after.surroundings.state.withLock { $0.objects = objects }
    await after.clock.advance(milliseconds: 400_000)
    #expect(database.rows == [Self.firstLine] && after.surroundings.objects.count == 1)
  }

  @Test func anObjectThatIsGoneIsNotLoaded() async throws {
    let database = FakeDatabase()
    database.state.withLock { $0.failure = SQLFailure(.unreachable, "refused") }
    let fixture = try await fixture(database)
    try await fixture.put(Self.first)
    await fixture.clock.advance(milliseconds: 60_000)
    fixture.surroundings.state.withLock { $0.objects = [] }
    database.state.withLock { $0.failure = nil }
    await fixture.clock.advance(milliseconds: 400_000)
    #expect(database.rows.isEmpty)
    #expect(fixture.reports.contains { $0.contains("can't be read") })
  }

  @Test func secretsAreReadWhenSomethingIsLoaded() async throws {
    let arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:w-abcdef"
    let database = FakeDatabase()
    let fixture = try await FirehoseFixture(databases: database)
    guard case .object(var settings) = Self.settings() else { return }
    (settings["Username"], settings["Password"]) = (nil, nil)
    settings["SecretsManagerConfiguration"] = ["Enabled": true, "SecretARN": .string(arn)]
    try await fixture.call(
      "CreateDeliveryStream",
      ["DeliveryStreamName": "d", "RedshiftDestinationConfiguration": .object(settings)])
    try await fixture.put(Self.first)
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(database.rows.isEmpty && database.state.withLock { $0.servers.isEmpty })
    fixture.surroundings.state.withLock {
      $0.secrets[arn] = #"{"username":"u","password":"p"}"#
    }
    await fixture.clock.advance(milliseconds: 300_000)
    #expect(database.rows == [Self.firstLine])
    #expect(database.state.withLock { $0.servers.first?.password } == "p")
  }

  @Test func descriptionsShowAllButThePassword() async throws {
    let fixture = try await fixture(FakeDatabase())
    func shown() async throws -> PropertyValue {
      let described = try await fixture.call(
        "DescribeDeliveryStream", ["DeliveryStreamName": "d"])
      #expect(!JSONWriter.compact(described).contains("s3cret"))
      return try #require(
        described["DeliveryStreamDescription"]?["Destinations"]?.listValue?
          .first?["RedshiftDestinationDescription"])
    }
    let before = try await shown()
    #expect(before["ClusterJDBCURL"] == "jdbc:redshift://localhost:5439/d")
    #expect(before["Username"] == "loader" && before["Password"] == nil)
    #expect(before["RetryOptions"] == ["DurationInSeconds": 400])
    #expect(before["S3BackupMode"] == "Disabled" && before["BufferingHints"] == nil)
    #expect(before["S3DestinationDescription"]?["Prefix"] == "in/")
    try await fixture.call(
      "UpdateDestination",
      [
        "DeliveryStreamName": "d", "CurrentDeliveryStreamVersionId": "1",
        "DestinationId": "destinationId-000000000001",
        "RedshiftDestinationUpdate": [
          "CopyCommand": ["DataTableName": "other", "CopyOptions": "json 'auto'"],
          "S3Update": ["Prefix": "moved/"], "S3BackupMode": "Enabled",
          "S3BackupUpdate": [
            "RoleARN": "arn:aws:iam::000000000000:role/r", "BucketARN": "arn:aws:s3:::bucket",
          ],
        ],
      ])
    let after = try await shown()
    #expect(after["CopyCommand"]?["DataTableName"] == "other")
    #expect(after["S3DestinationDescription"]?["Prefix"] == "moved/")
    #expect(after["S3BackupDescription"]?["BucketARN"] == "arn:aws:s3:::bucket")
    let fault = try await fixture.error(
      "UpdateDestination",
      [
        "DeliveryStreamName": "d", "CurrentDeliveryStreamVersionId": "2",
        "DestinationId": "destinationId-000000000001",
        "RedshiftDestinationUpdate": ["S3BackupMode": "Disabled"],
      ])
    #expect(fault.message.contains("can't be disabled"))
  }

  @Test(
    arguments: [
      (["ClusterJDBCURL": "jdbc:mysql://localhost:1/d"], [:], "ValidationException"),
      (["ClusterJDBCURL": "jdbc:redshift://localhost:1/d?user=x"], [:], "UnsupportedOperation"),
      (
        ["ClusterJDBCURL": "jdbc:redshift://localhost:1/d?sslmode=no"], [:],
        "InvalidArgumentException"
      ),
      (["Password": "short"], [:], "ValidationException"),
      (["RetryOptions": ["DurationInSeconds": 7201]], [:], "ValidationException"),
      (["S3BackupMode": "Enabled"], [:], "InvalidArgumentException"),
      (
        ["S3Configuration": FirehoseFixture.destination(["CompressionFormat": "Snappy"])], [:],
        "InvalidArgumentException"
      ),
      (
        ["S3Configuration": FirehoseFixture.destination(["CompressionFormat": "GZIP"])], [:],
        "InvalidArgumentException"
      ),
      ([:], ["DataTableName": "t; DROP TABLE u"], "InvalidArgumentException"),
      ([:], ["DataTableColumns": "a) FROM STDIN; --"], "InvalidArgumentException"),
      ([:], ["CopyOptions": "parquet"], "UnsupportedOperation"),
      ([:], ["CopyOptions": "gzip"], "InvalidArgumentException"),
      (
        [
          "SecretsManagerConfiguration": [
            "Enabled": true,
            "SecretARN": "arn:aws:secretsmanager:us-east-1:000000000000:secret:w-abcdef",
          ]
        ], [:], "InvalidArgumentException"
      ),
    ] as [(PropertyObject, PropertyObject, String)])
  func faultsNameTheirPlace(more: PropertyObject, copy: PropertyObject, code: String) async throws {
    let fixture = try await FirehoseFixture()
    let fault = try await fixture.error(
      "CreateDeliveryStream",
      ["DeliveryStreamName": "e", "RedshiftDestinationConfiguration": Self.settings(more, copy)])
    #expect(fault.code == code, "\(more) \(copy): \(fault.message)")
  }

  @Test(arguments: [
    ("jdbc:postgresql://db.internal:5432/d", SQLServer.Security.verifyFull),
    ("jdbc:redshift://db:5432/d?sslmode=disable", .disable),
    ("jdbc:redshift://[::1]:5432/d", .prefer), ("jdbc:redshift://127.0.0.1:5432/d", .prefer),
    ("jdbc:redshift://127.0.0.1.example:5432/d", .verifyFull),
  ])
  func otherMachinesProveWhoTheyAre(url: String, security: SQLServer.Security) {
    let configuration = RedshiftConfiguration(ClusterJDBCURL: url)
    #expect(configuration.server?.security == security)
  }
}
