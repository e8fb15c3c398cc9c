import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// The reasons why records go to the error output, as prefixes name them.
enum ErrorOutput: String, Sendable, Hashable, CaseIterable {
  case processing = "processing-failed"
  case unpacking = "decompression-failed"
  case conversion = "format-conversion-failed"
  /// More partitions at once than there may be.
  case partitions = "activePartitionExceeded"
  /// Of records that no key can be made for.
  case delivery = "delivery-failed"
  case httpEndpoint = "http-endpoint-failed"
  case splunk = "splunk-failed"
  case openSearch = "AmazonOpenSearchService_failed"
  case elasticsearch = "elasticsearch-failed"
  /// Objects, not records, that no COPY has loaded.
  case copyManifests = "errors/manifests"
  case iceberg = "iceberg-failed"

  static let nameBytesMax = allCases.map(\.rawValue.utf8.count).max() ?? 0
}

/// A record that could not be transformed or delivered: one JSON line under the error prefix.
struct FailedRecord: Sendable, Hashable {
  var record: BufferedRecord
  var output = ErrorOutput.processing
  var attempts = 1
  var code: String
  var message: String
  var ended: Timestamp
  /// nil where no function had a part in it.
  var function: String?
  /// The table of a conversion, as the error output names it; nil where none had a part in it.
  var table: PropertyObject?
  /// The error prefix of the record's table; nil for the destination's own.
  var prefix: String?
  /// Members of a destination's own.
  var more: PropertyObject = [:]

  func writeLine(into out: inout [UInt8]) {
    if let table { return writeLine(of: table, into: &out) }
    var line: PropertyObject = [
      "attemptsMade": .int(Int64(attempts)),
      "arrivalTimestamp": .int(record.arrival.milliseconds),
      "errorCode": .string(code),
      "errorMessage": .string(message),
      "attemptEndingTimestamp": .int(ended.milliseconds),
      "rawData": .string(Base64.encode(record.payload)),
    ]
    if let function { line["lambdaARN"] = .string(function) }
    for (name, value) in more { line[name] = value }
    out += JSONWriter.bytes(.object(line))
    out.append(0x0A)
  }

  /// The line has other names where a conversion has failed.
  ///
  /// https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion-error-handling.html
  private func writeLine(of table: PropertyObject, into out: inout [UInt8]) {
    var line: PropertyObject = [
      "attemptsMade": .int(Int64(attempts)),
      "arrivalTimestamp": .int(record.arrival.milliseconds),
      "lastErrorCode": .string(code),
      "lastErrorMessage": .string(message),
      "attemptEndingTimestamp": .int(ended.milliseconds),
      "rawData": .string(Base64.encode(record.payload)),
    ]
    if let origin = record.origin {
      line["sequenceNumber"] = .string(origin.sequenceNumber)
      line["subSequenceNumber"] = .null
    }
    line["dataCatalogTable"] = .object(table)
    out += JSONWriter.bytes(.object(line))
    out.append(0x0A)
  }
}
