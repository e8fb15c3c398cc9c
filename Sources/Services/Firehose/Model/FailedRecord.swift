import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// A record that could not be transformed or delivered: one JSON line under the error prefix.
struct FailedRecord: Sendable, Hashable {
  /// The error output type of transformation failures.
  static let processingFailed = "processing-failed"
  /// Of records that no key can be made for.
  static let deliveryFailed = "delivery-failed"

  var record: BufferedRecord
  var attempts: Int
  var code: String
  var message: String
  var ended: Timestamp
  /// nil where no function had a part in it.
  var function: String?

  func writeLine(into out: inout [UInt8]) {
    var line: PropertyObject = [
      "attemptsMade": .int(Int64(attempts)),
      "arrivalTimestamp": .int(record.arrival.milliseconds),
      "errorCode": .string(code),
      "errorMessage": .string(message),
      "attemptEndingTimestamp": .int(ended.milliseconds),
      "rawData": .string(Base64.encode(record.payload)),
    ]
    if let function { line["lambdaARN"] = .string(function) }
    out += JSONWriter.bytes(.object(line))
    out.append(0x0A)
  }
}
