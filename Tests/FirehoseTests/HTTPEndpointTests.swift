import AWSModel
import Archives
import Effects
import PropertyTree
import ServiceKit
import Testing

@testable import Firehose

/// Deliveries to servers that speak Firehose's own protocol.
@Suite struct HTTPEndpointTests {
  /// An endpoint that takes everything.
  private static let taking: FakeServer.Answer = { request in
    let body =
      request["Content-Encoding"] == "gzip"
      ? Gzip.decompress(request.body, countMax: 1 << 20) ?? [] : request.body
    let id = (try? JSONReader.read(body))?["requestId"] ?? .null
    return .success(
      HTTPAnswer(status: 200, body: JSONWriter.bytes(["requestId": id, "timestamp": 1])))
  }

  private static func settings(_ more: PropertyObject = [:]) -> PropertyValue {
    var settings: PropertyObject = [
      "EndpointConfiguration": [
        "Url": "https://collector.example/in", "Name": "c", "AccessKey": "s3cret",
      ],
      "BufferingHints": ["SizeInMBs": 1, "IntervalInSeconds": 60],
      "RetryOptions": ["DurationInSeconds": 30],
      "S3Configuration": FirehoseFixture.destination(["Prefix": "backup/"]),
    ]
    for (key, value) in more { settings[key] = value }
    return .object(settings)
  }

  private func fixture(_ server: FakeServer, _ more: PropertyObject = [:]) async throws
    -> FirehoseFixture
  {
    let fixture = try await FirehoseFixture(http: server, function: TransformationTests.judge)
    try await fixture.call(
      "CreateDeliveryStream",
      [
        "DeliveryStreamName": "d", "HttpEndpointDestinationConfiguration": Self.settings(more),
      ])
    return fixture
  }

  private func payloads(_ request: HTTPPost) throws -> [String] {
    try (JSONReader.read(request.body)["records"]?.listValue ?? []).map { record in
      String(decoding: Base64.decode(record["data"]?.stringValue ?? "") ?? [], as: UTF8.self)
    }
  }

