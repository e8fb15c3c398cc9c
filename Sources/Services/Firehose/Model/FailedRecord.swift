import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// A record that could not be transformed: one JSON line under the error prefix.
struct FailedRecord: Sendable, Hashable {
  /// The error output type of transformation failures.
  static let processingFailed = "processing-failed"

  var record: BufferedRecord
  var attempts: Int
  var code: String
  var message: String
  var ended: Timestamp
  var function: String

  func writeLine(into out: inout [UInt8]) {
    let line: PropertyValue = [
      "attemptsMade": .int(Int64(attempts)),
      "arrivalTimestamp": .int(record.arrival.milliseconds),
      "errorCode": .string(code),
      "errorMessage": .string(message),
      "attemptEndingTimestamp": .int(ended.milliseconds),
      "rawData": .string(Base64.encode(record.payload)),
      "lambdaARN": .string(function),
    ]
    out += JSONWriter.bytes(line)
    out.append(0x0A)
  }
}
