import AWSModel
import Effects
import ServiceKit

/// A delivery stream as it is stored.
struct DeliveryStreamModel: Codable, Sendable, Hashable {
  var name: String
  /// Names the buffer's folder; new for every creation.
  var storageID: String
  var created: Timestamp
  var updated: Timestamp?
  /// Grows with every change of the destination; part of object names.
  var version: Int
  var type: DeliveryStreamType
  var source: KinesisSource?
  /// The bucket: the destination itself, or the place for what a server has not taken.
  var destination: S3Configuration
  /// The server that records go to; nil where the bucket is the destination.
  var remote: RemoteDestination?
  /// nil where waiting records are not encrypted.
  var encryption: StreamEncryption?
  var throughputHintMBs: Int?
  var tags: [Tag]

  static let destinationID = "destinationId-000000000001"

  func arn(in scope: Scope) -> String {
    ARN("firehose", scope, "deliverystream/\(name)").description
  }
}

extension DeliveryStreamModel {
  var sizeBytes: Int { remote.map { $0.configuration.sizeMBs << 20 } ?? destination.sizeBytes }
  var intervalSeconds: Int { remote?.configuration.intervalSeconds ?? destination.intervalSeconds }

  /// The processors, where processing is on.
  var processors: ProcessorChain {
    guard let remote else { return destination.processors }
    let processing = remote.configuration.ProcessingConfiguration
    var chain = ProcessorChain(processing?.Enabled == true ? processing : nil)
    if let bytes = Swift.type(of: remote.configuration).functionBufferBytesDefault,
      processing?.processor("Lambda")?["BufferSizeInMBs"] == nil
    {
      chain.lambda?.bufferBytes = bytes
    }
    return chain
  }

  /// The server that records are sent to; nil where they go to the bucket, be it on their way.
  var server: RemoteDestination? { remote.flatMap { $0.isStaged ? nil : $0 } }

  /// The prefix by which records are parted; nil where they are not.
  var partitionPattern: KeyPattern? {
    get throws(ServiceError) { server == nil ? try destination.partitionPattern : nil }
  }

  /// The keys by whose values records are parted.
  var partitionKeys: [PartitionKey] {
    get throws(ServiceError) { try partitionPattern?.partitionKeys ?? [] }
  }

  /// True where all records are kept as they came, beside their delivery.
  var keepsSource: Bool { server?.configuration.keepsAll ?? (destination.backup != nil) }

  /// The bucket for records as they came.
  var backupBucket: S3Configuration {
    if server != nil { return destination }
    return destination.S3BackupConfiguration?.extended ?? destination
  }

  var logging: ErrorLogging? {
    remote.map { $0.configuration.CloudWatchLoggingOptions } ?? destination.CloudWatchLoggingOptions
  }

  /// The destination, as the error log names it.
  var place: String { remote?.configuration.place ?? destination.BucketARN ?? "" }
}

enum DeliveryStreamType: String, Codable, Sendable, Hashable {
  case directPut = "DirectPut"
  case kinesisStream = "KinesisStreamAsSource"
}

struct KinesisSource: Codable, Sendable, Hashable {
  var KinesisStreamARN: String
  var RoleARN: String
}

/// The progress of a delivery stream: written in the transaction that makes the objects, so no
/// record is lost or delivered twice.
struct DeliveryCheckpoint: Codable, Sendable, Hashable {
  var storageID: String
  /// DirectPut: the first record of the buffer that is not processed yet.
  var consumed: UInt64 = 0
  /// A stream as the source: the next position by the stream's identity and the shard's id.
  var positions: [String: UInt64] = [:]
  /// Progress with processed records; nil where none ever waited.
  var processed: DeliveryProgress?

  /// The position in the input alone.
  var position: DeliveryCheckpoint {
    var position = self
    position.processed = nil
    return position
  }
}

/// The progress with records that wait in `ProcessedBuffers`. The position in the input is that of
/// the last piece there, where pieces came after the checkpoint was written.
struct DeliveryProgress: Codable, Sendable, Hashable {
  /// One past the last frame that the checkpoint's position counts in.
  var through: UInt64 = 0
  /// The first frame that is not delivered.
  var floor: UInt64 = 0
  /// By place, the frame before which everything is delivered, where that is beyond `floor`.
  var delivered: [String: UInt64]?
}

enum FirehoseError {
  static func notFound(_ name: String, _ scope: Scope) -> ServiceError {
    ServiceError(
      "ResourceNotFoundException", "Firehose \(name) under account \(scope.account) not found.")
  }

  static func exists(_ name: String, _ scope: Scope) -> ServiceError {
    ServiceError(
      "ResourceInUseException", "Firehose \(name) under accountId \(scope.account) already exists")
  }

  static func unknownZone(_ zone: String) -> ServiceError {
    ServiceError("InvalidArgumentException", unknownZoneText(zone))
  }

  static func unknownZoneText(_ zone: String) -> String {
    "CustomTimeZone \(zone) is no time zone that this machine knows (\(TimeZoneRules.directory))"
  }

  static func invalid(_ message: String) -> ServiceError {
    ServiceError("InvalidArgumentException", message)
  }
}
