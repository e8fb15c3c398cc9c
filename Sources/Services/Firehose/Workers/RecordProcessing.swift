import AWSModel
import Archives
import Effects
import PropertyTree
import ServiceKit

/// Takes records through the processors of a delivery stream.
struct RecordProcessing: Sendable {
  /// The most that one record may hold when it is unpacked; Firehose names no bound of its own.
  static let unpackedBytesMax = 64 << 20

  let chain: ProcessorChain
  let model: DeliveryStreamModel
  let scope: Scope
  let effects: Effects
  let capabilities: Capabilities

  func process(_ records: [BufferedRecord]) async throws -> ProcessedRecords {
    var result = ProcessedRecords(ready: records.map { DeliveryItem($0) })
    if chain.isEmpty { return result }
    if chain.unpacks { step(&result, unpack) }
    if chain.extractsMessages { step(&result, extractMessages) }
    if let separation = chain.separation {
      step(&result) { (item) throws(Failure) in try separate(item, separation) }
    }
    if let transformer = try transformer {
      let outcome = try await transformer.transform(result.ready, source: model.source)
      result.ready = outcome.ready
      result.failed += outcome.failed
    }
    if let query = chain.keyQuery {
      let extraction = try KeyExtraction(query)
      step(&result) { (item) throws(Failure) in [try extraction.applied(to: item)] }
    }
    delimit(&result)
    return result
  }

  /// nil where no function takes part.
  var transformer: RecordTransformer? {
    get throws {
      try chain.lambda.map { lambda in
        RecordTransformer(
          lambda: lambda, deliveryStreamARN: model.arn(in: scope), scope: scope,
          effects: effects, functions: try capabilities.require(.functions))
      }
    }
  }

  func delimit(_ result: inout ProcessedRecords) {
    guard !chain.delimiter.isEmpty else { return }
    for index in result.ready.indices { result.ready[index].payload += chain.delimiter }
  }

  /// The reason why a record can't go on.
  struct Failure: Error {
    var output = ErrorOutput.processing
    var code: String
    var message: String
  }

  private func step(
    _ result: inout ProcessedRecords,
    _ body: (DeliveryItem) throws(Failure) -> [DeliveryItem]
  ) {
    var ready: [DeliveryItem] = []
    ready.reserveCapacity(result.ready.count)
    for item in result.ready {
      do throws(Failure) { ready += try body(item) } catch {
        result.failed.append(
          FailedRecord(
            record: item.record, output: error.output, code: error.code, message: error.message,
            ended: effects.clock.now))
      }
    }
    result.ready = ready
  }

  /// The error output keeps the packed record.
  private func unpack(_ item: DeliveryItem) throws(Failure) -> [DeliveryItem] {
    guard let bytes = Gzip.decompress(item.payload, countMax: Self.unpackedBytesMax) else {
      throw Failure(
        output: .unpacking, code: "Decompression.InvalidGzip",
        message:
          "The record can't be decompressed: it is not in gzip's form, or it holds more than "
          + "64 MiB.")
    }
    var item = item
    item.payload = bytes
    return [item]
  }

  /// The messages of a subscription's record, a line each; control messages hold none.
  ///
  /// https://docs.aws.amazon.com/firehose/latest/dev/Message_extraction.html
  private func extractMessages(_ item: DeliveryItem) throws(Failure) -> [DeliveryItem] {
    guard let events = Self.tree(item.payload)?["logEvents"]?.listValue else {
      throw Failure(
        output: .unpacking, code: "CloudWatchLogProcessing.InvalidRecord",
        message: "The record does not hold log events as CloudWatch Logs sends them.")
    }
    var lines: [UInt8] = []
    for event in events {
      guard let message = event["message"]?.stringValue else { continue }
      lines += Array(message.utf8)
      if !message.hasSuffix("\n") { lines.append(0x0A) }
    }
    guard !lines.isEmpty else { return [] }
    var item = item
    item.payload = lines
    return [item]
  }

  private static func tree(_ bytes: [UInt8]) -> PropertyValue? {
    do throws(JSONReader.Failure) { return try JSONReader.read(bytes) } catch { return nil }
  }

  private func separate(_ item: DeliveryItem, _ separation: ProcessorChain.Separation)
    throws(Failure) -> [DeliveryItem]
  {
    let parts: [ArraySlice<UInt8>]
    switch separation {
    case .json:
      guard let objects = RecordSeparation.objects(item.payload) else {
        throw Failure(
          code: "RecordDeAggregation.InvalidJson",
          message: "The record does not hold JSON objects, one behind the other.")
      }
      parts = objects
    case .delimiter(let bytes): parts = RecordSeparation.pieces(item.payload, bytes)
    }
    guard parts.count <= RecordSeparation.partsMax else {
      throw Failure(
        code: "RecordDeAggregation.TooManyRecords",
        message: "The record holds \(parts.count) records, and at most "
          + "\(RecordSeparation.partsMax) are taken apart.")
    }
    return parts.enumerated().map { number, part in
      var record = item.record
      record.payload = Array(part)
      record.identity = .known(BufferedRecord.id(item.record.id, part: number))
      return DeliveryItem(record)
    }
  }
}
