import AWSModel
import Effects
import PropertyTree
import ServiceKit
import Testing

@testable import Firehose

/// Credentials out of Secrets Manager, and collections of OpenSearch Serverless.
@Suite struct DestinationSecretTests {
  private static let arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:key-abcdef"
  private static let reference: PropertyValue = [
    "Enabled": true, "SecretARN": .string(arn), "RoleARN": "arn:aws:iam::000000000000:role/r",
  ]

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

  private static let splunk: PropertyObject = [
    "HECEndpoint": "https://hec.example", "HECEndpointType": "Raw",
    "SecretsManagerConfiguration": reference,
  ]
  private static let http: PropertyObject = [
    "EndpointConfiguration": ["Url": "https://collector.example/in"],
    "SecretsManagerConfiguration": reference,
  ]

  @Test(arguments: [
    (
      "SplunkDestinationConfiguration", splunk, #"{"hec_token":"t0"}"#, "Authorization",
      "Splunk t0"
    ),
    (
      "HttpEndpointDestinationConfiguration", http, #"{"api_key":"k0"}"#,
      "X-Amz-Firehose-Access-Key", "k0"
    ),
  ])
  func theSecretOfTheMomentGoesAlong(
    member: String, settings: PropertyObject, text: String, header: String, value: String
  ) async throws {
    let server = FakeServer(FakeServer.status(500))
    let fixture = try await fixture(server, member, settings)
    fixture.surroundings.state.withLock { $0.secrets[Self.arn] = text }
    try await fixture.put("a")
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(server.requests.map { $0[header] } == [value])
    let described = try await fixture.call("DescribeDeliveryStream", ["DeliveryStreamName": "d"])
    let text = JSONWriter.compact(described)
    #expect(text.contains(Self.arn) && !text.contains(value))
  }

  @Test(arguments: [
    (nil, "SecretsManager.ResourceNotFoundException"), ("no JSON", "SecretsManager.InvalidSecret"),
    (#"{"api_key":"k"}"#, "SecretsManager.InvalidSecret"),
  ])
  func aSecretThatIsMissingFailsTheDelivery(text: String?, code: String) async throws {
    let server = FakeServer(FakeServer.status(200, #"{"ackId":1}"#))
    let fixture = try await fixture(server, "SplunkDestinationConfiguration", Self.splunk)
    fixture.surroundings.state.withLock { $0.secrets[Self.arn] = text }
    try await fixture.put("a")
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(server.requests.isEmpty)
    let object = try #require(fixture.surroundings.objects.first)
    #expect(object.key.hasPrefix("backup/splunk-failed/"))
    #expect(try JSONReader.read(object.text)["errorCode"] == .string(code))
  }

  @Test(
    arguments: [
      ["HECToken": "t0ken"], ["SecretsManagerConfiguration": ["Enabled": true]],
      ["SecretsManagerConfiguration": ["Enabled": false]],
    ] as [PropertyObject])
  func oneOfSecretAndTokenIsGiven(more: PropertyObject) async throws {
    var settings = Self.splunk
    for (key, value) in more { settings[key] = value }
    settings["S3Configuration"] = FirehoseFixture.destination()
    let fault = try await FirehoseFixture().error(
      "CreateDeliveryStream",
      ["DeliveryStreamName": "d", "SplunkDestinationConfiguration": .object(settings)])
    #expect(fault.code == "InvalidArgumentException", "\(fault.message)")
  }

  // MARK: Serverless

  private static let collection: PropertyObject = [
    "RoleARN": "arn:aws:iam::000000000000:role/r",
    "CollectionEndpoint": "https://collection.example/", "IndexName": "logs",
    "S3BackupMode": "AllDocuments",
  ]

  @Test func aCollectionGivesIdsItself() async throws {
    let server = FakeServer(
      FakeServer.status(
        200,
        #"{"items":[{"index":{"status":201}},{"index":{"status":400,"error":{"reason":"no"}}}]}"#))
    let member = "AmazonOpenSearchServerlessDestinationConfiguration"
    let fixture = try await fixture(server, member, Self.collection)
    try await fixture.put(#"{"a":1}"#, #"{"b":1}"#)
    await fixture.clock.advance(milliseconds: 60_000)
    let request = try #require(server.requests.first)
    #expect(request.url == "https://collection.example/_bulk")
    #expect(
      String(decoding: request.body, as: UTF8.self)
        == "{\"index\":{\"_index\":\"logs\"}}\n{\"a\":1}\n{\"index\":{\"_index\":\"logs\"}}\n{\"b\":1}\n"
    )
    let objects = fixture.surroundings.objects
    #expect(
      objects.count == 2 && objects[0].key.hasPrefix("backup/AmazonOpenSearchService_failed/"))
    #expect(objects[1].text == #"{"a":1}{"b":1}"#)
    let described = try await fixture.call("DescribeDeliveryStream", ["DeliveryStreamName": "d"])
    let shown = described["DeliveryStreamDescription"]?["Destinations"]?.listValue?.first?[
      "AmazonOpenSearchServerlessDestinationDescription"]
    #expect(shown?["CollectionEndpoint"] == "https://collection.example/")
    #expect(shown?["S3BackupMode"] == "AllDocuments")
    try await fixture.call(
      "UpdateDestination",
      [
        "DeliveryStreamName": "d", "CurrentDeliveryStreamVersionId": "1",
        "DestinationId": "destinationId-000000000001",
        "AmazonOpenSearchServerlessDestinationUpdate": ["IndexName": "other"],
      ])
    try await fixture.put(#"{"c":1}"#)
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(
      server.requests.last.map { String(decoding: $0.body, as: UTF8.self) }?
        .contains(#""_index":"other""#) == true)
  }
}
