import AWSModel
import Effects
import PropertyTree
import ServiceKit
import Synchronization
import Testing

@testable import Firehose

/// Deliveries that fail half-way, and deliveries that can never succeed.
@Suite struct StagingTests {
  /// Two objects belong to this delivery: one that is transformed, one for what is not.
  @Test(arguments: [1, 2]) func aDeliveryThatFailsLeavesNothingStaged(_ failing: Int) async throws {
    let fixture = try await FirehoseFixture(function: TransformationTests.judge)
    try await fixture.create(["ProcessingConfiguration": FirehoseFixture.processing])
    try await fixture.put("ok-1", "fail")
    fixture.surroundings.state.withLock { $0.failingStaging = failing }
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(fixture.surroundings.objects.isEmpty)
    #expect(fixture.surroundings.leftStaged == 0)
    await fixture.clock.advance(milliseconds: 5000)
    #expect(fixture.surroundings.objects.count == 2)
    #expect(fixture.surroundings.leftStaged == 0)
  }

  /// The longest prefixes, and the first length that is one too many for a stream named `d`.
  static let longest: [(prefix: String, ending: PropertyObject, isValid: Bool)] = {
    // `-<version>-<date>-<uuid>` has up to 68 bytes, the name 1, the hour's folders 14, and
    // the longest reason for which records go to the error output, as a folder, 31.
    let room = 1024 - 68 - 1 - 14
    func p(_ count: Int) -> String { String(repeating: "p", count: count) }
    let own: PropertyObject = ["ErrorOutputPrefix": "e/"]
    let timed: PropertyObject = ["ErrorOutputPrefix": "e/!{firehose:error-output-type}/"]
    let zipped: PropertyObject = ["ErrorOutputPrefix": "e/", "CompressionFormat": "GZIP"]
    return [
      (p(room), own, true), (p(room + 1), own, false), (p(1023), own, false),
      (p(room - 31), [:], true), (p(room - 30), [:], false),
      (p(room - 3), zipped, true), (p(room - 2), zipped, false),
      (p(room + 14 - 9) + "!{timestamp:MMMM}", timed, true),
      (p(room + 14 - 8) + "!{timestamp:MMMM}", timed, false),
      (p(room + 14 - 11) + "!{firehose:random-string}", timed, true),
      (p(room + 14 - 10) + "!{firehose:random-string}", timed, false),
      (String(repeating: "ü", count: 480), own, false),
    ]
  }()

  @Test(arguments: longest.indices) func prefixesLeaveRoomForAName(_ index: Int) async throws {
    let (prefix, ending, isValid) = Self.longest[index]
    let fixture = try await FirehoseFixture()
    var settings = ending
    settings["Prefix"] = .string(prefix)
    let input: PropertyValue = [
      "DeliveryStreamName": "d",
      "ExtendedS3DestinationConfiguration": FirehoseFixture.destination(settings),
    ]
    guard isValid else {
      let error = try await fixture.error("CreateDeliveryStream", input)
      #expect(error.code == "InvalidArgumentException")
      #expect(error.message.contains("Prefix is too long"))
      return
    }
    try await fixture.call("CreateDeliveryStream", input)
    try await fixture.put("a")
    await fixture.clock.advance(milliseconds: 60_000)
    let key = try #require(fixture.surroundings.objects.first?.key)
    #expect(key.utf8.count <= 1024)
  }

  @Test func longErrorPrefixesAndUpdatesAreHeldToTheSame() async throws {
    let fixture = try await FirehoseFixture()
    let long = PropertyValue.string(String(repeating: "e", count: 1000))
    let error = try await fixture.error(
      "CreateDeliveryStream",
      [
        "DeliveryStreamName": "d",
        "ExtendedS3DestinationConfiguration": FirehoseFixture.destination([
          "ErrorOutputPrefix": long
        ]),
      ])
    #expect(error.message.contains("ErrorOutputPrefix is too long"))
    try await fixture.create()
    let update = try await fixture.error(
      "UpdateDestination",
      [
        "DeliveryStreamName": "d", "CurrentDeliveryStreamVersionId": "1",
        "DestinationId": "destinationId-000000000001",
        "ExtendedS3DestinationUpdate": ["Prefix": long],
      ])
    #expect(update.code == "InvalidArgumentException")
  }

  /// A stream that was made before prefixes were held to this: its records go to the error output,
  /// once, and what comes later is not held up.
  @Test(arguments: [true, false]) func recordsThatCannotBeNamedGoToTheErrorOutput(_ hasRoom: Bool)
    async throws
  {
    let first = try await FirehoseFixture()
    try await first.create(["ErrorOutputPrefix": "e/"])
    try await first.put("a", "b")
    let long = String(repeating: "p", count: 1020)
    let table = ModelTable<DeliveryStreamModel>("firehose.deliverystream")
    try await first.environment.database.write { transaction in
      var model = try #require(try table.get("d", in: .standard, transaction))
      model.destination.Prefix = long
      if !hasRoom { model.destination.ErrorOutputPrefix = long }
      try table.put(model, "d", in: .standard, transaction)
    }
    let fixture = try await first.restarted()
    await fixture.clock.advance(milliseconds: 600_000)
    let objects = fixture.surroundings.objects
    #expect(objects.count == 1)
    let object = try #require(objects.first)
    #expect(
      object.key.hasPrefix(
        hasRoom ? "e/delivery-failed/2026/11/21/04/d-1-" : "delivery-failed/2026/11/21/04/d-1-"))
    let lines = try object.text.split(separator: "\n").map { try JSONReader.read(String($0)) }
    #expect(lines.map { $0["rawData"] } == ["YQ==", "Yg=="])
    #expect(lines.allSatisfy { $0["errorCode"] == "S3.KeyTooLongError" && $0["lambdaARN"] == nil })
    #expect(fixture.surroundings.leftStaged == 0)
    let report = try #require(fixture.reports.first)
    #expect(report.contains("Shorten the prefix") && !report.contains("Trying again"))
  }
}
