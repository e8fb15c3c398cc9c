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
  var destination: S3Configuration
  var tags: [Tag]

  static let destinationID = "destinationId-000000000001"

  func arn(in scope: Scope) -> String {
    ARN("firehose", scope, "deliverystream/\(name)").description
  }
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
  /// DirectPut: the first record of the buffer that is not delivered yet.
  var consumed: UInt64 = 0
  /// A stream as the source: the next position by shard id.
  var positions: [String: UInt64] = [:]
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
