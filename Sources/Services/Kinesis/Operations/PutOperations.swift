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
    /// Left out only where records are distributed without it.
    var PartitionKey: String?
    var ExplicitHashKey: String?
    var SequenceNumberForOrdering: String?
    var DryRun: Bool?
  }

  struct Entry: Decodable, Sendable {
    var Data: Base64Blob
    var PartitionKey: String?
    var ExplicitHashKey: String?

    var byteCount: Int { Data.bytes.count + (PartitionKey?.utf8.count ?? 0) }
  }

  struct PutManyInput: Decodable, Sendable, StreamReference {
    var StreamName: String?
    var StreamARN: String?
    var Records: [Entry]
    var DryRun: Bool?
  }

  private func putRecord(_ input: PutInput, _ context: RequestContext) async throws -> PropertyValue
  {
    let entry = Entry(
      Data: input.Data, PartitionKey: input.PartitionKey, ExplicitHashKey: input.ExplicitHashKey)
    if let sequence = input.SequenceNumberForOrdering, SequenceNumber(sequence) == nil {
      throw KinesisError.invalid(
        "ExclusiveMinimumSequenceNumber \(sequence) used in PutRecord on stream "
          + "\(input.StreamName ?? input.StreamARN ?? "") is invalid.")
    }
    // A shard that a split has closed since the lookup refuses; the next lookup finds its child.
    for attempt in 0..<3 {
      let stream = try catalog.resolve(input, context)
      try Self.check([("", entry)], for: stream)
      let shard = stream.openShard(try Self.position(of: entry, in: stream))
      if input.DryRun == true { throw KinesisError.dryRun }
      let now = catalog.environment.effects.clock.now
      if attempt == 0, let throttle = shard.throttle,
        !throttle.admitsWrite(bytes: entry.byteCount, now)
      {
        throw KinesisError.rateExceeded(shard, stream)
      }
      do throws(ServiceError) {
        let receipt = try await shard.log.append(Self.batch(entry), at: now)
        return Self.answer(stream, shard, receipt)
      } catch {
        if error == RecordLog.sealed { continue }
        guard error.code == "ResourceNotFoundException" else { throw error }
        throw KinesisError.streamNotFound(stream.model.name, stream.scope)
      }
    }
    throw ServiceError(
      "ResourceInUseException", "The stream is being resharded; the record was not written.")
  }

  private static func answer(
    _ stream: StreamRuntime, _ shard: ShardRuntime, _ receipt: RecordLog.Receipt
  ) -> PropertyValue {
    let sequence = shard.sequence(ofIndex: receipt.firstIndex, arrival: receipt.timestamp)
    var answer: PropertyObject = [
      "ShardId": .string(shard.id), "SequenceNumber": .string(sequence.text),
    ]
    if stream.model.encryptionKeyID != nil {
      answer["EncryptionType"] = .string(stream.model.encryptionType)
    }
    return .object(answer)
  }

  func putRecords(_ input: PutManyInput, _ context: RequestContext) async throws
    -> PropertyValue
  {
    let total = input.Records.reduce(0) { $0 + $1.byteCount }
    guard total <= Self.callBytesMax else {
      throw KinesisError.invalid("Records size exceeds 10 MB limit.")
    }
    let stream = try catalog.resolve(input, context)
    try Self.check(
      input.Records.enumerated().map { ("records.\($0.offset + 1).member.", $0.element) },
      for: stream)
    let positions = try input.Records.map { try Self.position(of: $0, in: stream) }
    if input.DryRun == true { throw KinesisError.dryRun }
    let now = catalog.environment.effects.clock.now
    var round = PutRound(stream: stream, count: input.Records.count)
    for (entry, position) in zip(input.Records, positions) {
      if let throttle = stream.openShard(position).throttle,
        !throttle.admitsWrite(bytes: entry.byteCount, now)
      {
        round.refuse(at: position)
        continue
      }
      round.add(at: position, reserving: 0) { Self.write(entry, into: &$0) }
    }
    let bytes = await withCheckedContinuation { waiter in
      round.append(at: now) { waiter.resume(returning: $0) }
    }
    return try JSONReader.read(bytes)
  }

  /// Bounds that are the stream's: the model allows records of 10 MiB, and none a partition key.
  private static func check(
    _ entries: [(place: String, entry: Entry)], for stream: StreamRuntime
  ) throws(ServiceError) {
    let bytesMax = stream.model.recordBytesMax
    var violations: [String] = []
    for (place, entry) in entries {
      let count = entry.Data.bytes.count
      if count > bytesMax {
        violations.append(
          "Value 'java.nio.HeapByteBuffer[pos=0 lim=\(count) cap=\(count)]' at '\(place)data' "
            + "failed to satisfy constraint: Member must have length less than or equal to "
            + "\(bytesMax)")
      }
      if entry.PartitionKey == nil, !stream.model.isDistributed {
        violations.append(
          "Value null at '\(place)partitionKey' failed to satisfy constraint: Member must not be "
            + "null")
      }
    }
    guard !violations.isEmpty else { return }
    let noun = violations.count == 1 ? "error" : "errors"
    throw .validation(
      "\(violations.count) validation \(noun) detected: \(violations.joined(separator: "; "))")
  }

  /// The place of the open shard that takes a record.
  private static func position(of entry: Entry, in stream: StreamRuntime) throws(ServiceError)
    -> Int
  {
    if stream.model.isDistributed { return stream.nextPosition() }
    if let text = entry.ExplicitHashKey {
      guard let key = HashKey(decimal: text) else {
        throw KinesisError.invalid(
          "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "
            + "Specified value was \(text)")
      }
      return stream.position(for: key)
    }
    let key = Array((entry.PartitionKey ?? "").utf8)
    return stream.position(for: key.withUnsafeBytes { HashKey(partitionKey: $0) })
  }

  private static func batch(_ entry: Entry) -> RecordBatch {
    var batch = RecordBatch()
    _ = write(entry, into: &batch)
    return batch
  }

  private static func write(_ entry: Entry, into batch: inout RecordBatch) -> Bool {
    let key = Array((entry.PartitionKey ?? "").utf8)
    let count = StoredRecord.byteCount(keyBytes: key.count, dataBytes: entry.Data.bytes.count)
    return batch.append(upTo: count) { target in
      let offset = key.withUnsafeBytes { StoredRecord.write(key: $0, to: target) }
      UnsafeMutableRawBufferPointer(rebasing: target[offset...]).copyBytes(from: entry.Data.bytes)
      return count
    }
  }
}
