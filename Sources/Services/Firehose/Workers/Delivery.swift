import AWSModel
import Archives
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

  /// The objects of one delivery.
  struct Prepared: Sendable {
    var objects: [PreparedObject] = []
    /// The reason why records went to the error output that would have been delivered otherwise.
    var refusal: ServiceError?
    /// Records that the function could not transform.
    var untransformed: [FailedRecord] = []
  }

  /// An object to be written, with its name, before any byte is on disk.
  private struct Draft {
    var bytes: [UInt8]
    var key: String
    var encoding: String?
  }

  /// The objects for these records, staged and not committed; none where every record is dropped.
  /// Whoever gets them commits or abandons them.
  ///
  /// Records that can't be named, now or ever, go to the error output, so that they are not tried
  /// again without end.
  func prepare(_ records: [BufferedRecord]) async throws -> Prepared {
    guard let oldest = records.first else { return Prepared() }
    let arrival = records.reduce(oldest.arrival) { min($0, $1.arrival) }
    let (delivered, transformed) = try await transform(records)
    var failed = transformed
    var prepared = Prepared(untransformed: transformed)
    var drafts: [Draft] = []
    if !delivered.isEmpty {
      do throws(ServiceError) {
        drafts.append(Draft(bytes: delivered, key: try key(arrival, errorType: nil)))
        if model.destination.isGzip { drafts[0].encoding = "gzip" }
      } catch {
        prepared.refusal = error
        failed = records.map {
          FailedRecord(
            record: $0, attempts: 1, code: "S3.\(error.code)", message: error.message,
            ended: effects.clock.now, function: nil)
        }
      }
    }
    if !failed.isEmpty {
      let type =
        prepared.refusal == nil ? FailedRecord.processingFailed : FailedRecord.deliveryFailed
      var lines: [UInt8] = []
      for record in failed { record.writeLine(into: &lines) }
      // Error lines stay readable: only delivered records are compressed.
      drafts.append(Draft(bytes: lines, key: errorKey(arrival, type)))
    }
    for index in drafts.indices where drafts[index].encoding == "gzip" {
      drafts[index].bytes = try Gzip.compress(drafts[index].bytes)
    }
    prepared.objects = try await stage(drafts)
    return prepared
  }

  private func transform(_ records: [BufferedRecord]) async throws
    -> (delivered: [UInt8], failed: [FailedRecord])
  {
    if let lambda = model.destination.lambda {
      let transformer = RecordTransformer(
        lambda: lambda, deliveryStreamARN: model.arn(in: scope), scope: scope, effects: effects,
        functions: try capabilities.require(.functions))
      let outcome = try await transformer.transform(records, source: model.source)
      return (outcome.payload, outcome.failed)
    }
    var delivered: [UInt8] = []
    delivered.reserveCapacity(records.reduce(0) { $0 + $1.payload.count })
    for record in records { delivered += record.payload }
    return (delivered, [])
  }

  /// All of them or none: what is staged when one fails is abandoned.
  private func stage(_ drafts: [Draft]) async throws -> [PreparedObject] {
    let sink = try capabilities.require(.objects)
    var objects: [PreparedObject] = []
    do {
      for draft in drafts {
        let staged = try await sink.stage(
          draft.bytes, bucket: model.destination.bucket, scope: scope)
        objects.append(PreparedObject(staged: staged, key: draft.key, encoding: draft.encoding))
      }
    } catch {
      for object in objects { sink.abandon(object.staged) }
      throw error
    }
    return objects
  }

  /// `<prefix><stream>-<version>-<yyyy-MM-dd-HH-mm-ss>-<uuid><extension>`
  ///
  /// Throws for a key that no bucket takes, which waiting does not change.
  func key(_ arrival: Timestamp, errorType: String?) throws(ServiceError) -> String {
    let settings = model.destination
    let prefix = errorType == nil ? settings.Prefix : settings.ErrorOutputPrefix ?? settings.Prefix
    let key: String
    do throws(ConfigurationFault.Reason) {
      let pattern = try KeyPattern(prefix ?? "", isError: errorType != nil)
      let start = pattern.evaluate(arrival, errorType: errorType, random: effects.random)
      key = start + name(arrival) + (errorType == nil ? settings.objectExtension : "")
    } catch { throw FirehoseError.invalid(error.message) }
    guard key.utf8.count <= KeyPattern.keyBytesMax else {
      throw ServiceError(
        "KeyTooLongError",
        "The key of a delivered object would have \(key.utf8.count) bytes, and at most "
          + "\(KeyPattern.keyBytesMax) are allowed. Shorten the prefix.")
    }
    guard !key.utf8.contains(0) else {
      throw FirehoseError.invalid("The prefix holds a NUL, which no key may")
    }
    return key
  }

  /// A key under the error prefix, or without it where that can't be.
  private func errorKey(_ arrival: Timestamp, _ type: String) -> String {
    do throws(ServiceError) { return try key(arrival, errorType: type) } catch {
      return "\(type)/\(arrival.hourPath)/\(name(arrival))"
    }
  }

  private func name(_ arrival: Timestamp) -> String {
    let fields = arrival.iso8601.prefix(19).map { $0 == "T" || $0 == ":" ? "-" : $0 }
    return "\(model.name)-\(model.version)-\(String(fields))-\(effects.random.uuid())"
  }
}
