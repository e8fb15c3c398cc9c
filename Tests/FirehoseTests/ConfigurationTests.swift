import AWSModel
import Effects
import PropertyTree
import ServiceKit
import ResourceModel
import ServiceTesting
import Testing

@testable import Firehose

@Suite struct ConfigurationTests {
  static let arrival = Timestamp(
    year: 2026, month: 3, day: 7, hour: 15, minute: 4, second: 9
  ).adding(milliseconds: 42)

  @Test(arguments: [
    ("", "2026/03/07/15/"), ("p", "p2026/03/07/15/"), ("p/", "p/2026/03/07/15/"),
    ("!{timestamp:yyyy}/!{timestamp:MM-dd}/", "2026/03-07/"),
    ("y=!{timestamp:yy}-!{timestamp:M}-!{timestamp:d}", "y=26-3-7"),
    ("!{timestamp:hh:mm:ss a}", "03:04:09 PM"), ("!{timestamp:SSS}", "042"),
    ("!{timestamp:EEE, d MMM yyyy}", "Sat, 7 Mar 2026"),
    ("!{timestamp:'o''clock' HH}", "o'clock 15"), ("!{timestamp:''''}", "'"),
    ("!{timestamp:'year='yyyy''}", "year=2026'"), ("!{timestamp:EEEE MMMM}", "Saturday March"),
  ])
  func prefixesEvaluate(_ prefix: String, _ expected: String) throws {
    let pattern = try KeyPattern(prefix, isError: false)
    #expect(
      pattern.evaluate(Self.arrival, errorType: nil, random: SeededRandomSource(seed: 1))
        == expected)
  }

  @Test(arguments: [
    ("in/", "in/processing-failed/2026/03/07/15/"),
    ("e/!{firehose:error-output-type}/", "e/processing-failed/"),
    ("!{firehose:error-output-type}-!{timestamp:HH}", "processing-failed-15"),
  ])
  func errorPrefixesEvaluate(_ prefix: String, _ expected: String) throws {
    let pattern = try KeyPattern(prefix, isError: true)
    #expect(
      pattern.evaluate(
        Self.arrival, errorType: .processing, random: SeededRandomSource(seed: 1))
        == expected)
  }

  @Test func randomStringsHaveElevenCharacters() throws {
    let key = try KeyPattern("!{firehose:random-string}", isError: false)
      .evaluate(Self.arrival, errorType: nil, random: SeededRandomSource(seed: 1))
    #expect(key.count == 11)
  }

  private func faults(_ more: PropertyObject) throws -> [ConfigurationFault] {
    let configuration = try TreeDecoder().decode(
      S3Configuration.self, from: FirehoseFixture.destination(more))
    return configuration.faults() + configuration.zoneFaults(TestWorld().effects.files)
      + configuration.conversionFaults(nil)
  }

  @Test func validConfigurationsHaveNoFaults() throws {
    let cases: [PropertyObject] = [
      [:], ["CompressionFormat": "GZIP", "FileExtension": ".csv"], ["S3BackupMode": "Disabled"],
      ["CompressionFormat": "ZIP"], ["CompressionFormat": "HADOOP_SNAPPY"],
      ["S3BackupMode": "Enabled", "S3BackupConfiguration": FirehoseFixture.destination()],
      Self.partitioned("!{partitionKeyFromQuery:c}", "{c: .customer}"),
      Self.partitioned("!{partitionKeyFromQuery:c}", "{(.name): .customer}"),
      [
        "EncryptionConfiguration": [
          "KMSEncryptionConfig": ["AWSKMSKeyARN": "arn:aws:kms:us-east-1:000000000000:key/k"]
        ]
      ],
      ["BufferingHints": ["SizeInMBs": "50", "IntervalInSeconds": "60"]],
      ["EncryptionConfiguration": ["NoEncryptionConfig": "NoEncryption"]],
      ["ProcessingConfiguration": FirehoseFixture.processing], ["CustomTimeZone": "UTC"],
      ["DataFormatConversionConfiguration": ["Enabled": false]],
      ["DataFormatConversionConfiguration": ["Enabled": "false", "SchemaConfiguration": [:]]],
      ["DynamicPartitioningConfiguration": ["Enabled": false]],
      ["ProcessingConfiguration": ["Enabled": false, "Processors": []]],
      ["CloudWatchLoggingOptions": ["Enabled": false]],
      ["Prefix": "!{timestamp:yyyy}/", "ErrorOutputPrefix": "!{firehose:error-output-type}/"],
    ]
    for more in cases { #expect(try faults(more) == [], "\(more)") }
  }

  /// A configuration that partitions by the keys of a query.
  private static func partitioned(
    _ prefix: String, _ query: String, _ more: PropertyObject = [:]
  ) -> PropertyObject {
    var settings: PropertyObject = [
      "DynamicPartitioningConfiguration": ["Enabled": true], "Prefix": .string(prefix),
      "ErrorOutputPrefix": "e/", "BufferingHints": ["SizeInMBs": 64, "IntervalInSeconds": 60],
      "ProcessingConfiguration": FirehoseFixture.processing(
        "MetadataExtraction", ["MetadataExtractionQuery": query, "JsonParsingEngine": "JQ-1.6"]),
    ]
    for (key, value) in more { settings[key] = value }
    return settings
  }

  @Test func faultsNameTheirPlace() throws {
    let byQuery = "!{partitionKeyFromQuery:c}"
    let value = "ProcessingConfiguration.Processors[0].Parameters[0].ParameterValue"
    let cases: [(PropertyObject, String, isUnsupported: Bool)] = [
      (["BucketARN": "bucket"], "BucketARN", false),
      (["CompressionFormat": "BROTLI"], "CompressionFormat", false),
      (["S3BackupMode": "Enabled"], "S3BackupMode", false),
      (
        ["S3BackupConfiguration": ["RoleARN": "r", "BucketARN": "b"]],
        "S3BackupConfiguration.BucketARN", false
      ),
      (["CustomTimeZone": "Europe/Nowhere"], "CustomTimeZone", false),
      (["CustomTimeZone": "../etc/passwd"], "CustomTimeZone", false),
      (["FileExtension": "csv"], "FileExtension", false),
      (["BufferingHints": ["SizeInMBs": 129]], "BufferingHints.SizeInMBs", false),
      (["BufferingHints": ["IntervalInSeconds": 901]], "BufferingHints.IntervalInSeconds", false),
      (["BufferingHints": ["IntervalInSeconds": 60]], "BufferingHints", false),
      (["BufferingHints": ["SizeInMBs": 1]], "BufferingHints", false),
      (
        ["DataFormatConversionConfiguration": ["Enabled": true], "BufferingHints": .null],
        "DataFormatConversionConfiguration.InputFormatConfiguration", false
      ),
      (["DataFormatConversionConfiguration": [:]], "BufferingHints", false),
      (["DynamicPartitioningConfiguration": [:]], "Prefix", false),
      (Self.partitioned("p/", "{c: .c}"), "Prefix", false),
      (Self.partitioned(byQuery, "{d: .c}"), "Prefix", false),
      (Self.partitioned("!{partitionKeyFromLambda:c}", "{c: .c}"), "Prefix", false),
      (
        Self.partitioned(byQuery, "{c: .c}", ["ErrorOutputPrefix": ""]), "ErrorOutputPrefix", false
      ),
      (
        Self.partitioned(
          byQuery, "{c: .c}", ["BufferingHints": ["SizeInMBs": 63, "IntervalInSeconds": 60]]),
        "BufferingHints", false
      ),
      (Self.partitioned(byQuery, "{c: "), value, false),
      (Self.partitioned(byQuery, "{c: env.HOME}"), value, true),
      (Self.partitioned(byQuery, #"{c: "\(input)"}"#), value, true),
      (Self.partitioned(byQuery, "{c: [range(9)] | tostring}"), value, true),
      (["Prefix": "!{timestamp:yyyy}"], "Prefix", false),
      (["Prefix": "!{timestamp:QQ}", "ErrorOutputPrefix": "e/"], "Prefix", true),
      (["Prefix": "!{timestamp:yyyy[MM]}", "ErrorOutputPrefix": "e/"], "Prefix", true),
      (["Prefix": "!{partitionKeyFromLambda:a}", "ErrorOutputPrefix": "e/"], "Prefix", false),
      (["ErrorOutputPrefix": "!{partitionKeyFromLambda:a}"], "ErrorOutputPrefix", false),
      (["Prefix": "!{nothing:a}", "ErrorOutputPrefix": "e/"], "Prefix", false),
      (["Prefix": "!{timestamp:yyyy", "ErrorOutputPrefix": "e/"], "Prefix", false),
      (["ErrorOutputPrefix": "!{timestamp:yyyy}/"], "ErrorOutputPrefix", false),
      (
        ["ProcessingConfiguration": FirehoseFixture.processing("Sorting", [:])],
        "ProcessingConfiguration.Processors[0].Type", true
      ),
      (
        ["ProcessingConfiguration": FirehoseFixture.processing("CloudWatchLogProcessing", [:])],
        "ProcessingConfiguration.Processors[0].Parameters", false
      ),
      (
        [
          "ProcessingConfiguration": FirehoseFixture.processing(
            "RecordDeAggregation", ["SubRecordType": "DELIMITED"])
        ], "ProcessingConfiguration.Processors[0].Parameters", false
      ),
      (
        [
          "ProcessingConfiguration": FirehoseFixture.processing(
            "RecordDeAggregation", ["SubRecordType": "JSON", "LambdaArn": "f"])
        ], "ProcessingConfiguration.Processors[0].Parameters[1].ParameterName", true
      ),
      (["CloudWatchLoggingOptions": ["Enabled": true]], "CloudWatchLoggingOptions", false),
    ]
    for (more, path, isUnsupported) in cases {
      let first = try #require(try faults(more).first, "\(more)")
      #expect(first.path.description == path && first.isUnsupported == isUnsupported, "\(more)")
    }
  }

  @Test func callsRefuseByName() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create()
    let big = Base64.encode([UInt8](repeating: 0, count: 1000 << 10))
    let huge = Base64.encode([UInt8](repeating: 0, count: (1000 << 10) + 1))
    let cases: [(String, PropertyValue, String)] = [
      (
        "CreateDeliveryStream",
        [
          "DeliveryStreamName": "d",
          "ExtendedS3DestinationConfiguration": FirehoseFixture.destination(),
        ],
        "ResourceInUseException"
      ),
      ("CreateDeliveryStream", ["DeliveryStreamName": "e"], "InvalidArgumentException"),
      (
        "CreateDeliveryStream",
        [
          "DeliveryStreamName": "e",
          "ExtendedS3DestinationConfiguration": FirehoseFixture.destination([
            "DataFormatConversionConfiguration": ["Enabled": true]
          ]),
        ], "InvalidArgumentException"
      ),
      (
        "CreateDeliveryStream",
        [
          "DeliveryStreamName": "e",
          "SnowflakeDestinationConfiguration": [
            "AccountUrl": "https://a.snowflakecomputing.com", "Database": "d", "Schema": "s",
            "Table": "t", "RoleARN": "arn:aws:iam::000000000000:role/r",
            "S3Configuration": FirehoseFixture.destination(),
          ],
        ],
        "UnsupportedOperation"
      ),
      (
        "CreateDeliveryStream",
        [
          "DeliveryStreamName": "a/b",
          "ExtendedS3DestinationConfiguration": FirehoseFixture.destination(),
        ],
        "ValidationException"
      ),
      ("DescribeDeliveryStream", ["DeliveryStreamName": "x"], "ResourceNotFoundException"),
      (
        "PutRecord", ["DeliveryStreamName": "x", "Record": ["Data": ""]],
        "ResourceNotFoundException"
      ),
      (
        "PutRecord", ["DeliveryStreamName": "d", "Record": ["Data": .string(huge)]],
        "ValidationException"
      ),
      ("PutRecordBatch", ["DeliveryStreamName": "d", "Records": []], "ValidationException"),
      (
        "PutRecordBatch",
        [
          "DeliveryStreamName": "d",
          "Records": .list(Array(repeating: ["Data": .string(big)], count: 5)),
        ],
        "InvalidArgumentException"
      ),
    ]
    for (operation, input, code) in cases {
      let error = try await fixture.error(operation, input)
      #expect(error.code == code, "\(operation): \(error.message)")
    }
  }

  @Test func hotPutsBehaveLikeThoroughOnes() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create()
    let cases = [
      ("PutRecord", #"{"DeliveryStreamName":"d","Record":{"Data":"aGk="}}"#),
      ("PutRecord", #"{"Record":{"Data":""},"DeliveryStreamName":"d"}"#),
      ("PutRecord", #"{"DeliveryStreamName":"d","Record":{"Data":"a"}}"#),
      ("PutRecord", #"{"DeliveryStreamName":"d","Record":{"Data":"\/\/8="}}"#),
      ("PutRecord", #"{"DeliveryStreamName":"d","Record":{"Data":"aGk=","X":1}}"#),
      ("PutRecord", #"{"DeliveryStreamName":"none","Record":{"Data":"aGk="}}"#),
      ("PutRecord", #"{"DeliveryStreamName":"d"}"#),
      ("PutRecordBatch", #"{"DeliveryStreamName":"d","Records":[{"Data":"aGk="},{"Data":""}]}"#),
      ("PutRecordBatch", #"{"DeliveryStreamName":"d","Records":[]}"#),
      ("PutRecordBatch", #"{"DeliveryStreamName":"d","Records":[{"Data":"aGk="},{}]}"#),
    ]
    for (name, json) in cases {
      let hot = try await fixture.hot(name, json)
      let thorough: Result<PropertyValue, ServiceError>
      do {
        thorough = .success(try await fixture.call(name, JSONReader.read(json)))
      } catch let error as ServiceError { thorough = .failure(error) }
      switch (hot, thorough) {
      case (.success(let a), .success(let b)):
        #expect(a.objectValue.map { Set($0.keys) } == b.objectValue.map { Set($0.keys) })
        #expect(a["RequestResponses"]?.listValue?.count == b["RequestResponses"]?.listValue?.count)
      case (.failure(let a), .failure(let b)): #expect(a == b)
      default: Issue.record("\(json): \(hot) against \(thorough)")
      }
    }
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(fixture.surroundings.objects.first?.text.hasPrefix("hihi") == true)
  }

  @Test func templatesMakeChangeAndRemoveDeliveryStreams() async throws {
    let fixture = try await FirehoseFixture()
    let handler = try #require(fixture.service.resources.first)
    func request(_ more: PropertyObject) -> ResourceRequest {
      ResourceRequest(
        environment: StackEnvironment(scope: .standard, stackName: "st", stackID: "id"),
        logicalID: "D", physicalID: "d",
        properties: [
          "DeliveryStreamType": "DirectPut",
          "ExtendedS3DestinationConfiguration": FirehoseFixture.destination(more),
        ], now: fixture.clock.now)
    }
    let made = request([:])
    #expect(handler.check(made.properties).isEmpty)
    try await fixture.environment.database.write { try handler.create(made, in: $0) }
    try await fixture.put("a", "b")
    let losses = try await fixture.environment.database.write {
      try handler.contents(made, in: $0).losses
    }
    #expect(losses == ["2 buffered records (2 bytes)"])
    let changed = request(["Prefix": "other/"])
    try await fixture.environment.database.write { try handler.update(changed, in: $0) }
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(fixture.surroundings.objects.first?.key.hasPrefix("other/2026/11/21/04/d-2-") == true)
    try await fixture.environment.database.write { try handler.delete(changed, in: $0) }
    #expect(
      try await fixture.error("DescribeDeliveryStream", ["DeliveryStreamName": "d"]).code
        == "ResourceNotFoundException")
    let issues = handler.check(
      request(["DataFormatConversionConfiguration": ["Enabled": true]]).properties)
    #expect(issues.map(\.code) == .init(repeating: .invalidPropertyValue, count: 4))
    #expect(
      issues.map(\.path.description) == [
        "ExtendedS3DestinationConfiguration.BufferingHints",
        "ExtendedS3DestinationConfiguration.DataFormatConversionConfiguration"
          + ".InputFormatConfiguration",
        "ExtendedS3DestinationConfiguration.DataFormatConversionConfiguration"
          + ".OutputFormatConfiguration",
        "ExtendedS3DestinationConfiguration.DataFormatConversionConfiguration.SchemaConfiguration",
      ])
  }
}
