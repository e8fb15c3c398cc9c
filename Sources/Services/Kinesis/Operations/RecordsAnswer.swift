import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// The answer to GetRecords, written as JSON straight from the log's bytes.
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
struct RecordsAnswer {
  let stream: StreamRuntime
  let shard: ShardRuntime
  let position: UInt64
  let recordsMax: Int
  let now: Timestamp

  func bytes() throws(ServiceError) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(try expectedBytes())
    out.append(contentsOf: #"{"Records":["#.utf8)
    let start = try stream.visible(position, in: shard, now)
    var next = start
    var total = 0
    var lastArrival: Timestamp?
    let spans = stream.model.encryptionSpans ?? []
    try shard.log.read(from: start) { index, arrival, payload in
      let (key, data) = StoredRecord.read(payload)
      let bytes = total + key.count + data.count
      guard index == start || bytes <= ReadOperations.answerBytesMax else { return false }
      total = bytes
      if index > start { out.append(UInt8(ascii: ",")) }
      let isEncrypted = spans.contains { $0.contains(arrival) }
      write(index, arrival, key, data, isEncrypted: isEncrypted, into: &out)
      next = index + 1
      lastArrival = arrival
      return next - start < UInt64(recordsMax)
    }
    shard.throttle?.noteRead(bytes: total)
    out.append(contentsOf: #"],"MillisBehindLatest":"#.utf8)
    var behind: Int64 = 0
    if let lastArrival, next < (try shard.log.endIndex()) {
      behind = max(0, now.milliseconds - lastArrival.milliseconds)
    }
    out.append(contentsOf: String(behind).utf8)
    if try shard.isFinished(at: next) {
      try writeChildren(into: &out)
    } else {
      let iterator = ShardIterator(
        storageID: stream.model.storageID, ordinal: shard.model.ordinal, position: next,
        created: now)
      out.append(contentsOf: #","NextShardIterator":""#.utf8)
      out.append(contentsOf: iterator.text.utf8)
      out.append(UInt8(ascii: "\""))
    }
    out.append(UInt8(ascii: "}"))
    return out
  }

  /// Room for the whole answer: growing by doubling would copy it, and touch twice the memory.
  private func expectedBytes() throws(ServiceError) -> Int {
    let waiting = try shard.log.volume(from: position)
    let records = min(waiting.records, recordsMax)
    guard records > 0 else { return 1024 }
    let payload = min(
      ReadOperations.answerBytesMax, Int(waiting.payloadBytes) / waiting.records * records)
    return payload / 3 * 4 + records * 200 + 1024
  }

  private func write(
    _ index: UInt64, _ arrival: Timestamp, _ key: UnsafeRawBufferPointer,
    _ data: UnsafeRawBufferPointer, isEncrypted: Bool, into out: inout [UInt8]
  ) {
    out.append(contentsOf: #"{"SequenceNumber":""#.utf8)
    shard.sequence(ofIndex: index, arrival: arrival).write(into: &out)
    out.append(contentsOf: #"","ApproximateArrivalTimestamp":"#.utf8)
    out.append(contentsOf: String(arrival.milliseconds / 1000).utf8)
    let fraction = String(1000 + arrival.milliseconds % 1000).dropFirst()
    out.append(UInt8(ascii: "."))
    out.append(contentsOf: fraction.utf8)
    out.append(contentsOf: #","Data":""#.utf8)
    Base64.encode(data, into: &out)
    out.append(UInt8(ascii: "\""))
    if !key.isEmpty {
      out.append(contentsOf: #","PartitionKey":"#.utf8)
      if key.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) {
        out.append(UInt8(ascii: "\""))
        out.append(contentsOf: key)
        out.append(UInt8(ascii: "\""))
      } else {
        JSONWriter.writeString(String(decoding: key, as: UTF8.self), into: &out)
      }
    }
    if isEncrypted { out.append(contentsOf: #","EncryptionType":"KMS""#.utf8) }
    out.append(UInt8(ascii: "}"))
  }

  private func writeChildren(into out: inout [UInt8]) throws(ServiceError) {
    let children = stream.children(of: shard)
    guard !children.isEmpty else { return }
    out.append(contentsOf: #","ChildShards":"#.utf8)
    out.append(contentsOf: JSONWriter.bytes(.list(children)))
  }
}
