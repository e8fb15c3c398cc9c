import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// PutRecord and PutRecordBatch, each with a fast way in for plain requests.
/// https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
struct DeliveryPutOperations: Sendable {
  static let recordBytesMax = 1000 << 10
  static let recordsMax = 500
  static let callBytesMax = 4 << 20

  let catalog: DeliveryCatalog
  let worker: DeliveryWorker

  var all: [Operation] {
    [
      .hot("PutRecord", attempt: attemptOne) { input, context in
        let request = try input.decode(PutInput.self, operation: "PutRecord")
        return OperationOutput(members: try await putRecord(request, context))
      },
      .hot("PutRecordBatch", attempt: attemptMany) { input, context in
        let request = try input.decode(BatchInput.self, operation: "PutRecordBatch")
        return OperationOutput(members: try await putBatch(request, context))
      },
    ]
  }

  // MARK: The thorough way

  struct Entry: Decodable, Sendable { var Data: Base64Blob }

  struct PutInput: Decodable, Sendable {
    var DeliveryStreamName: String
    var Record: Entry
  }

  struct BatchInput: Decodable, Sendable {
    var DeliveryStreamName: String
    var Records: [Entry]
  }

  private func putRecord(_ input: PutInput, _ context: RequestContext) async throws -> PropertyValue
  {
    let bytes = try await put(
      [input.Record], to: input.DeliveryStreamName, context, Self.answerOne)
    return try JSONReader.read(bytes)
  }

  func putBatch(_ input: BatchInput, _ context: RequestContext) async throws
    -> PropertyValue
  {
    let bytes = try await put(
      input.Records, to: input.DeliveryStreamName, context, Self.answerMany)
    return try JSONReader.read(bytes)
  }

  private func put(
    _ entries: [Entry], to name: String, _ context: RequestContext,
    _ answer: @escaping @Sendable (DeliveryRuntime, UInt64, Int) -> [UInt8]
  ) async throws -> [UInt8] {
    guard entries.reduce(0, { $0 + $1.Data.bytes.count }) <= Self.callBytesMax else {
      throw FirehoseError.invalid("Records size exceeds 4 MB limit")
    }
    let runtime = try catalog.require(name, in: context.scope)
    guard runtime.model.type == .directPut else {
      throw FirehoseError.invalid(
        "This operation is not permitted on KinesisStreamAsSource delivery stream type.")
    }
    var batch = RecordBatch()
    for entry in entries { batch.append(entry.Data.bytes) }
    let result = await withCheckedContinuation { waiter in
      append(batch, to: runtime) { waiter.resume(returning: $0) }
    }
    switch result {
    case .success(let first): return answer(runtime, first, entries.count)
    case .failure(let error):
      guard error.code == "ResourceNotFoundException" else { throw error }
      throw FirehoseError.notFound(name, context.scope)
    }
  }

  /// Appends durably, counts what waits, and sees to the delivery; answers the first index.
  private func append(
    _ batch: consuming RecordBatch, to runtime: DeliveryRuntime,
    _ done: @escaping @Sendable (Result<UInt64, ServiceError>) -> Void
  ) {
    let count = batch.count
    let bytes = batch.payloadByteCount
    runtime.log.append(taking: &batch, at: catalog.environment.effects.clock.now) {
      [worker] result in
      switch result {
      case .success(let receipt):
        runtime.add(records: count, bytes: bytes, arrival: receipt.timestamp)
        worker.arm(runtime)
        done(.success(receipt.firstIndex))
      case .failure(let error): done(.failure(error))
      }
    }
  }

  // MARK: The fast way

  private func attemptOne(
    _ request: [UInt8], _ context: RequestContext, _ reply: HotReply,
    _ thorough: @escaping @Sendable () -> Void
  ) -> Bool {
    guard let (runtime, batch) = request.withUnsafeBufferPointer({ scan($0, "Record", context) })
    else { return false }
    append(batch, to: runtime) { result in
      guard case .success(let first) = result else { return thorough() }
      reply(.success(Self.answerOne(runtime, first, 1)))
    }
    return true
  }

