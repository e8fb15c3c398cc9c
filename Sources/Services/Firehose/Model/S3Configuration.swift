import AWSModel
import Diagnostics
import PropertyTree

/// The destination of a delivery stream: the members of `ExtendedS3DestinationConfiguration`, under
/// their AWS names, because the API, templates and the stored model all speak it.
struct S3Configuration: Codable, Sendable, Hashable {
  /// Prefixes from the records.
  struct DynamicPartitioning: Codable, Sendable, Hashable {
    var Enabled: Bool?
    var RetryOptions: RetryOptions?
  }

  var RoleARN: String?
  var BucketARN: String?
  var Prefix: String?
  var ErrorOutputPrefix: String?
  var BufferingHints: BufferingHints?
  var CompressionFormat: String?
  var EncryptionConfiguration: ObjectEncryption?
  var CloudWatchLoggingOptions: ErrorLogging?
  var ProcessingConfiguration: ProcessingConfiguration?
  var S3BackupMode: String?
  var S3BackupConfiguration: PlainS3Configuration?
  var FileExtension: String?
  var CustomTimeZone: String?
  var DataFormatConversionConfiguration: FormatConversion?
  var DynamicPartitioningConfiguration: DynamicPartitioning?

  static let sizeMBsDefault = 5
  /// Of streams that partition, where each partition fills an object of its own, or convert.
  static let largeSizeMBsDefault = 128
  static let intervalSecondsDefault = 300
  static let partitionsMax = 500

  var sizeMBs: Int {
    BufferingHints?.SizeInMBs
      ?? (partitions || conversion != nil ? Self.largeSizeMBsDefault : Self.sizeMBsDefault)
  }
  var sizeBytes: Int { sizeMBs << 20 }
  var intervalSeconds: Int { BufferingHints?.IntervalInSeconds ?? Self.intervalSecondsDefault }
  var partitions: Bool {
    DynamicPartitioningConfiguration.map { $0.Enabled != false } ?? false
  }

  /// The ending of delivered objects' names; empty where nothing is asked for.
  var objectExtension: String {
    if let given = FileExtension, !given.isEmpty { return given }
    if let conversion { return conversion.objectExtension }
    return CompressionFormat.flatMap { Compression(rawValue: $0) }?.fileExtension ?? ""
  }

  var bucket: String { plain.bucket }

  /// The processors, where processing is on.
  var processors: ProcessorChain {
    ProcessorChain(ProcessingConfiguration?.Enabled == true ? ProcessingConfiguration : nil)
  }

  /// The bucket for the records as they came; nil where they are not kept.
  var backup: PlainS3Configuration? { S3BackupMode == "Enabled" ? S3BackupConfiguration : nil }

  /// The prefix, where records are parted by it; nil where they are not.
  var partitionPattern: KeyPattern? {
    get throws(ServiceError) {
      guard partitions else { return nil }
      do throws(ConfigurationFault.Reason) {
        let pattern = try KeyPattern(Prefix ?? "", isError: false)
        return pattern.partitionKeys.isEmpty ? nil : pattern
      } catch { throw FirehoseError.invalid(error.message) }
    }
  }

  /// This one with what `update` gives.
  func updated(by update: S3Configuration) -> S3Configuration {
    var new = self
    if let value = update.RoleARN { new.RoleARN = value }
    if let value = update.BucketARN { new.BucketARN = value }
    if let value = update.Prefix { new.Prefix = value }
    if let value = update.ErrorOutputPrefix { new.ErrorOutputPrefix = value }
    if let value = update.BufferingHints {
      new.BufferingHints = new.BufferingHints?.updated(by: value) ?? value
    }
    if let value = update.CompressionFormat { new.CompressionFormat = value }
    if let value = update.EncryptionConfiguration { new.EncryptionConfiguration = value }
    if let value = update.CloudWatchLoggingOptions { new.CloudWatchLoggingOptions = value }
    if let value = update.ProcessingConfiguration { new.ProcessingConfiguration = value }
    if let value = update.S3BackupMode { new.S3BackupMode = value }
    if let value = update.S3BackupConfiguration {
      new.S3BackupConfiguration = new.S3BackupConfiguration?.updated(by: value) ?? value
    }
    if let value = update.FileExtension { new.FileExtension = value }
    if let value = update.CustomTimeZone { new.CustomTimeZone = value }
    if let value = update.DataFormatConversionConfiguration {
      new.DataFormatConversionConfiguration =
        new.DataFormatConversionConfiguration?.updated(by: value) ?? value
    }
    if let value = update.DynamicPartitioningConfiguration {
      new.DynamicPartitioningConfiguration = value
    }
    return new
  }

  /// As DescribeDeliveryStream shows it: defaults filled in.
  var described: S3Configuration {
    var shown = self
    let common = plain.described(sizeMBs: sizeMBs)
    shown.BufferingHints = common.BufferingHints
    shown.CompressionFormat = common.CompressionFormat
    shown.EncryptionConfiguration = common.EncryptionConfiguration
    shown.CloudWatchLoggingOptions = common.CloudWatchLoggingOptions
    shown.S3BackupMode = S3BackupMode ?? "Disabled"
    shown.S3BackupConfiguration = S3BackupConfiguration?.described()
    shown.Prefix = Prefix ?? ""
    return shown
  }

  /// The members that it shares with every other bucket of a delivery stream.
  var plain: PlainS3Configuration {
    PlainS3Configuration(
      RoleARN: RoleARN, BucketARN: BucketARN, Prefix: Prefix,
      ErrorOutputPrefix: ErrorOutputPrefix, BufferingHints: BufferingHints,
      CompressionFormat: CompressionFormat, EncryptionConfiguration: EncryptionConfiguration,
      CloudWatchLoggingOptions: CloudWatchLoggingOptions)
  }

  /// The members of `ExtendedS3DestinationUpdate`: as they are set, but for the backup's.
  struct Update: Decodable, Sendable {
    private enum Key: String, CodingKey { case S3BackupUpdate }

    var settings: S3Configuration

    init(from decoder: any Decoder) throws {
      settings = try S3Configuration(from: decoder)
      settings.S3BackupConfiguration = try decoder.container(keyedBy: Key.self)
        .decodeIfPresent(PlainS3Configuration.self, forKey: .S3BackupUpdate)
    }
  }
  /// The members of `ExtendedS3DestinationDescription`: as they are set, but for the backup's.
  struct Description: Encodable, Sendable {
    private enum Key: String, CodingKey { case S3BackupDescription }

    var settings: S3Configuration

    func encode(to encoder: any Encoder) throws {
      var shared = settings
      shared.S3BackupConfiguration = nil
      try shared.encode(to: encoder)
      var container = encoder.container(keyedBy: Key.self)
      try container.encodeIfPresent(
        settings.S3BackupConfiguration, forKey: .S3BackupDescription)
    }
  }
}
