import AWSModel
import Effects
import PropertyTree

/// The event in which a function gets records, written straight into its bytes.
/// https://docs.aws.amazon.com/lambda/latest/dg/services-kinesisfirehose.html
struct TransformationEvent {
  private(set) var bytes: [UInt8] = []
  private var isFirst = true

  /// - Parameter source: the ARN of the source stream.
  init(
    invocationID: String, streamARN: String, source: String?, region: Region, reservingBytes: Int
  ) {
    bytes.reserveCapacity(reservingBytes)
    var head: PropertyObject = [
      "invocationId": .string(invocationID), "deliveryStreamArn": .string(streamARN),
    ]
    if let source { head["sourceKinesisStreamArn"] = .string(source) }
    head["region"] = .string(region.text)
    bytes += JSONWriter.bytes(.object(head)).dropLast()
    put(#","records":["#)
  }

  /// - Parameters:
  ///   - id: of digits.
  ///   - part: the record's place in an aggregate.
  mutating func append(
    id: ArraySlice<UInt8>, _ arrival: Timestamp, _ payload: UnsafeRawBufferPointer,
    _ origin: BufferedRecord.Origin?, part: Int64
  ) {
    put(isFirst ? #"{"recordId":""# : #",{"recordId":""#)
    isFirst = false
    bytes += id
    put(#"","approximateArrivalTimestamp":"#)
    bytes += String(arrival.milliseconds).utf8
    put(#","data":""#)
    Base64.encode(payload, into: &bytes)
    put("\"")
    if let origin {
      bytes += #","kinesisRecordMetadata":"#.utf8
      bytes += JSONWriter.bytes([
        "sequenceNumber": .string(origin.sequenceNumber),
        "subsequenceNumber": .int(part),
        "partitionKey": .string(origin.partitionKey), "shardId": .string(origin.shardID),
        "approximateArrivalTimestamp": .int(arrival.milliseconds),
      ])
    }
    put("}")
  }

  mutating func finish() { put("]}") }

  private mutating func put(_ text: StaticString) {
    bytes.append(
      contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }
}
