import AWSModel
import Effects
import PropertyTree
import ServiceKit
import Testing

@testable import Firehose

/// Deliveries to Splunk's collector and to search clusters.
@Suite struct SplunkAndSearchTests {
  private func fixture(_ server: FakeServer, _ member: String, _ settings: PropertyObject)
    async throws -> FirehoseFixture
  {
    var all: PropertyObject = [
      "BufferingHints": ["SizeInMBs": 1, "IntervalInSeconds": 60],
      "RetryOptions": ["DurationInSeconds": 0],
      "S3Configuration": FirehoseFixture.destination(["Prefix": "backup/"]),
    ]
    for (key, value) in settings { all[key] = value }
    let fixture = try await FirehoseFixture(http: server)
    try await fixture.call(
      "CreateDeliveryStream", ["DeliveryStreamName": "d", member: .object(all)])
    return fixture
  }

  private func failures(_ fixture: FirehoseFixture) throws -> [PropertyValue] {
    try fixture.surroundings.objects.flatMap {
      try $0.text.split(separator: "\n").map { try JSONReader.read(String($0)) }
    }
  }

  // MARK: Splunk

  private static func splunk(_ more: PropertyObject = [:]) -> PropertyObject {
    var settings: PropertyObject = [
      "HECEndpoint": "https://hec.example:8088/services/collector/event",
      "HECEndpointType": "Event", "HECToken": "t0ken",
    ]
    for (key, value) in more { settings[key] = value }
    return settings
  }

