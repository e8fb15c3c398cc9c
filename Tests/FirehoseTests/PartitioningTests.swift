import AWSModel
import Effects
import PropertyTree
import ServiceKit
import Testing

@testable import Firehose

/// Prefixes that come from the records.
@Suite struct PartitioningTests {
  private static func settings(
    _ prefix: String, _ processors: PropertyValue..., also more: PropertyObject = [:]
  ) -> PropertyObject {
    var settings: PropertyObject = [
      "DynamicPartitioningConfiguration": [
        "Enabled": true, "RetryOptions": ["DurationInSeconds": 300],
      ],
      "Prefix": .string(prefix), "ErrorOutputPrefix": "e/!{firehose:error-output-type}/",
      "BufferingHints": ["SizeInMBs": 64, "IntervalInSeconds": 60],
      "ProcessingConfiguration": ["Enabled": true, "Processors": .list(processors)],
    ]
    for (key, value) in more { settings[key] = value }
    return settings
  }

  private static func query(_ text: String) -> PropertyValue {
    FirehoseFixture.processor(
      "MetadataExtraction", ["MetadataExtractionQuery": text, "JsonParsingEngine": "JQ-1.6"])
  }

  private func objects(_ fixture: FirehoseFixture) -> [String: String] {
    Dictionary(
      fixture.surroundings.objects.map { object in
        (object.key.split(separator: "d-1-").first.map(String.init) ?? "", object.text)
      }, uniquingKeysWith: { $0 + "|" + $1 })
  }

  @Test func aQueryNamesThePrefix() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create(
      Self.settings(
        "c=!{partitionKeyFromQuery:c}/y=!{partitionKeyFromQuery:y}/!{timestamp:HH}/",
        Self.query(#"{c: .customer, y: (.at | strftime("%Y"))}"#),
        FirehoseFixture.processor("AppendDelimiterToRecord", [:])))
    try await fixture.put(
      #"{"customer":"a","at":0}"#, #"{"customer":7,"at":1630443600}"#, #"{"customer":"a","at":9}"#)
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(
      objects(fixture) == [
        "c=a/y=1970/04/": "{\"customer\":\"a\",\"at\":0}\n{\"customer\":\"a\",\"at\":9}\n",
        "c=7/y=2021/04/": "{\"customer\":7,\"at\":1630443600}\n",
      ])
  }

  /// A partition is its prefix, whatever keys it comes from, in one piece of input or in several.
  @Test(arguments: [0, 2_000]) func keysThatGiveTheSamePrefixAreOnePartition(pause: Int64)
    async throws
  {
    let fixture = try await FirehoseFixture()
    try await fixture.create(
      Self.settings(
        "!{partitionKeyFromQuery:a}/!{partitionKeyFromQuery:b}/!{timestamp:HH}/",
        Self.query("{a: .a, b: .b}")))
    let records = [
      #"{"a":"x","b":"y/z"}"#, #"{"a":"x/y","b":"z"}"#, #"{"a":"x","b":"y"}"#,
      #"{"a":"x","b":"y/z"}"#,
    ]
    for record in records {
      try await fixture.put(record)
      await fixture.clock.advance(milliseconds: pause)
    }
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(
      objects(fixture) == [
        "x/y/z/04/": records[0] + records[1] + records[3], "x/y/04/": records[2],
      ])
  }

  @Test func recordsWithoutAKeyGoToTheErrorOutput() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create(Self.settings("!{partitionKeyFromQuery:c}/", Self.query("{c: .c}")))
    let faulty = [#"{"c":null}"#, #"{"c":""}"#, #"{"c":{"d":1}}"#, "no JSON", #"[1]"#]
    for record in faulty { try await fixture.put(record) }
    try await fixture.put(#"{"c":"good"}"#)
    await fixture.clock.advance(milliseconds: 60_000)
    let found = objects(fixture)
    #expect(found["good/"] == #"{"c":"good"}"#)
    let lines = try (found["e/processing-failed/"] ?? "").split(separator: "\n").map {
      try JSONReader.read(String($0))
    }
    #expect(
      lines.compactMap { $0["rawData"]?.stringValue }
        == faulty.map { Base64.encode(Array($0.utf8)) })
    #expect(
      lines.allSatisfy { $0["errorCode"] == "DynamicPartitioning.MetadataExtractionFailed" })
    #expect(lines.first?["errorMessage"] == "partitionKeys values must not be null or empty")
  }

