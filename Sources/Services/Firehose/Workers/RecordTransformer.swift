import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// Has a function transform records, in invocations of bounded size, and judges each record's
/// result.
struct RecordTransformer: Sendable {
  /// Base64 and the JSON around it must fit the 6 MB that a synchronous invocation may carry.
  private static let requestBytesMax = 6_000_000
  /// JSON around a record, with what is told of its source, and around all of them.
  private static let recordFrameBytes = 700

  let lambda: LambdaProcessor
  let deliveryStreamARN: String
  let scope: Scope
  let effects: Effects
  let functions: any FunctionInvoker

  /// The results of one invocation.
  enum Results: Sendable {
    /// Every record's, as they wait.
    case plain(FrameItems)
    case judged(ProcessedRecords)
  }

  /// - Parameter delimiter: stands behind each payload of the plain results.
  func transform(_ piece: RecordPiece, source: KinesisSource?, delimiter: [UInt8]) async throws
    -> [Results]
  {
    var results: [Results] = []
    var start = 0
    while start < piece.count {
      let rest = start..<piece.count
      let count = fitting(
        rest.lazy.map { (bytes: piece.range($0).count, hasOrigin: piece.origin($0) != nil) })
      let numbers = start..<(start + count)
      start += count
      let ids = piece.ids(numbers)
      let answer = try await invoke(event(piece, numbers, ids, source))
      if let document = answer.document,
        let items = PlainAnswer.items(document, piece, numbers, ids, delimiter: delimiter)
      {
        results.append(.plain(items))
      } else {
        var outcome = ProcessedRecords()
        judge(numbers.map { DeliveryItem(piece.record($0)) }, answer, &outcome)
        results.append(.judged(outcome))
      }
    }
    return results
  }

  func transform(_ items: [DeliveryItem], source: KinesisSource?) async throws -> ProcessedRecords {
    var outcome = ProcessedRecords()
    var rest = items[...]
    while !rest.isEmpty {
      let count = fitting(
        rest.lazy.map { (bytes: $0.payload.count, hasOrigin: $0.record.origin != nil) })
      let batch = Array(rest.prefix(count))
      judge(batch, try await invoke(event(batch, source)), &outcome)
      rest = rest.dropFirst(count)
    }
    return outcome
  }

  /// The number of records that one invocation takes: at least one.
  private func fitting(_ records: some Sequence<(bytes: Int, hasOrigin: Bool)>) -> Int {
    var (count, bytes, requestBytes) = (0, 0, Self.recordFrameBytes)
    for record in records {
      bytes += record.bytes
      requestBytes += (record.bytes + 2) / 3 * 4
      requestBytes += record.hasOrigin ? Self.recordFrameBytes : 200
      if count > 0, bytes > lambda.bufferBytes || requestBytes > Self.requestBytesMax { break }
      count += 1
    }
    return count
  }

  private func emptyEvent(_ source: KinesisSource?, _ count: Int, _ bytes: Int)
    -> TransformationEvent
  {
    TransformationEvent(
      invocationID: effects.random.uuid(), streamARN: deliveryStreamARN,
      source: source?.KinesisStreamARN, region: scope.region,
      reservingBytes: bytes / 3 * 4 + count * (source == nil ? 140 : 400) + 512)
  }

  private func event(
    _ piece: RecordPiece, _ numbers: Range<Int>, _ ids: RecordIDs, _ source: KinesisSource?
  ) -> [UInt8] {
    var event = emptyEvent(source, numbers.count, piece.bytes.count)
    piece.bytes.withUnsafeBytes { raw in
      for (place, number) in numbers.enumerated() {
        let origin = piece.origin(number)
        event.append(
          id: ids[place], piece.arrival(number),
          UnsafeRawBufferPointer(rebasing: raw[piece.range(number)]), origin?.origin,
          part: Int64(origin?.part ?? 0))
      }
    }
    event.finish()
    return event.bytes
  }

  private func event(_ items: [DeliveryItem], _ source: KinesisSource?) -> [UInt8] {
    var event = emptyEvent(source, items.count, items.reduce(0) { $0 + $1.payload.count })
    for item in items {
      let id = Array(item.record.id.utf8)
      let part = id.suffix(BufferedRecord.partDigits).reduce(0) { $0 * 10 + Int64($1 & 15) }
      item.payload.withUnsafeBytes {
        event.append(id: id[...], item.record.arrival, $0, item.record.origin, part: part)
      }
    }
    event.finish()
    return event.bytes
  }

  private struct Failure {
    var code: String
    var message: String
  }

  /// The end of an invocation and its repetitions.
  private struct Answer {
    /// nil where the function has failed.
    var document: [UInt8]?
    var failure = Failure(code: "Lambda.FunctionError", message: "")
    var attempts = 0
  }

