import AWSModel
import ArgumentParser
import PropertyTree

/// Events as AWS's services send them, to call a function with.
///
/// https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
enum SampleEvent: String, ExpressibleByArgument, CaseIterable {
  case kinesis, firehose, sqs, sns, s3, dynamodb, apigateway
  case httpAPI = "http-api"
  case alb, eventbridge, scheduled

  /// The words of a record where the caller gives none.
  private static let standardRecord = #"{"id":1,"message":"hello"}"#

  /// - Parameter records: the contents of the event's records, or its body; one that stands for them
  ///   where there is none.
  func event(_ records: [String], scope: Scope) -> PropertyValue {
    let records = records.isEmpty ? [Self.standardRecord] : records
    let maker = SampleMaker(scope: scope)
    return switch self {
    case .kinesis: maker.list(records, maker.kinesis)
    case .firehose: maker.firehose(records)
    case .sqs: maker.list(records, maker.sqs)
    case .sns: maker.list(records, maker.sns)
    case .s3:
      maker.list(records == [Self.standardRecord] ? ["folder/object.json"] : records, maker.s3)
    case .dynamodb: maker.list(records, maker.dynamodb)
    case .apigateway: maker.restProxy(records[0])
    case .httpAPI: maker.httpProxy(records[0])
    case .alb: maker.loadBalancer(records[0])
    case .eventbridge: maker.eventBridge(records[0])
    case .scheduled: maker.scheduled
    }
  }
}

/// Makes events of one account and region, at a moment that stands still so that they compare.
struct SampleMaker {
  let scope: Scope

  private static let time = "2026-01-02T03:04:05Z"
  private static let seconds = 1_767_323_045.0

  private func arn(_ service: String, _ resource: String) -> PropertyValue {
    .string(ARN(service, scope, resource).description)
  }

  private func base64(_ text: String) -> PropertyValue { .string(Base64.encode(Array(text.utf8))) }

  private func id(_ index: Int) -> String {
    let digits = String(index + 1)
    return "00000000-0000-0000-0000-" + String(repeating: "0", count: 12 - digits.count) + digits
  }

  func list(_ records: [String], _ make: (Int, String) -> PropertyObject) -> PropertyValue {
    ["Records": .list(records.enumerated().map { .object(make($0.offset, $0.element)) })]
  }

  func kinesis(_ index: Int, _ text: String) -> PropertyObject {
    let sequence = "4959033827149025660855969253836157109592157598913658889\(index)"
    return [
      "kinesis": [
        "kinesisSchemaVersion": "1.0", "partitionKey": .string("key-\(index + 1)"),
        "sequenceNumber": .string(sequence), "data": base64(text),
        "approximateArrivalTimestamp": .double(Self.seconds),
      ],
      "eventSource": "aws:kinesis", "eventVersion": "1.0",
      "eventID": .string("shardId-000000000000:\(sequence)"),
      "eventName": "aws:kinesis:record",
      "invokeIdentityArn": .string("arn:aws:iam::\(scope.account):role/function-role"),
      "awsRegion": .string(scope.region.text), "eventSourceARN": arn("kinesis", "stream/sample"),
    ]
  }

  func firehose(_ records: [String]) -> PropertyValue {
    [
      "invocationId": .string(id(0)), "deliveryStreamArn": arn("firehose", "deliverystream/sample"),
      "region": .string(scope.region.text),
      "records": .list(
        records.enumerated().map { index, text in
          [
            "recordId": .string("4959033827149025660855969253836157109592157598913658889\(index)"),
            "approximateArrivalTimestamp": .int(Int64(Self.seconds * 1000)),
            "data": base64(text),
          ]
        }),
    ]
  }

  func sqs(_ index: Int, _ text: String) -> PropertyObject {
    [
      "messageId": .string(id(index)), "receiptHandle": "sample-receipt-handle",
      "body": .string(text),
      "attributes": [
        "ApproximateReceiveCount": "1", "SentTimestamp": .string(String(Int(Self.seconds * 1000))),
        "SenderId": "AIDASAMPLE",
        "ApproximateFirstReceiveTimestamp": .string(String(Int(Self.seconds * 1000) + 1)),
      ],
      "messageAttributes": [:], "eventSource": "aws:sqs", "eventSourceARN": arn("sqs", "sample"),
      "awsRegion": .string(scope.region.text),
    ]
  }

  func sns(_ index: Int, _ text: String) -> PropertyObject {
    [
      "EventSource": "aws:sns", "EventVersion": "1.0",
      "EventSubscriptionArn": arn("sns", "sample:\(id(index))"),
      "Sns": [
        "Type": "Notification", "MessageId": .string(id(index)), "TopicArn": arn("sns", "sample"),
        "Subject": .null, "Message": .string(text), "Timestamp": "2026-01-02T03:04:05.000Z",
        "SignatureVersion": "1", "Signature": "sample", "SigningCertUrl": "https://example.com",
        "UnsubscribeUrl": "https://example.com", "MessageAttributes": [:],
      ],
    ]
  }

  /// - Parameter key: of the object.
  func s3(_ index: Int, _ key: String) -> PropertyObject {
    [
      "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": .string(scope.region.text),
      "eventTime": "2026-01-02T03:04:05.000Z", "eventName": "ObjectCreated:Put",
      "userIdentity": ["principalId": "sample"],
      "requestParameters": ["sourceIPAddress": "127.0.0.1"],
      "responseElements": ["x-amz-request-id": "SAMPLE", "x-amz-id-2": "SAMPLE"],
      "s3": [
        "s3SchemaVersion": "1.0", "configurationId": "sample",
        "bucket": [
          "name": "sample-bucket", "ownerIdentity": ["principalId": "sample"],
          "arn": "arn:aws:s3:::sample-bucket",
        ],
        "object": [
          "key": .string(key), "size": 1024, "eTag": "d41d8cd98f00b204e9800998ecf8427e",
          "sequencer": "0A1B2C3D4E5F678901",
        ],
      ],
    ]
  }

  func dynamodb(_ index: Int, _ text: String) -> PropertyObject {
    [
      "eventID": .string(id(index)), "eventName": "INSERT", "eventVersion": "1.1",
      "eventSource": "aws:dynamodb", "awsRegion": .string(scope.region.text),
      "dynamodb": [
        "ApproximateCreationDateTime": .double(Self.seconds),
        "Keys": ["Id": ["N": .string(String(index + 1))]],
        "NewImage": ["Id": ["N": .string(String(index + 1))], "Message": ["S": .string(text)]],
        "SequenceNumber": .string("\(111 * (index + 1))"), "SizeBytes": 26,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
      ],
      "eventSourceARN": arn("dynamodb", "table/sample/stream/2026-01-02T00:00:00.000"),
    ]
  }
}