  /// The function names the prefix, as in a delivery that is split by a letter.
  @Test func aFunctionNamesThePrefix() async throws {
    let fixture = try await FirehoseFixture { event in
      let results: [PropertyValue] = (event["records"]?.listValue ?? []).map { record in
        let data = record["data"]?.stringValue ?? ""
        let text = String(decoding: Base64.decode(data) ?? [], as: UTF8.self)
        var result: PropertyObject = [
          "recordId": record["recordId"] ?? .null, "result": "Ok", "data": .string(data),
        ]
        if text != "none" {
          result["metadata"] = ["partitionKeys": ["letter": .string(String(text.prefix(1)))]]
        }
        return .object(result)
      }
      return FunctionResult(payload: JSONWriter.bytes(["records": .list(results)]))
    }
    try await fixture.create(
      Self.settings(
        "!{partitionKeyFromLambda:letter}=x/",
        FirehoseFixture.processor(
          "Lambda", ["LambdaArn": "fn", "BufferIntervalInSeconds": "0"])))
    try await fixture.put("a1", "b1", "a2", "none", "c1")
    await fixture.clock.advance(milliseconds: 60_000)
    let found = objects(fixture)
    #expect(found["a=x/"] == "a1a2" && found["b=x/"] == "b1" && found["c=x/"] == "c1")
    #expect(found["e/processing-failed/"]?.contains("bm9uZQ==") == true)
  }

  @Test func fiveHundredPartitionsAreTheMost() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create(Self.settings("!{partitionKeyFromQuery:c}/", Self.query("{c: .c}")))
    for start in stride(from: 0, to: 502, by: 251) {
      try await fixture.call(
        "PutRecordBatch",
        [
          "DeliveryStreamName": "d",
          "Records": .list(
            (start..<start + 251).map {
              ["Data": .string(Base64.encode(Array(#"{"c":\#($0)}"#.utf8)))]
            }),
        ])
    }
    try await fixture.put(#"{"c":3}"#)
    await fixture.clock.advance(milliseconds: 60_000)
    let found = objects(fixture)
    #expect(found.count == 501 && found["3/"] == #"{"c":3}{"c":3}"#)
    let refused = found["e/activePartitionExceeded/"] ?? ""
    #expect(refused.split(separator: "\n").count == 2)
  }

  @Test func keysThatAreTooLongGoToTheErrorOutputAlone() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create(Self.settings("!{partitionKeyFromQuery:c}/", Self.query("{c: .c}")))
    let long = #"{"c":"\#(String(repeating: "x", count: 1000))"}"#
    try await fixture.put(long, #"{"c":"short"}"#)
    await fixture.clock.advance(milliseconds: 60_000)
    let found = objects(fixture)
    #expect(found["short/"] == #"{"c":"short"}"#)
    let line = try JSONReader.read(found["e/delivery-failed/"] ?? "")
    #expect(line["errorCode"] == "S3.KeyTooLongError")
    #expect(line["rawData"] == .string(Base64.encode(Array(long.utf8))))
  }

  @Test func partitioningCanNotBeSwitchedLater() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create()
    let change = Self.settings("!{partitionKeyFromQuery:c}/", Self.query("{c: .c}"))
    let fault = try await fixture.error(
      "UpdateDestination",
      [
        "DeliveryStreamName": "d", "CurrentDeliveryStreamVersionId": "1",
        "DestinationId": "destinationId-000000000001",
        "ExtendedS3DestinationUpdate": .object(change),
      ])
    #expect(fault.code == "InvalidArgumentException")
    #expect(fault.message.hasPrefix("Dynamic partitioning can't be enabled"))
  }

  @Test(arguments: [
    (#"{c: .c}"#, nil), (#"{c: (.a / 2 | floor)}"#, nil), (#"{c: "year=" + .y + "*"}"#, nil),
    (#"{c: (if .a == 1 and .b != 2 and .c <= 3 and .d >= 4 then .now else .env end)}"#, nil),
    (#"{now: .c}"#, nil), (#"{c: "\(.a)=\(.b)"}"#, nil),
    (#"{c: ("x" * .n)}"#, "the operator *"), (#"{c: "\("x" * .n)"}"#, "the operator *"),
    (#"{c: (.[.n] = 1)}"#, "an assignment"), (#"{c: (.a |= 1)}"#, "an assignment"),
    (#"{c: (.a += 1)}"#, "an assignment"), (#"{c: $ENV.HOME}"#, "ENV"),
    (#"{c: "\(input)"}"#, "input"), (#"{c: (. | setpath([.n]; 1))}"#, "setpath"),
    (#"{c: (def f: f; f)}"#, "def"),
  ])
  func queriesMayNotReachOutOrGrowWithoutBound(query: String, refused: String?) {
    #expect(QueryTokens(query).refused == refused)
  }
}