  private func invoke(_ payload: [UInt8]) async throws -> Answer {
    var answer = Answer()
    repeat {
      answer.attempts += 1
      do {
        let result = try await functions.invoke(lambda.function, payload: payload, scope: scope)
        if result.functionError == nil {
          answer.document = result.payload
          return answer
        }
        answer.failure = Self.failure(answer: result.payload)
      } catch let error as ServiceError { answer.failure = Self.failure(error) }
    } while answer.attempts <= lambda.retries
    return answer
  }

  /// - Parameter answer: the function's error as a document.
  private static func failure(answer: [UInt8]) -> Failure {
    // An answer that is no document is an error result all the same.
    let type = (try? JSONReader.read(answer))?["errorType"]?.stringValue
    if type == "Sandbox.Timedout" {
      return Failure(
        code: "Lambda.FunctionTimedOut",
        message: "The Lambda function timed out. Increase the Timeout setting in the Lambda "
          + "function.")
    }
    return Failure(
      code: "Lambda.FunctionError",
      message: "The Lambda function was successfully invoked but it returned an error result.")
  }

  private static func failure(_ error: ServiceError) -> Failure {
    switch error.code {
    case "ResourceNotFoundException":
      Failure(
        code: "Lambda.ResourceNotFound",
        message: "The specified Lambda function does not exist. Use a different function that does "
          + "exist.")
    case "TooManyRequestsException":
      Failure(
        code: "Lambda.InvokeLimitExceeded",
        message: "The Lambda function invocation limit is exceeded. Increase the Lambda function "
          + "limit.")
    case "AccessDeniedException":
      Failure(
        code: "Lambda.InvokeAccessDenied",
        message: "Access was denied. Ensure that the access policy allows access to the Lambda "
          + "function.")
    default: Failure(code: "Lambda.\(error.code)", message: error.message)
    }
  }

  private func failed(_ item: DeliveryItem, _ attempts: Int, _ failure: Failure) -> FailedRecord {
    FailedRecord(
      record: item.record, attempts: attempts, code: failure.code, message: failure.message,
      ended: effects.clock.now, function: lambda.function)
  }

  private static let unreadable = Failure(
    code: "Lambda.JsonProcessingException",
    message: "There was an error parsing returned records from the Lambda function. Ensure that "
      + "the returned records follow the status model required by Firehose.")

  /// Sorts the records by what the function says of each. Results count by id, in the order of the
  /// records that went in.
  private func judge(
    _ items: [DeliveryItem], _ answer: Answer, _ outcome: inout ProcessedRecords
  ) {
    let attempts = answer.attempts
    guard let document = answer.document else {
      outcome.failed += items.map { failed($0, attempts, answer.failure) }
      return
    }
    let tree: PropertyValue?
    do throws(JSONReader.Failure) { tree = try JSONReader.read(document) } catch { tree = nil }
    guard let results = tree?["records"]?.listValue else {
      outcome.failed += items.map { failed($0, attempts, Self.unreadable) }
      return
    }
    var byID: [String: [PropertyValue]] = [:]
    for result in results {
      if let id = result["recordId"]?.scalarText { byID[id, default: []].append(result) }
    }
    for item in items {
      if let failure = takeResult(byID[item.record.id] ?? [], item, &outcome.ready) {
        outcome.failed.append(failed(item, attempts, failure))
      }
    }
  }

  /// Takes one record's result; returns why it failed, if it did.
  private func takeResult(
    _ found: [PropertyValue], _ item: DeliveryItem, _ ready: inout [DeliveryItem]
  ) -> Failure? {
    guard let result = found.first else {
      return Failure(
        code: "Lambda.MissingRecordId",
        message:
          "One or more record Ids were not returned. Ensure that the Lambda function returns "
          + "all received record Ids.")
    }
    guard found.count == 1 else {
      return Failure(
        code: "Lambda.DuplicatedRecordId",
        message: "Multiple records with the same record ID were returned. Ensure that the Lambda "
          + "function returns unique record IDs for each record.")
    }
    switch result["result"]?.stringValue {
    case "Ok":
      guard let text = result["data"]?.stringValue, let bytes = Base64.decodePieces(text) else {
        return Self.unreadable
      }
      var item = item
      item.payload = bytes
      for (name, value) in result["metadata"]?["partitionKeys"]?.objectValue ?? [:] {
        item.keys[PartitionKey(.lambda, name)] = value.scalarText
      }
      for (name, value) in result["metadata"]?["otfMetadata"]?.objectValue ?? [:] {
        item.tableMetadata[name] = value.scalarText
      }
      ready.append(item)
      return nil
    case "Dropped": return nil
    case "ProcessingFailed":
      return Failure(
        code: "Lambda.ProcessingFailedStatus",
        message: "ProcessingFailed status set for record.")
    default: return Self.unreadable
    }
  }
}
