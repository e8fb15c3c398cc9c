import AWSModel
import PropertyTree
import ServiceKit
import Testing

@Suite struct MappingOperationTests {
  struct Refusal: Sendable, CustomTestStringConvertible {
    var members: PropertyObject
    var code: String
    var text: String
    var testDescription: String { text }
    init(_ members: PropertyObject, _ code: String, _ text: String) {
      (self.members, self.code, self.text) = (members, code, text)
    }
  }

  private static let invalid = "InvalidParameterValueException"
  private static let validation = "ValidationException"
  private static let unsupported = "UnsupportedOperation"

  @Test(arguments: [
    Refusal(["StartingPosition": .null], invalid, "Value null at 'startingPosition'"),
    Refusal(["StartingPosition": "MIDDLE"], validation, "startingPosition"),
    Refusal(["StartingPosition": "AT_TIMESTAMP"], invalid, "StartingPositionTimestamp"),
    Refusal(
      ["StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 4_000_000_000], invalid,
      "cannot be in the future"),
    Refusal(["StartingPositionTimestamp": 1_700_000_000], invalid, "only allowed with"),
    Refusal(["EventSourceArn": .null], invalid, "Unrecognized event source."),
    Refusal(
      ["EventSourceArn": "arn:aws:kinesis:us-east-1:000000000000:stream/none"], invalid,
      "Stream not found: arn:aws:kinesis:us-east-1:000000000000:stream/none"),
    Refusal(
      ["EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:q"], unsupported, "queues (SQS)"),
    Refusal(
      ["EventSourceArn": "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/x"], unsupported,
      "DynamoDB streams"),
    Refusal(
      ["EventSourceArn": "arn:aws:kafka:us-east-1:000000000000:cluster/c/1"], unsupported, "Kafka"),
    Refusal(["EventSourceArn": "arn:aws:mq:us-east-1:000000000000:broker:b"], unsupported, "MQ"),
    Refusal(["FunctionName": "none"], invalid, "Function does not exist"),
    Refusal(["BatchSize": 10_001], validation, "batchSize"),
    Refusal(["MaximumRecordAgeInSeconds": 30], validation, "maximumRecordAgeInSeconds"),
    Refusal(
      ["FilterCriteria": ["Filters": [["Pattern": "{"]]]], invalid,
      "Invalid filter pattern definition."),
    Refusal(
      ["DestinationConfig": ["OnSuccess": ["Destination": "arn:aws:sqs:us-east-1:000000000000:q"]]],
      invalid, "Unsupported DestinationConfig parameter for given event source mapping type."),
    Refusal(
      ["DestinationConfig": ["OnFailure": ["Destination": "arn:aws:sns:us-east-1:000000000000:t"]]],
      unsupported, "arn:aws:sns:us-east-1:000000000000:t"),
    Refusal(
      [
        "DestinationConfig": [
          "OnFailure": ["Destination": "arn:aws:lambda:us-east-1:000000000000:function:f"]
        ]
      ], invalid, "The provided destination config"),
    Refusal(["ScalingConfig": ["MaximumConcurrency": 2]], unsupported, "ScalingConfig"),
    Refusal(["Topics": ["t"]], unsupported, "Topics"),
    Refusal(["MetricsConfig": ["Metrics": ["EventCount"]]], unsupported, "MetricsConfig"),
    Refusal(["Tags": ["aws:x": "y"]], invalid, "aws:x"),
  ]) func refuses(_ one: Refusal) async throws {
    let fixture = try await MappingFixture()
    var members: PropertyObject = [
      "FunctionName": "function", "EventSourceArn": .string(MappingFixture.stream),
      "StartingPosition": "LATEST",
    ]
    for (key, value) in one.members { members[key] = value == .null ? nil : value }
    let failure = try await fixture.failure("CreateEventSourceMapping", .object(members))
    #expect(failure?.code == one.code)
    #expect(failure?.message.contains(one.text) == true, "\(failure?.message ?? "succeeded")")
    try await fixture.end()
  }

  @Test func aMappingIsShownWithAllItsSettings() async throws {
    let fixture = try await MappingFixture()
    let made = try await fixture.call(
      "lambda", "CreateEventSourceMapping",
      [
        "FunctionName": "function", "EventSourceArn": .string(MappingFixture.stream),
        "StartingPosition": "TRIM_HORIZON", "Tags": ["a": "b"],
      ])
    #expect(made["State"] == "Creating")
    let uuid = made["UUID"]?.stringValue ?? ""
    await fixture.settle()
    let shown = try await fixture.mapping(uuid)
    #expect(shown["State"] == "Enabled")
    #expect(shown["BatchSize"] == 100)
    #expect(shown["MaximumRetryAttempts"] == -1)
    #expect(shown["MaximumRecordAgeInSeconds"] == -1)
    #expect(shown["LastProcessingResult"] == "No records processed")
    #expect(shown["FunctionArn"] == "arn:aws:lambda:us-east-1:000000000000:function:function")
    let arn = "arn:aws:lambda:us-east-1:000000000000:event-source-mapping:\(uuid)"
    #expect(shown["EventSourceMappingArn"] == .string(arn))
    let tags = try await fixture.call("lambda", "ListTags", ["Resource": .string(arn)])
    #expect(tags["Tags"] == ["a": "b"])
    let twice = try await fixture.failure(
      "CreateEventSourceMapping",
      [
        "FunctionName": "function:function", "EventSourceArn": .string(MappingFixture.stream),
        "StartingPosition": "LATEST",
      ])
    #expect(twice?.code == "ResourceConflictException")
    #expect(twice?.message.contains(uuid) == true)
    let listed = try await fixture.call(
      "lambda", "ListEventSourceMappings", ["FunctionName": "function"])
    #expect(listed["EventSourceMappings"]?.listValue?.count == 1)
    let gone = try await fixture.call(
      "lambda", "DeleteEventSourceMapping", ["UUID": .string(uuid)])
    #expect(gone["State"] == "Deleting")
    let missing = try await fixture.failure("GetEventSourceMapping", ["UUID": .string(uuid)])
    #expect(missing?.message == "The resource you requested does not exist.")
    #expect(missing?.status == 404)
    try await fixture.end()
  }

  @Test func anUpdateChangesWhatItGives() async throws {
    let fixture = try await MappingFixture()
    let uuid = try await fixture.map([
      "BatchSize": 5, "FunctionResponseTypes": ["ReportBatchItemFailures"],
      "FilterCriteria": ["Filters": [["Pattern": #"{"data":["x"]}"#]]],
      "DestinationConfig": ["OnFailure": ["Destination": "arn:aws:s3:::failed"]],
    ])
    try await fixture.update(uuid, ["MaximumRetryAttempts": 7])
    var shown = try await fixture.mapping(uuid)
    #expect(shown["BatchSize"] == 5)
    #expect(shown["MaximumRetryAttempts"] == 7)
    #expect(shown["FunctionResponseTypes"] == ["ReportBatchItemFailures"])
    #expect(shown["FilterCriteria"] == ["Filters": [["Pattern": #"{"data":["x"]}"#]]])
    try await fixture.update(
      uuid,
      [
        "FilterCriteria": [:], "FunctionResponseTypes": [],
        "DestinationConfig": ["OnFailure": [:]],
      ])
    shown = try await fixture.mapping(uuid)
    #expect(shown["FilterCriteria"] == nil)
    #expect(shown["FunctionResponseTypes"] == [])
    #expect(shown["DestinationConfig"] == ["OnFailure": [:]])
    try await fixture.end()
  }
}
