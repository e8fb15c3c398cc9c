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

  /// A longer answer goes out in parts of about this size, each still in the processor's cache when the
  /// socket takes it, instead of being held whole.
  private static let partBytes = 64 << 10

  /// - Parameter send: takes the parts of a long answer but its last, which is the result. Without it
  ///   the result is the whole answer.
  /// - Throws: what the log throws; parts may have been sent by then.
  func bytes(
    sending send: ((UnsafeRawBufferPointer) -> Void)? = nil
  ) throws(ServiceError) -> [UInt8] {
    var out: [UInt8] = []
    let expected = try expectedBytes()
    out.reserveCapacity(send == nil ? expected : min(expected, 2 * Self.partBytes))
    out.append(contentsOf: #"{"Records":["#.utf8)
    let start = try stream.visible(position, in: shard, now)
    var next = start
    var total = 0
    var lastArrival: Timestamp?
    let spans = stream.model.encryptionSpans ?? []
    var number = Number(shard)
    try shard.log.read(from: start) { index, arrival, payload in
      let (key, data) = StoredRecord.read(payload)
      let bytes = total + key.count + data.count
      guard index == start || bytes <= ReadOperations.answerBytesMax else { return false }
      total = bytes
      if let send, out.count >= Self.partBytes {
        out.withUnsafeBytes(send)
        out.removeAll(keepingCapacity: true)
      }
      if index > start { out.append(UInt8(ascii: ",")) }
      let isEncrypted = spans.contains { $0.contains(arrival) }
      write(
        number.digits(ofIndex: index, arrival: arrival), arrival, key, data,
        isEncrypted: isEncrypted, into: &out)
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

  /// The numbers of records that come one after the other.
  private struct Number {
    private let shard: ShardRuntime
    private var last: (index: UInt64, second: Int64, digits: SequenceDigits)?

    init(_ shard: ShardRuntime) { self.shard = shard }

    mutating func digits(ofIndex index: UInt64, arrival: Timestamp) -> SequenceDigits {
      let second = arrival.milliseconds / 1000
      if let last, last.index &+ 1 == index, last.second == second {
        self.last?.index = index
        self.last?.digits.advance()
      } else {
        last = (index, second, SequenceDigits(shard.sequence(ofIndex: index, arrival: arrival)))
      }
      return last?.digits ?? SequenceDigits(shard.sequence(ofIndex: index, arrival: arrival))
    }
  }

  private func write(
    _ number: SequenceDigits, _ arrival: Timestamp, _ key: UnsafeRawBufferPointer,
    _ data: UnsafeRawBufferPointer, isEncrypted: Bool, into out: inout [UInt8]
  ) {
    let isPlain = key.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }
    // Names, punctuation, the number and the time take less than 256 bytes.
    let room = 256 + (data.count + 2) / 3 * 4 + key.count
    if out.capacity < out.count + room {
      out.reserveCapacity(max(out.count + room, 2 * out.capacity))
    }
    out.append(addingCapacity: room) { span in
      span.withUnsafeMutableBufferPointer { target, initialized in
        var text = AnswerText(
          UnsafeMutableRawBufferPointer(
            UnsafeMutableBufferPointer(rebasing: target[initialized...])))
        text.append(#"{"SequenceNumber":""#)
        text.append(number)
        text.append(#"","ApproximateArrivalTimestamp":"#)
        text.append(seconds: arrival.milliseconds)
        text.append(#","Data":""#)
        text.append(base64: data)
        text.append(#"""#)
        if !key.isEmpty && isPlain {
          text.append(#","PartitionKey":""#)
          text.append(key)
          text.append(#"""#)
        }
        if isEncrypted { text.append(#","EncryptionType":"KMS""#) }
        initialized += text.count
      }
    }
    if !isPlain {
      out.append(contentsOf: #","PartitionKey":"#.utf8)
      JSONWriter.writeString(String(decoding: key, as: UTF8.self), into: &out)
    }
    out.append(UInt8(ascii: "}"))
  }

  private func writeChildren(into out: inout [UInt8]) throws(ServiceError) {
    let children = stream.children(of: shard)
    guard !children.isEmpty else { return }
    out.append(contentsOf: #","ChildShards":"#.utf8)
    out.append(contentsOf: JSONWriter.bytes(.list(children)))
  }
}