  @Test func recordsArriveInOneRequest() async throws {
    let server = FakeServer(Self.taking)
    let fixture = try await fixture(
      server,
      [
        "RequestConfiguration": [
          "CommonAttributes": [["AttributeName": "team", "AttributeValue": "blue"]]
        ]
      ])
    try await fixture.put("a", "b")
    await fixture.clock.advance(milliseconds: 60_000)
    let request = try #require(server.requests.first)
    #expect(server.requests.count == 1 && request.url == "https://collector.example/in")
    #expect(try payloads(request) == ["a", "b"])
    let body = try JSONReader.read(request.body)
    #expect(body["timestamp"] == .int(FirehoseFixture.start.milliseconds + 60_000))
    #expect(body["requestId"]?.stringValue == request["X-Amz-Firehose-Request-Id"])
    #expect(request["X-Amz-Firehose-Protocol-Version"] == "1.0")
    #expect(request["X-Amz-Firehose-Access-Key"] == "s3cret")
    #expect(
      request["X-Amz-Firehose-Source-Arn"]
        == "arn:aws:firehose:us-east-1:000000000000:deliverystream/d")
    #expect(
      request["X-Amz-Firehose-Common-Attributes"] == #"{"commonAttributes":{"team":"blue"}}"#)
    #expect(fixture.surroundings.objects.isEmpty)
    await fixture.clock.advance(milliseconds: 600_000)
    #expect(server.requests.count == 1)
  }

  @Test func bodiesArePackedAndEverythingIsKept() async throws {
    let server = FakeServer(Self.taking)
    let fixture = try await fixture(
      server,
      ["RequestConfiguration": ["ContentEncoding": "GZIP"], "S3BackupMode": "AllData"])
    try await fixture.put("a", "b")
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(server.requests.first?["Content-Encoding"] == "gzip")
    #expect(fixture.surroundings.objects.map(\.text) == ["ab"])
    #expect(fixture.surroundings.objects.first?.key.hasPrefix("backup/2026/11/21/04/d-1-") == true)
  }

  @Test(
    arguments: [
      (FakeServer.status(500, #"{"errorMessage":"busy"}"#), "HttpEndpoint.DestinationException"),
      (FakeServer.status(200, "{}"), "HttpEndpoint.InvalidResponseFromDestination"),
      (FakeServer.failure(.unreachable), "HttpEndpoint.ConnectionFailed"),
      (FakeServer.failure(.timeout), "HttpEndpoint.RequestTimeout"),
      (FakeServer.failure(.certificate), "HttpEndpoint.SSLHandshakeFailure"),
      (FakeServer.failure(.tooLarge), "HttpEndpoint.ResponseTooLarge"),
    ] as [(FakeServer.Answer, String)])
  private func whatIsNotTakenInTimeGoesToTheBucket(
    answer: @escaping FakeServer.Answer, code: String
  )
    async throws
  {
    let server = FakeServer(answer)
    let fixture = try await fixture(server)
    try await fixture.put("a", "b")
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(fixture.surroundings.objects.isEmpty && server.requests.count == 1)
    await fixture.clock.advance(milliseconds: 30_000)
    // At 0, 5, 15 and, because that is the end, 30 seconds.
    #expect(server.requests.count == 4)
    #expect(Set(server.requests.map { $0["X-Amz-Firehose-Request-Id"] }).count == 1)
    let object = try #require(fixture.surroundings.objects.first)
    #expect(object.key.hasPrefix("backup/http-endpoint-failed/2026/11/21/04/d-1-"))
    let lines = try object.text.split(separator: "\n").map { try JSONReader.read(String($0)) }
    #expect(lines.map { $0["rawData"] } == ["YQ==", "Yg=="])
    #expect(lines.allSatisfy { $0["errorCode"] == .string(code) && $0["attemptsMade"] == 4 })
    try await fixture.put("c")
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(server.requests.count == 5)
  }

  @Test func anEndpointThatRecoversGetsTheRecords() async throws {
    let server = FakeServer(FakeServer.status(503), Self.taking)
    let fixture = try await fixture(
      server, ["ProcessingConfiguration": FirehoseFixture.processing])
    try await fixture.put("ok-1", "fail", "drop")
    await fixture.clock.advance(milliseconds: 65_000)
    #expect(try server.requests.map { try payloads($0) } == [["[ok-1]"], ["[ok-1]"]])
    // The function is asked once, however often the records are sent.
    #expect(fixture.surroundings.invocations.count == 1)
    #expect(fixture.surroundings.objects.map { $0.key.contains("processing-failed") } == [true])
  }

  @Test func requestsThatAreTooLargeAreNotRepeated() async throws {
    let server = FakeServer(FakeServer.status(413))
    let fixture = try await fixture(server)
    try await fixture.put("a")
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(server.requests.count == 1 && fixture.surroundings.objects.count == 1)
  }

  @Test func recordsThatWereTakenAreNotSentAgainForTheBucketsSake() async throws {
    let server = FakeServer(Self.taking)
    let fixture = try await fixture(server, ["S3BackupMode": "AllData"])
    fixture.surroundings.state.withLock { $0.hasBucket = false }
    try await fixture.put("a")
    await fixture.clock.advance(milliseconds: 60_000)
    fixture.surroundings.state.withLock { $0.hasBucket = true }
    await fixture.clock.advance(milliseconds: 5000)
    #expect(server.requests.count == 1 && fixture.surroundings.objects.map(\.text) == ["a"])
  }

  @Test func nothingAcknowledgedIsLostWhenTheProcessEnds() async throws {
    let down = FakeServer(FakeServer.failure(.unreachable))
    let before = try await fixture(down)
    try await before.put("a", "b")
    await before.clock.advance(milliseconds: 60_000)
    let up = FakeServer(Self.taking)
    let after = try await before.restarted(http: up)
    await after.clock.advance(milliseconds: 60_000)
    #expect(try up.requests.map { try payloads($0) } == [["a", "b"]])
  }

  @Test func theSecretIsNeitherShownNorStoredInClearText() async throws {
    let server = FakeServer(Self.taking)
    let fixture = try await fixture(server)
    let described = try await fixture.call(
      "DescribeDeliveryStream", ["DeliveryStreamName": "d"])
    let place = try #require(
      described["DeliveryStreamDescription"]?["Destinations"]?.listValue?.first)
    let shown = try #require(place["HttpEndpointDestinationDescription"])
    #expect(
      shown["EndpointConfiguration"] == ["Url": "https://collector.example/in", "Name": "c"])
    #expect(shown["S3BackupMode"] == "FailedDataOnly")
    #expect(shown["S3DestinationDescription"]?["Prefix"] == "backup/")
    #expect(!JSONWriter.compact(described).contains("s3cret"))
    try await fixture.call(
      "UpdateDestination",
      [
        "DeliveryStreamName": "d", "CurrentDeliveryStreamVersionId": "1",
        "DestinationId": "destinationId-000000000001",
        "HttpEndpointDestinationUpdate": [
          "BufferingHints": ["SizeInMBs": 2, "IntervalInSeconds": 10],
          "S3Update": ["Prefix": "moved/"],
        ],
      ])
    try await fixture.put("a")
    await fixture.clock.advance(milliseconds: 10_000)
    #expect(server.requests.first?["X-Amz-Firehose-Access-Key"] == "s3cret")
  }

  @Test func faultsNameTheirPlace() async throws {
    let fixture = try await FirehoseFixture()
    let cases: [(PropertyObject, String)] = [
      (["EndpointConfiguration": ["Url": "http://elsewhere.example/"]], "ValidationException"),
      (["EndpointConfiguration": ["Url": "http://localhost.example/"]], "ValidationException"),
      (["BufferingHints": ["SizeInMBs": 65, "IntervalInSeconds": 60]], "ValidationException"),
      (["RetryOptions": ["DurationInSeconds": 7201]], "ValidationException"),
      (["S3BackupMode": "AllEvents"], "ValidationException"),
      (["S3Configuration": ["RoleARN": "arn:aws:iam::000000000000:role/r"]], "ValidationException"),
    ]
    for (more, code) in cases {
      let fault = try await fixture.error(
        "CreateDeliveryStream",
        [
          "DeliveryStreamName": "e", "HttpEndpointDestinationConfiguration": Self.settings(more),
        ])
      #expect(fault.code == code, "\(more): \(fault.message)")
    }
    try await fixture.call(
      "CreateDeliveryStream",
      [
        "DeliveryStreamName": "local",
        "HttpEndpointDestinationConfiguration": Self.settings([
          "EndpointConfiguration": ["Url": "http://127.0.0.1:8088/in"]
        ]),
      ])
  }
}
