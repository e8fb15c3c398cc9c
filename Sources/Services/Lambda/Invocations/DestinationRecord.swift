import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// The record of an asynchronous invocation that a destination gets.
///
/// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
struct DestinationRecord: Sendable {
  enum Condition: String, Sendable {
    case success = "Success"
    case exhausted = "RetriesExhausted"
    case tooOld = "EventAgeExceeded"
  }

  var condition: Condition
  var event: QueuedEvent
  /// Of the function with its qualifier.
  var functionARN: String
  /// Attempts in all.
  var count: Int
  /// Of the last attempt; nil where the event was never handed over.
  var result: FunctionResult?

  func body(at now: Timestamp) -> [UInt8] {
    var record: PropertyObject = [
      "version": "1.0", "timestamp": .string(now.iso8601),
      "requestContext": [
        "requestId": .string(event.requestID), "functionArn": .string(functionARN),
        "condition": .string(condition.rawValue), "approximateInvokeCount": .int(Int64(count)),
      ],
      "requestPayload": Self.tree(event.payload),
    ]
    if let result {
      var response: PropertyObject = [
        "statusCode": 200, "executedVersion": .string(result.executedVersion),
      ]
      if let error = result.functionError { response["functionError"] = .string(error) }
      record["responseContext"] = .object(response)
      record["responsePayload"] = Self.tree(result.payload)
    }
    return JSONWriter.bytes(.object(record))
  }

  private static func tree(_ bytes: [UInt8]) -> PropertyValue {
    // Bytes that are no JSON are told as text.
    (try? JSONReader.read(bytes)) ?? .string(String(decoding: bytes, as: UTF8.self))
  }

  /// The event itself, as a dead-letter target gets it.
  func deadLetter(at now: Timestamp) -> TargetEvent {
    let message = result.flatMap { Self.tree($0.payload)["errorMessage"]?.stringValue }
    return TargetEvent(
      id: event.requestID, body: event.payload, time: now,
      attributes: [
        "RequestID": event.requestID, "ErrorCode": "200",
        "ErrorMessage": String((message ?? condition.rawValue).prefix(1024)),
      ])
  }
}
