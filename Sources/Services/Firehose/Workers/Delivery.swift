import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// Turns records into objects: transforms them, joins them, compresses, names and stages.
struct Delivery: Sendable {
  struct PreparedObject: Sendable {
    var staged: StagedObject
    var key: String
    var encoding: String?
  }

  let model: DeliveryStreamModel
  let scope: Scope
  let effects: Effects
  let capabilities: Capabilities

  /// The objects for these records, staged and not committed; none where every record is dropped.
  func prepare(_ records: [BufferedRecord]) async throws -> [PreparedObject] {
    guard let oldest = records.first else { return [] }
    let arrival = records.reduce(oldest.arrival) { min($0, $1.arrival) }
    var delivered: [UInt8] = []
    var failed: [FailedRecord] = []
    if let lambda = model.destination.lambda {
      let transformer = RecordTransformer(
        lambda: lambda, deliveryStreamARN: model.arn(in: scope), scope: scope, effects: effects,
        functions: capabilities.functions)
      let outcome = try await transformer.transform(records, source: model.source)
      delivered = outcome.payload
      failed = outcome.failed
    } else {
      delivered.reserveCapacity(records.reduce(0) { $0 + $1.payload.count })
      for record in records { delivered += record.payload }
    }
    var objects: [PreparedObject] = []
    if !delivered.isEmpty { objects.append(try await object(delivered, arrival, errorType: nil)) }
    if !failed.isEmpty {
      var lines: [UInt8] = []
      for record in failed { record.writeLine(into: &lines) }
      objects.append(try await object(lines, arrival, errorType: FailedRecord.processingFailed))
    }
    return objects
  }

  private func object(_ bytes: [UInt8], _ arrival: Timestamp, errorType: String?) async throws
    -> PreparedObject
  {
    // Error lines stay readable: only delivered records are compressed.
    let isGzip = model.destination.isGzip && errorType == nil
    let content = isGzip ? try Gzip.compress(bytes) : bytes
    let staged = try await capabilities.objects.stage(
      content, bucket: model.destination.bucket, scope: scope)
    return PreparedObject(
      staged: staged, key: try key(arrival, errorType: errorType),
      encoding: isGzip ? "gzip" : nil)
  }

  /// `<prefix><stream>-<version>-<yyyy-MM-dd-HH-mm-ss>-<uuid><extension>`
  func key(_ arrival: Timestamp, errorType: String?) throws -> String {
    let settings = model.destination
    let prefix = errorType == nil ? settings.Prefix : settings.ErrorOutputPrefix ?? settings.Prefix
    do throws(ConfigurationFault.Reason) {
      let pattern = try KeyPattern(prefix ?? "", isError: errorType != nil)
      let moment = try DatePattern("yyyy-MM-dd-HH-mm-ss").format(arrival)
      let start = pattern.evaluate(arrival, errorType: errorType, random: effects.random)
      let name = "\(model.name)-\(model.version)-\(moment)-\(effects.random.uuid())"
      return start + name + (errorType == nil ? fileExtension : "")
    } catch { throw FirehoseError.invalid(error.message) }
  }

  private var fileExtension: String {
    if let given = model.destination.FileExtension, !given.isEmpty { return given }
    return model.destination.isGzip ? ".gz" : ""
  }
}
