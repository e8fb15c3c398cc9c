import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// PutRecord and PutRecords: the thorough way, which defines their behaviour. The fast way is in
/// `HotPut`.
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
struct PutOperations: Sendable {
  static let recordsMax = 500
  /// Of one PutRecords call: data and partition keys.
  static let callBytesMax = 10 << 20

  let catalog: StreamCatalog

  var all: [Operation] {
    let fast = HotPut(catalog: catalog)
    return [
      .hot("PutRecord", attempt: fast.putRecord) { input, context in
        let request = try input.decode(PutInput.self, operation: "PutRecord")
        return OperationOutput(members: try await putRecord(request, context))
      },
      .hot("PutRecords", attempt: fast.putRecords) { input, context in
        let request = try input.decode(PutManyInput.self, operation: "PutRecords")
        return OperationOutput(members: try await putRecords(request, context))
      },
    ]
  }

  struct PutInput: Decodable, Sendable, StreamReference {
    var StreamName: String?
    var StreamARN: String?
    var Data: Base64Blob
    var PartitionKey: String
    var ExplicitHashKey: String?
    var SequenceNumberForOrdering: String?
  }

  struct Entry: Decodable, Sendable {
    var Data: Base64Blob
    var PartitionKey: String
    var ExplicitHashKey: String?
  }

  struct PutManyInput: Decodable, Sendable, StreamReference {
    var StreamName: String?
    var StreamARN: String?
    var Records: [Entry]
  }

  private func putRecord(_ input: PutInput, _ context: RequestContext) async throws -> PropertyValue
  {
    let entry = Entry(
      Data: input.Data, PartitionKey: input.PartitionKey, ExplicitHashKey: input.ExplicitHashKey)
    try Self.checkSizes([("data", entry)])
    if let sequence = input.SequenceNumberForOrdering, SequenceNumber(sequence) == nil {
      throw KinesisError.invalid(
        "ExclusiveMinimumSequenceNumber \(sequence) used in PutRecord on stream "
          + "\(input.StreamName ?? input.StreamARN ?? "") is invalid.")
    }
    // A shard that a split has closed since the lookup refuses; the next lookup finds its child.
    for _ in 0..<3 {
      let stream = try catalog.resolve(input, context)
      let (shard, batch) = try Self.batch(entry, stream)
      do throws(ServiceError) {
        let receipt = try await shard.log.append(batch, at: catalog.environment.effects.clock.now)
        let sequence = shard.sequence(ofIndex: receipt.firstIndex, arrival: receipt.timestamp)
        return ["ShardId": .string(shard.id), "SequenceNumber": .string(sequence.text)]
      } catch {
        if error == RecordLog.sealed { continue }
        guard error.code == "ResourceNotFoundException" else { throw error }
        throw KinesisError.streamNotFound(stream.model.name, stream.scope)
      }
    }
    throw ServiceError(
      "ResourceInUseException", "The stream is being resharded; the record was not written.")
  }

  func putRecords(_ input: PutManyInput, _ context: RequestContext) async throws
    -> PropertyValue
  {
    try Self.checkSizes(
      input.Records.enumerated().map { ("records.\($0.offset + 1).member.data", $0.element) })
    let total = input.Records.reduce(0) { $0 + $1.Data.bytes.count + $1.PartitionKey.utf8.count }
    guard total <= Self.callBytesMax else {
      throw KinesisError.invalid("Records size exceeds 10 MB limit.")
    }
    let stream = try catalog.resolve(input, context)
    var round = PutRound(stream: stream, count: input.Records.count)
    for entry in input.Records {
      let position = stream.position(for: try Self.hashKey(entry))
      round.add(at: position, reserving: 0) { Self.write(entry, into: &$0) }
    }
    let now = catalog.environment.effects.clock.now
    let bytes = await withCheckedContinuation { waiter in
      round.append(at: now) { waiter.resume(returning: $0) }
    }
    return try JSONReader.read(bytes)
  }

  /// The model allows the 10 MiB that a stream may be set to; streams here have the usual 1 MiB.
  private static func checkSizes(_ entries: [(place: String, entry: Entry)]) throws(ServiceError) {
    let violations = entries.compactMap { place, entry -> String? in
      let count = entry.Data.bytes.count
      guard count > StoredRecord.bytesMax else { return nil }
      return
        "Value 'java.nio.HeapByteBuffer[pos=0 lim=\(count) cap=\(count)]' at '\(place)' failed "
        + "to satisfy constraint: Member must have length less than or equal to "
        + "\(StoredRecord.bytesMax)"
    }
    guard !violations.isEmpty else { return }
    let noun = violations.count == 1 ? "error" : "errors"
    throw .validation(
      "\(violations.count) validation \(noun) detected: \(violations.joined(separator: "; "))")
  }

  private static func hashKey(_ entry: Entry) throws(ServiceError) -> HashKey {
    if let text = entry.ExplicitHashKey {
      guard let key = HashKey(decimal: text) else {
        throw KinesisError.invalid(
          "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "
            + "Specified value was \(text)")
      }
      return key
    }
    return Array(entry.PartitionKey.utf8).withUnsafeBytes { HashKey(partitionKey: $0) }
  }

  private static func batch(_ entry: Entry, _ stream: StreamRuntime) throws(ServiceError)
    -> (ShardRuntime, RecordBatch)
  {
    let shard = stream.shard(for: try hashKey(entry))
    var batch = RecordBatch()
    _ = write(entry, into: &batch)
    return (shard, batch)
  }

  private static func write(_ entry: Entry, into batch: inout RecordBatch) -> Bool {
    let key = Array(entry.PartitionKey.utf8)
    let count = StoredRecord.byteCount(keyBytes: key.count, dataBytes: entry.Data.bytes.count)
    return batch.append(upTo: count) { target in
      let offset = key.withUnsafeBytes { StoredRecord.write(key: $0, to: target) }
      UnsafeMutableRawBufferPointer(rebasing: target[offset...]).copyBytes(from: entry.Data.bytes)
      return count
    }
  }
}
