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

  func transform(_ items: [DeliveryItem], source: KinesisSource?) async throws -> ProcessedRecords {
    var outcome = ProcessedRecords()
    var rest = items[...]
    while !rest.isEmpty {
      var (bytes, requestBytes) = (0, Self.recordFrameBytes)
      let count = rest.prefix { item in
        let isFirst = bytes == 0
        bytes += item.payload.count
        requestBytes += (item.payload.count + 2) / 3 * 4
        requestBytes += item.record.origin == nil ? 200 : Self.recordFrameBytes
        return isFirst || bytes <= lambda.bufferBytes && requestBytes <= Self.requestBytesMax
      }.count
      try await invoke(Array(rest.prefix(count)), source, &outcome)
      rest = rest.dropFirst(count)
    }
    return outcome
  }

  private func event(_ items: [DeliveryItem], _ source: KinesisSource?) -> [UInt8] {
    var event: PropertyObject = [
      "invocationId": .string(effects.random.uuid()),
      "deliveryStreamArn": .string(deliveryStreamARN),
    ]
    if let source { event["sourceKinesisStreamArn"] = .string(source.KinesisStreamARN) }
    event["region"] = .string(scope.region.text)
    event["records"] = .list(
      items.map { item in
        let record = item.record
        var entry: PropertyObject = [
          "recordId": .string(record.id),
          "approximateArrivalTimestamp": .int(record.arrival.milliseconds),
          "data": .string(Base64.encode(item.payload)),
        ]
        if let origin = record.origin {
          entry["kinesisRecordMetadata"] = [
            "sequenceNumber": .string(origin.sequenceNumber),
            "subsequenceNumber": .int(Int64(record.id.suffix(6)) ?? 0),
            "partitionKey": .string(origin.partitionKey), "shardId": .string(origin.shardID),
            "approximateArrivalTimestamp": .int(record.arrival.milliseconds),
          ]
        }
        return .object(entry)
      })
    return JSONWriter.bytes(.object(event))
  }

  private struct Failure {
    var code: String
    var message: String
  }

  private func invoke(
    _ items: [DeliveryItem], _ source: KinesisSource?, _ outcome: inout ProcessedRecords
  ) async throws {
    let payload = event(items, source)
    var failure = Failure(code: "Lambda.FunctionError", message: "")
    var attempts = 0
    repeat {
      attempts += 1
      do {
        let result = try await functions.invoke(lambda.function, payload: payload, scope: scope)
        if result.functionError == nil {
          return judge(items, result.payload, attempts, &outcome)
        }
        failure = Self.failure(answer: result.payload)
      } catch let error as ServiceError { failure = Self.failure(error) }
    } while attempts <= lambda.retries
    outcome.failed += items.map { failed($0, attempts, failure) }
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
    _ items: [DeliveryItem], _ answer: [UInt8], _ attempts: Int, _ outcome: inout ProcessedRecords
  ) {
    let tree: PropertyValue?
    do throws(JSONReader.Failure) { tree = try JSONReader.read(answer) } catch { tree = nil }
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
      // The table that the record belongs to, and what becomes of it there.
      for (name, value) in result["metadata"]?["otfMetadata"]?.objectValue ?? [:] {
        item.keys[PartitionKey(.lambda, name)] = value.scalarText
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