  @Test func eventsAreSentAndConfirmed() async throws {
    let server = FakeServer(
      FakeServer.status(200, #"{"text":"Success","code":0,"ackId":7}"#),
      FakeServer.status(200, #"{"acks":{"7":false}}"#),
      FakeServer.status(200, #"{"acks":{"7":true}}"#))
    let fixture = try await fixture(server, "SplunkDestinationConfiguration", Self.splunk())
    try await fixture.put(#"{"event":1}"#, #"{"event":2}"#)
    await fixture.clock.advance(milliseconds: 62_000)
    let requests = server.requests
    #expect(
      requests.map { $0.url.split(separator: "?")[0] } == [
        "https://hec.example:8088/services/collector/event",
        "https://hec.example:8088/services/collector/ack",
        "https://hec.example:8088/services/collector/ack",
      ])
    #expect(
      requests.first.map { String(decoding: $0.body, as: UTF8.self) }
        == "{\"event\":1}\n{\"event\":2}\n")
    #expect(requests.last.map { String(decoding: $0.body, as: UTF8.self) } == #"{"acks":[7]}"#)
    #expect(requests.allSatisfy { $0["Authorization"] == "Splunk t0ken" })
    #expect(Set(requests.map { $0["X-Splunk-Request-Channel"] }).count == 1)
    await fixture.clock.advance(milliseconds: 600_000)
    #expect(server.requests.count == 3 && fixture.surroundings.objects.isEmpty)
  }

  @Test func whatIsNeverConfirmedGoesToTheBucket() async throws {
    let server = FakeServer(
      FakeServer.status(200, #"{"ackId":0}"#), FakeServer.status(200, #"{"acks":{"0":false}}"#))
    let fixture = try await fixture(server, "SplunkDestinationConfiguration", Self.splunk())
    try await fixture.put("a")
    await fixture.clock.advance(milliseconds: 239_000)
    #expect(fixture.surroundings.objects.isEmpty)
    await fixture.clock.advance(milliseconds: 1000)
    #expect(try failures(fixture).map { $0["errorCode"] } == ["Splunk.AckTimeout"])
    #expect(fixture.surroundings.objects.first?.key.hasPrefix("backup/splunk-failed/") == true)
  }

  @Test(arguments: [
    (403, #"{"text":"Invalid token","code":4}"#, "Splunk.InvalidToken"),
    (200, #"{"text":"Success","code":0}"#, "Splunk.AcknowledgementsDisabled"),
    (503, "", "Splunk.InvalidHttpResponse"),
  ])
  func refusalsSayWhy(status: Int, body: String, code: String) async throws {
    let server = FakeServer(FakeServer.status(status, body))
    let fixture = try await fixture(server, "SplunkDestinationConfiguration", Self.splunk())
    try await fixture.put("a")
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(try failures(fixture).map { $0["errorCode"] } == [.string(code)])
  }

  // MARK: Search

  private static func search(_ more: PropertyObject = [:]) -> PropertyObject {
    var settings: PropertyObject = [
      "RoleARN": "arn:aws:iam::000000000000:role/r", "ClusterEndpoint": "https://search.example/",
      "IndexName": "logs",
    ]
    for (key, value) in more { settings[key] = value }
    return settings
  }

  private static let member = "AmazonopensearchserviceDestinationConfiguration"

  @Test func documentsAreIndexedInBulk() async throws {
    let server = FakeServer(
      FakeServer.status(
        200, #"{"errors":false,"items":[{"index":{"status":201}},{"index":{"status":201}}]}"#))
    let fixture = try await fixture(server, Self.member, Self.search())
    try await fixture.put(#"{"a":1}"#, "{\"a\":2}\n")
    await fixture.clock.advance(milliseconds: 60_000)
    let request = try #require(server.requests.first)
    #expect(request.url == "https://search.example/_bulk")
    #expect(request["Content-Type"] == "application/x-ndjson")
    let lines = try String(decoding: request.body, as: UTF8.self).split(separator: "\n").map {
      try JSONReader.read(String($0))
    }
    #expect(lines.map { $0["a"] }.compactMap { $0 } == [1, 2])
    let actions = lines.compactMap { $0["index"] }
    #expect(actions.map { $0["_index"] } == ["logs-2026-11-21", "logs-2026-11-21"])
    #expect(Set(actions.compactMap { $0["_id"]?.stringValue }).count == 2)
    #expect(fixture.surroundings.objects.isEmpty)
  }

  @Test func refusedDocumentsGoToTheBucketAloneAndOthersAreSentAgain() async throws {
    let server = FakeServer(
      FakeServer.status(
        200,
        #"{"errors":true,"items":[{"index":{"status":201}},{"index":{"status":400,"error":{"type":"mapper_parsing_exception","reason":"failed to parse"}}},{"index":{"status":429}}]}"#
      ), FakeServer.status(200, #"{"errors":false,"items":[{"index":{"status":200}}]}"#))
    let fixture = try await fixture(
      server, Self.member,
      Self.search(["RetryOptions": ["DurationInSeconds": 60], "IndexRotationPeriod": "NoRotation"]))
    try await fixture.put(#"{"a":1}"#, #"{"a":2}"#, #"{"a":3}"#, "no JSON", "[4]")
    await fixture.clock.advance(milliseconds: 65_000)
    #expect(server.requests.count == 2)
    let again = server.requests.last.map { String(decoding: $0.body, as: UTF8.self) } ?? ""
    #expect(again.contains(#"{"a":3}"#) && !again.contains(#"{"a":1}"#))
    let found = try failures(fixture)
    #expect(
      found.map { $0["errorCode"] } == ["OS.MalformedData", "OS.MalformedData", "400"])
    #expect(found.last?["errorMessage"] == "failed to parse")
    #expect(found.last?["esIndexName"] == "logs")
    #expect(
      fixture.surroundings.objects.first?.key.hasPrefix("backup/AmazonOpenSearchService_failed/")
        == true)
  }

  @Test(arguments: [
    ("NoRotation", "i"), ("OneHour", "i-2027-01-01-05"), ("OneDay", "i-2027-01-01"),
    ("OneWeek", "i-2026-w53"), ("OneMonth", "i-2027-01"), (nil, "i-2027-01-01"),
  ])
  func indexesRotate(period: String?, name: String) {
    var configuration = SearchConfiguration<OpenSearch>(IndexName: "i")
    configuration.IndexRotationPeriod = period
    #expect(configuration.index(Timestamp(year: 2027, month: 1, day: 1, hour: 5)) == name)
  }

  @Test func faultsNameTheirPlace() {
    let cases: [(PropertyObject, String)] = [
      (["ClusterEndpoint": "http://search.example"], "ClusterEndpoint"),
      (["IndexName": "Logs"], "IndexName"), (["IndexName": "_logs"], "IndexName"),
      (["IndexRotationPeriod": "OneYear"], "IndexRotationPeriod"),
      (["DocumentIdOptions": ["DefaultDocumentIdFormat": "MINE"]], "DocumentIdOptions"),
      (["BufferingHints": ["SizeInMBs": 101, "IntervalInSeconds": 1]], "BufferingHints.SizeInMBs"),
    ]
    for (more, path) in cases {
      var settings = Self.search(more)
      settings["S3Configuration"] = FirehoseFixture.destination()
      let configuration = try? TreeDecoder().decode(
        SearchConfiguration<OpenSearch>.self, from: .object(settings))
      #expect(configuration?.faults().first?.path.description == path)
    }
  }
}