  private func attemptMany(
    _ request: [UInt8], _ context: RequestContext, _ reply: HotReply,
    _ thorough: @escaping @Sendable () -> Void
  ) -> Bool {
    guard let (runtime, batch) = request.withUnsafeBufferPointer({ scan($0, "Records", context) })
    else { return false }
    let count = batch.count
    append(batch, to: runtime) { result in
      guard case .success(let first) = result else { return thorough() }
      reply(.success(Self.answerMany(runtime, first, count)))
    }
    return true
  }

  /// Reads a plain request; `member` is `Record` (one object) or `Records` (a list of them).
  private func scan(
    _ bytes: UnsafeBufferPointer<UInt8>, _ member: StaticString, _ context: RequestContext
  ) -> (DeliveryRuntime, RecordBatch)? {
    var scanner = PlainJSONScanner(bytes)
    var name: Range<Int>?
    var batch: RecordBatch?
    let isMany = member.utf8CodeUnitCount == 7
    let isPlain = scanner.object { scanner, key in
      if scanner.matches(key, "DeliveryStreamName"), name == nil {
        name = scanner.plainText()
        return name != nil
      }
      guard scanner.matches(key, member), batch == nil else { return false }
      var records = RecordBatch(reservingBytes: bytes.count)
      let isRead =
        isMany
        ? scanner.list { records.count < Self.recordsMax && Self.take(&$0, into: &records) }
        : Self.take(&scanner, into: &records)
      batch = records
      return isRead
    }
    guard isPlain, scanner.isAtEnd(), let name, let batch, !batch.isEmpty,
      batch.payloadByteCount <= Self.callBytesMax
    else { return nil }
    // A failure to look it up is reported by the thorough way.
    guard let runtime = try? catalog.find(scanner.text(name), in: context.scope),
      runtime.model.type == .directPut
    else { return nil }
    return (runtime, batch)
  }

  private static func take(_ scanner: inout PlainJSONScanner, into batch: inout RecordBatch) -> Bool
  {
    var data: Range<Int>?
    let isPlain = scanner.object { scanner, key in
      guard scanner.matches(key, "Data"), data == nil else { return false }
      data = scanner.rawString()
      return data != nil
    }
    guard isPlain, let data else { return false }
    let room = Base64.decodedCountMax(data.count)
    guard room <= recordBytesMax + 3 else { return false }
    let source = scanner.slice(data)
    return batch.append(upTo: room) { target in
      guard let count = Base64.decode(source, into: target), count <= recordBytesMax else {
        return nil
      }
      return count
    }
  }

  // MARK: Answers

  private static func writeID(_ runtime: DeliveryRuntime, _ index: UInt64, into out: inout [UInt8])
  {
    out.append(contentsOf: #"{"RecordId":""#.utf8)
    out.append(contentsOf: runtime.storageID.utf8)
    out.append(UInt8(ascii: "/"))
    let digits = String(index)
    out.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 20 - digits.utf8.count))
    out.append(contentsOf: digits.utf8)
    out.append(UInt8(ascii: "\""))
  }

  @Sendable private static func answerOne(_ runtime: DeliveryRuntime, _ first: UInt64, _ count: Int)
    -> [UInt8]
  {
    var out: [UInt8] = []
    out.reserveCapacity(96)
    writeID(runtime, first, into: &out)
    let isEncrypted = runtime.isEncrypted
    out.append(contentsOf: #","Encrypted":\#(isEncrypted)}"#.utf8)
    return out
  }

  @Sendable private static func answerMany(
    _ runtime: DeliveryRuntime, _ first: UInt64, _ count: Int
  ) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(count * 56 + 64)
    let isEncrypted = runtime.isEncrypted
    out.append(
      contentsOf: #"{"FailedPutCount":0,"Encrypted":\#(isEncrypted),"RequestResponses":["#.utf8)
    for number in 0..<count {
      if number > 0 { out.append(UInt8(ascii: ",")) }
      writeID(runtime, first + UInt64(number), into: &out)
      out.append(UInt8(ascii: "}"))
    }
    out.append(contentsOf: "]}".utf8)
    return out
  }
}
