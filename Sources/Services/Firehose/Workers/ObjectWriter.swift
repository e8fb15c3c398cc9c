import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// An object to be written, with its name, before any byte is on disk.
struct ObjectDraft: Sendable {
  var bucket: String
  var bytes: [UInt8]
  var key: String
  var compression = Compression.none
  var kmsKeyARN: String?
  /// True for the records of a delivery, which a COPY may load.
  var holdsRecords = false

  var description: ObjectDescription {
    ObjectDescription(
      key: key, contentType: "application/octet-stream",
      contentEncoding: compression.contentEncoding, kmsKeyARN: kmsKeyARN)
  }
}

/// An object whose bytes are on disk under a name of their own.
struct PreparedObject: Sendable {
  var staged: StagedObject
  var description: ObjectDescription
  var holdsRecords = false
}

/// Names the objects of a delivery stream, packs and stages them.
struct ObjectWriter: Sendable {
  let model: DeliveryStreamModel
  let scope: Scope
  let effects: Effects
  let capabilities: Capabilities

  /// All of them or none: what is staged when one fails is abandoned.
  func stage(_ drafts: [ObjectDraft]) throws -> [PreparedObject] {
    let sink = try capabilities.require(.objects)
    var objects: [PreparedObject] = []
    do {
      for draft in drafts {
        let stream = try ObjectStream(draft.bucket, draft.compression, sink, scope)
        do { try stream.append(draft.bytes) } catch {
          stream.abandon()
          throw error
        }
        objects.append(
          PreparedObject(
            staged: try stream.finish(draft.key), description: draft.description,
            holdsRecords: draft.holdsRecords))
      }
    } catch {
      for object in objects { sink.abandon(object.staged) }
      throw error
    }
    return objects
  }

  /// Begins an object.
  func stream(_ bucket: String, _ compression: Compression) throws -> ObjectStream {
    try ObjectStream(bucket, compression, try capabilities.require(.objects), scope)
  }

  // MARK: Drafts

  /// An object of delivered records.
  ///
  /// Throws for a key that no bucket takes, which waiting does not change.
  func draft(
    _ bytes: [UInt8], in settings: S3Configuration, arrival: Timestamp,
    keys: [PartitionKey: String] = [:]
  ) throws(ServiceError) -> ObjectDraft {
    ObjectDraft(
      bucket: settings.bucket, bytes: bytes,
      key: try key(settings, arrival, errorType: nil, keys: keys),
      compression: settings.CompressionFormat.flatMap { Compression(rawValue: $0) } ?? .none,
      kmsKeyARN: settings.EncryptionConfiguration?.KMSEncryptionConfig?.AWSKMSKeyARN)
  }

  /// An object a reason for what could not be delivered. The lines stay readable: only delivered
  /// records are packed.
  func drafts(_ failed: [FailedRecord], in settings: S3Configuration) -> [ObjectDraft] {
    var prefixes: [String?] = []
    for prefix in failed.map(\.prefix) where !prefixes.contains(prefix) { prefixes.append(prefix) }
    return prefixes.flatMap { prefix in
      var settings = settings
      if let prefix { settings.ErrorOutputPrefix = prefix }
      return drafts(failed.filter { $0.prefix == prefix }, with: settings)
    }
  }

  private func drafts(_ failed: [FailedRecord], with settings: S3Configuration) -> [ObjectDraft] {
    ErrorOutput.allCases.compactMap { output -> ObjectDraft? in
      let records = failed.filter { $0.output == output }
      guard let arrival = records.map(\.record.arrival).min() else { return nil }
      var lines: [UInt8] = []
      for record in records { record.writeLine(into: &lines) }
      return draft(errors: lines, output, in: settings, arrival: arrival)
    }
  }

  /// The objects that no COPY has loaded, in the form that COPY takes.
  func manifest(_ objects: [LoadQueue.Object], in settings: S3Configuration, at moment: Timestamp)
    -> ObjectDraft
  {
    let entries: [PropertyValue] = objects.map {
      ["url": .string("s3://\($0.bucket)/\($0.key)"), "mandatory": true]
    }
    return ObjectDraft(
      bucket: settings.bucket, bytes: JSONWriter.bytes(["entries": .list(entries)]),
      key: errorKey(settings, moment, .copyManifests),
      kmsKeyARN: settings.EncryptionConfiguration?.KMSEncryptionConfig?.AWSKMSKeyARN)
  }

  /// An object of lines that tell of failed records.
  func draft(
    errors lines: [UInt8], _ output: ErrorOutput, in settings: S3Configuration, arrival: Timestamp
  ) -> ObjectDraft {
    ObjectDraft(
      bucket: settings.bucket, bytes: lines, key: errorKey(settings, arrival, output),
      kmsKeyARN: settings.EncryptionConfiguration?.KMSEncryptionConfig?.AWSKMSKeyARN)
  }

  // MARK: Names

  /// `<prefix><stream>-<version>-<yyyy-MM-dd-HH-mm-ss>-<uuid><extension>`
  private func key(
    _ settings: S3Configuration, _ arrival: Timestamp, errorType: ErrorOutput?,
    keys: [PartitionKey: String] = [:]
  ) throws(ServiceError) -> String {
    let prefix = errorType == nil ? settings.Prefix : settings.ErrorOutputPrefix ?? settings.Prefix
    let local = try local(arrival, settings)
    let key: String
    do throws(ConfigurationFault.Reason) {
      let pattern = try KeyPattern(prefix ?? "", isError: errorType != nil)
      let start = pattern.evaluate(local, errorType: errorType, keys: keys, random: effects.random)
      key = start + name(local) + (errorType == nil ? settings.objectExtension : "")
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
  private func errorKey(_ settings: S3Configuration, _ arrival: Timestamp, _ type: ErrorOutput)
    -> String
  {
    do throws(ServiceError) { return try key(settings, arrival, errorType: type) } catch {
      return "\(type.rawValue)/\(arrival.hourPath)/\(name(arrival))"
    }
  }

  private func local(_ arrival: Timestamp, _ settings: S3Configuration) throws(ServiceError)
    -> Timestamp
  {
    guard let zone = settings.CustomTimeZone else { return arrival }
    guard let rules = TimeZoneRules.named(zone, effects.files) else {
      throw FirehoseError.unknownZone(zone)
    }
    return rules.local(arrival)
  }

  private func name(_ arrival: Timestamp) -> String {
    let fields = arrival.iso8601.prefix(19).map { $0 == "T" || $0 == ":" ? "-" : $0 }
    return "\(model.name)-\(model.version)-\(String(fields))-\(effects.random.uuid())"
  }
}

/// A delivery that is tried again, with the code by which its error log tells of it.
struct DeliveryFailure: Error {
  var code: String
  var message: String

  init(code: String, message: String) { (self.code, self.message) = (code, message) }

  /// - Parameter place: what refused it: `S3`.
  init(_ error: any Error, at place: String) {
    if let known = error as? DeliveryFailure {
      self = known
      return
    }
    let fault = error as? ServiceError
    code = "\(place).\(fault?.code ?? "InternalError")"
    message = fault?.message ?? "\(error)"
  }
}
