import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// Records that are given up, as the failure destination is told of them.
/// https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
struct FailedBatch: Sendable {
  enum Condition: String, Sendable {
    case retriesExhausted = "RetryAttemptsExhausted"
    case tooOld = "RecordAgeExpired"
    /// The event is larger than a function takes.
    case tooLarge = "PayloadSizeExceeded"
  }

  var condition: Condition
  var requestID: String
  var functionARN: String
  var invocations: Int
  /// The last answer; nil where the function was not asked.
  var result: FunctionResult?
  var streamARN: String
  var shard: String
  var count: Int
  /// Sequence numbers and arrivals of the first and the last record; nil for the end of a window.
  var first: (number: String, arrival: Timestamp)?
  var last: (number: String, arrival: Timestamp)?

  /// - Parameter event: the whole event, for destinations that keep it.
  func document(at now: Timestamp, event: [UInt8]? = nil) -> [UInt8] {
    var request: PropertyObject = ["requestId": .string(requestID)]
    request["functionArn"] = .string(functionARN)
    request["condition"] = .string(condition.rawValue)
    request["approximateInvokeCount"] = .int(Int64(invocations))
    var document: PropertyObject = ["requestContext": .object(request)]
    if let result {
      var response: PropertyObject = [
        "statusCode": 200, "executedVersion": .string(result.executedVersion),
      ]
      if let error = result.functionError { response["functionError"] = .string(error) }
      document["responseContext"] = .object(response)
    }
    document["version"] = "1.0"
    document["timestamp"] = .string(now.iso8601)
    var batch: PropertyObject = ["shardId": .string(shard)]
    if let first, let last {
      batch["startSequenceNumber"] = .string(first.number)
      batch["endSequenceNumber"] = .string(last.number)
      batch["approximateArrivalOfFirstRecord"] = .string(first.arrival.iso8601)
      batch["approximateArrivalOfLastRecord"] = .string(last.arrival.iso8601)
    }
    batch["batchSize"] = .int(Int64(count))
    batch["streamArn"] = .string(streamARN)
    document["KinesisBatchInfo"] = .object(batch)
    if let event { document["payload"] = .string(String(decoding: event, as: UTF8.self)) }
    return JSONWriter.bytes(.object(document))
  }

  /// `aws/lambda/<mapping>/<shard>/2026/11/21/2026-11-21T05.00.00-<random>`
  static func key(mapping: String, shard: String, at now: Timestamp, random: String) -> String {
    let text = now.iso8601.prefix(19)
    let date = text.prefix(10).split(separator: "-").joined(separator: "/")
    let moment = text.map { $0 == ":" ? "." : String($0) }.joined()
    return "aws/lambda/\(mapping)/\(shard)/\(date)/\(moment)-\(random)"
  }
}
