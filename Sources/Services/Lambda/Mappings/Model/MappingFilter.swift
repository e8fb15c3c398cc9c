import AWSModel
import Effects
import EventPatterns
import PropertyTree
import ServiceKit

/// One filter of a mapping, over a stream's records.
///
/// A record's `data` is its JSON where the pattern looks into it, else its text.
/// https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis-filtering.html
struct MappingFilter: Sendable, Hashable {
  private let pattern: EventPattern
  /// The record's fields that the pattern looks at.
  private let keys: Set<String>

  init(_ text: String) throws(ServiceError) {
    do throws(EventPattern.Fault) { pattern = try EventPattern(text) } catch {
      throw MappingError.invalid("Invalid filter pattern definition. \(error.message)")
    }
    keys = pattern.keys
  }

  func matches(_ record: SourceRecordView, _ origin: RecordOrigin) -> Bool {
    var fields = PropertyObject()
    if keys.contains("data") { fields["data"] = Self.data(record.data) }
    if keys.contains("partitionKey") {
      fields["partitionKey"] = .string(String(decoding: record.partitionKey, as: UTF8.self))
    }
    if keys.contains("sequenceNumber") || keys.contains("eventID") {
      var digits: [UInt8] = []
      record.writeSequenceNumber(into: &digits)
      let number = String(decoding: digits, as: UTF8.self)
      fields["sequenceNumber"] = .string(number)
      fields["eventID"] = .string("\(origin.shard):\(number)")
    }
    if keys.contains("approximateArrivalTimestamp") {
      fields["approximateArrivalTimestamp"] = .double(record.arrival.epochSeconds)
    }
    for (key, value) in origin.constants where keys.contains(key) { fields[key] = .string(value) }
    return pattern.matches(.object(fields))
  }

  /// An object or a list where the bytes are one, else text.
  private static func data(_ bytes: UnsafeRawBufferPointer) -> PropertyValue {
    let text = String(decoding: bytes, as: UTF8.self)
    // Data that is no JSON is text, and is compared as such.
    guard let tree = try? JSONReader.read(text) else { return .string(text) }
    switch tree {
    case .object, .list: return tree
    default: return .string(text)
    }
  }
}

/// The part of a record's event that is the same for the whole shard.
struct RecordOrigin: Sendable, Hashable {
  var shard: String
  var sourceARN: String
  var region: String
  /// The ARN of the function's role.
  var role: String

  var constants: KeyValuePairs<String, String> {
    [
      "kinesisSchemaVersion": "1.0", "eventSource": "aws:kinesis", "eventVersion": "1.0",
      "eventName": "aws:kinesis:record", "invokeIdentityArn": role, "awsRegion": region,
      "eventSourceARN": sourceARN,
    ]
  }
}
