import AWSModel
import PropertyTree

/// A bucket that a delivery stream writes to: the members that all such blocks share
/// (`S3DestinationConfiguration`, `S3BackupConfiguration`, other destinations' `S3Configuration`).
struct PlainS3Configuration: Codable, Sendable, Hashable {
  var RoleARN: String?
  var BucketARN: String?
  var Prefix: String?
  var ErrorOutputPrefix: String?
  var BufferingHints: BufferingHints?
  var CompressionFormat: String?
  var EncryptionConfiguration: ObjectEncryption?
  var CloudWatchLoggingOptions: ErrorLogging?

  /// The same as a destination of its own.
  var extended: S3Configuration {
    S3Configuration(
      RoleARN: RoleARN, BucketARN: BucketARN, Prefix: Prefix,
      ErrorOutputPrefix: ErrorOutputPrefix, BufferingHints: BufferingHints,
      CompressionFormat: CompressionFormat, EncryptionConfiguration: EncryptionConfiguration,
      CloudWatchLoggingOptions: CloudWatchLoggingOptions)
  }

  var bucket: String { BucketARN.flatMap { ARN(parsing: $0)?.resource } ?? "" }

  func updated(by update: PlainS3Configuration) -> PlainS3Configuration {
    extended.updated(by: update.extended).plain
  }

  /// As DescribeDeliveryStream shows it: defaults filled in.
  func described(sizeMBs: Int = S3Configuration.sizeMBsDefault) -> PlainS3Configuration {
    var shown = self
    shown.BufferingHints = .init(
      SizeInMBs: BufferingHints?.SizeInMBs ?? sizeMBs,
      IntervalInSeconds: BufferingHints?.IntervalInSeconds
        ?? S3Configuration.intervalSecondsDefault)
    shown.CompressionFormat = CompressionFormat ?? Compression.none.rawValue
    shown.EncryptionConfiguration =
      EncryptionConfiguration ?? .init(NoEncryptionConfig: "NoEncryption")
    shown.CloudWatchLoggingOptions = CloudWatchLoggingOptions ?? .init(Enabled: false)
    shown.Prefix = Prefix ?? ""
    return shown
  }
}

/// The size and the age at which a buffer is delivered, whichever comes first.
struct BufferingHints: Codable, Sendable, Hashable {
  var SizeInMBs: Int?
  var IntervalInSeconds: Int?

  func updated(by update: BufferingHints) -> BufferingHints {
    BufferingHints(
      SizeInMBs: update.SizeInMBs ?? SizeInMBs,
      IntervalInSeconds: update.IntervalInSeconds ?? IntervalInSeconds)
  }
}

/// The encryption of delivered objects, as S3 keeps and reports it.
struct ObjectEncryption: Codable, Sendable, Hashable {
  struct KMS: Codable, Sendable, Hashable { var AWSKMSKeyARN: String }

  var NoEncryptionConfig: String?
  var KMSEncryptionConfig: KMS?
}

/// The place for delivery errors in CloudWatch Logs.
struct ErrorLogging: Codable, Sendable, Hashable {
  var Enabled: Bool?
  var LogGroupName: String?
  var LogStreamName: String?
}

/// The time for which a delivery is tried again.
struct RetryOptions: Codable, Sendable, Hashable { var DurationInSeconds: Int? }
