import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// The fast way for the two put operations: JSON bytes are scanned in place and the base64 data is
/// decoded straight into the log's frames. Whatever is unusual or wrong is left, untouched, to the
/// thorough way.
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
struct HotPut: Sendable {
  let catalog: StreamCatalog

  private struct Entry {
    var data: Range<Int>?
    var key: Range<Int>?
    var hash: Range<Int>?

    /// Takes one member; false for one that it does not know, or sees twice.
    mutating func take(_ name: Range<Int>, _ scanner: inout PlainJSONScanner) -> Bool {
      if scanner.matches(name, "Data"), data == nil {
        data = scanner.rawString()
        return data != nil
      }
      if scanner.matches(name, "PartitionKey"), key == nil {
        key = scanner.plainText()
        return key.map { (1...256).contains($0.count) } ?? false
      }
      if scanner.matches(name, "ExplicitHashKey"), hash == nil {
        hash = scanner.plainText()
        return hash != nil
      }
      return false
    }
  }

  private func hashKey(
    _ entry: Entry, _ key: UnsafeBufferPointer<UInt8>, _ scanner: PlainJSONScanner
  ) -> HashKey? {
    if let hash = entry.hash { return HashKey(decimal: scanner.text(hash)) }
    return HashKey(partitionKey: UnsafeRawBufferPointer(key))
  }

  /// Decodes one record into a batch; false when the data is not base64 or too long.
  private static func write(
    key: UnsafeBufferPointer<UInt8>, data: UnsafeBufferPointer<UInt8>, bytesMax: Int,
    into batch: inout RecordBatch
  ) -> Bool {
    let room = Base64.decodedCountMax(data.count)
    guard room <= bytesMax + 3 else { return false }
    return batch.append(
      upTo: StoredRecord.byteCount(keyBytes: key.count, dataBytes: room)
    ) { target in
      let offset = StoredRecord.write(key: UnsafeRawBufferPointer(key), to: target)
      let rest = UnsafeMutableRawBufferPointer(rebasing: target[offset...])
      guard let count = Base64.decode(data, into: rest), count <= bytesMax else {
        return nil
      }
      return offset + count
    }
  }

  /// A stream whose records go where their keys say, at any rate.
  private func find(_ name: String, _ context: RequestContext) -> StreamRuntime? {
    guard !catalog.environment.throttles else { return nil }
    do {
      let stream = try catalog.find(name, in: context.scope)
      return stream?.model.isDistributed == true ? nil : stream
    } catch { return nil }  // the thorough way reports it
  }

  // MARK: PutRecord

  /// A record on its way.
  private struct Found {
    var stream: StreamRuntime
    var shard: ShardRuntime
    var batch: RecordBatch
  }

  func putRecord(
    _ request: [UInt8], _ context: RequestContext, _ reply: HotReply,
    _ thorough: @escaping @Sendable () -> Void
  ) -> Bool {
    guard var found = request.withUnsafeBufferPointer({ scan($0, context) }) else {
      return false
    }
    let (stream, shard) = (found.stream, found.shard)
    shard.log.append(taking: &found.batch, at: catalog.environment.effects.clock.now) { result in
      guard case .success(let receipt) = result else {
        // Nothing was written: the thorough way tries again or finds the words.
        return thorough()
      }
      var out: [UInt8] = []
      out.reserveCapacity(136)
      out.append(contentsOf: #"{"ShardId":""#.utf8)
      out.append(contentsOf: shard.id.utf8)
      out.append(contentsOf: #"","SequenceNumber":""#.utf8)
      shard.sequence(ofIndex: receipt.firstIndex, arrival: receipt.timestamp).write(into: &out)
      out.append(
        contentsOf: (stream.model.encryptionKeyID == nil
          ? #""}"# : #"","EncryptionType":"KMS"}"#).utf8)
      reply(.success(out))
    }
    return true
  }

  private func scan(_ bytes: UnsafeBufferPointer<UInt8>, _ context: RequestContext)
    -> Found?
  {
    var scanner = PlainJSONScanner(bytes)
    var entry = Entry()
    var name: Range<Int>?
    let isPlain = scanner.object { scanner, key in
      if scanner.matches(key, "StreamName"), name == nil {
        name = scanner.plainText()
        return name != nil
      }
      return entry.take(key, &scanner)
    }
    guard isPlain, scanner.isAtEnd(), let name, let data = entry.data, let key = entry.key,
      let stream = find(scanner.text(name), context)
    else { return nil }
    let keyBytes = scanner.slice(key)
    guard let hash = hashKey(entry, keyBytes, scanner) else { return nil }
    var batch = RecordBatch()
    let isWritten = Self.write(
      key: keyBytes, data: scanner.slice(data), bytesMax: stream.model.recordBytesMax,
      into: &batch)
    guard isWritten else { return nil }
    let shard = stream.openShard(stream.position(for: hash))
    return Found(stream: stream, shard: shard, batch: batch)
  }

  // MARK: PutRecords

  func putRecords(
    _ request: [UInt8], _ context: RequestContext, _ reply: HotReply,
    _ thorough: @escaping @Sendable () -> Void
  ) -> Bool {
    guard var round = request.withUnsafeBufferPointer({ scanMany($0, context) }) else {
      return false
    }
    round.append(at: catalog.environment.effects.clock.now) { reply(.success($0)) }
    return true
  }

  private func scanMany(_ bytes: UnsafeBufferPointer<UInt8>, _ context: RequestContext) -> PutRound?
  {
    var scanner = PlainJSONScanner(bytes)
    var entries: [Entry] = []
    var name: Range<Int>?
    let isPlain = scanner.object { scanner, key in
      if scanner.matches(key, "StreamName"), name == nil {
        name = scanner.plainText()
        return name != nil
      }
      guard scanner.matches(key, "Records"), entries.isEmpty else { return false }
      entries.reserveCapacity(PutOperations.recordsMax)
      return scanner.list { scanner in
        var entry = Entry()
        guard entries.count < PutOperations.recordsMax,
          scanner.object({ scanner, key in entry.take(key, &scanner) }), entry.data != nil,
          entry.key != nil
        else { return false }
        entries.append(entry)
        return true
      }
    }
    guard isPlain, scanner.isAtEnd(), !entries.isEmpty, let name,
      let stream = find(scanner.text(name), context)
    else { return nil }
    return gather(entries, stream, scanner, requestBytes: bytes.count)
  }

  private func gather(
    _ entries: [Entry], _ stream: StreamRuntime, _ scanner: PlainJSONScanner, requestBytes: Int
  ) -> PutRound? {
    var round = PutRound(stream: stream, count: entries.count)
    var total = 0
    let reserve = requestBytes / stream.openCount
    let bytesMax = stream.model.recordBytesMax
    for entry in entries {
      guard let key = entry.key, let data = entry.data else { return nil }
      let keyBytes = scanner.slice(key)
      guard let hash = hashKey(entry, keyBytes, scanner) else { return nil }
      total += key.count + data.count / 4 * 3
      let isWritten = round.add(at: stream.position(for: hash), reserving: reserve) {
        Self.write(key: keyBytes, data: scanner.slice(data), bytesMax: bytesMax, into: &$0)
      }
      guard isWritten, total <= PutOperations.callBytesMax else { return nil }
    }
    return round
  }
}
