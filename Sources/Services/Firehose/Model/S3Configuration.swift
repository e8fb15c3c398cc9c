import AWSModel
import Diagnostics
import PropertyTree

/// The destination of a delivery stream: the members of `ExtendedS3DestinationConfiguration`, under
/// their AWS names, because the API, templates and the stored model all speak it.
struct S3Configuration: Codable, Sendable, Hashable {
  struct Hints: Codable, Sendable, Hashable {
    var SizeInMBs: Int?
    var IntervalInSeconds: Int?
  }

  struct Encryption: Codable, Sendable, Hashable { var NoEncryptionConfig: String? }

  struct Logging: Codable, Sendable, Hashable {
    var Enabled: Bool?
    var LogGroupName: String?
    var LogStreamName: String?
  }

  struct Parameter: Codable, Sendable, Hashable {
    var ParameterName: String
    var ParameterValue: String
  }

  struct Processor: Codable, Sendable, Hashable {
    var `Type`: String
    var Parameters: [Parameter]?

    subscript(name: String) -> String? {
      Parameters?.first { $0.ParameterName == name }?.ParameterValue
    }
  }

  struct Processing: Codable, Sendable, Hashable {
    var Enabled: Bool?
    var Processors: [Processor]?
  }

  /// Conversion to columns. Kept while it is switched off; anything else is refused.
  struct FormatConversion: Codable, Sendable, Hashable {
    var Enabled: Bool?
    var InputFormatConfiguration: PropertyValue?
    var OutputFormatConfiguration: PropertyValue?
    var SchemaConfiguration: PropertyValue?
  }

  /// Prefixes from the records. Kept while it is switched off; anything else is refused.
  struct DynamicPartitioning: Codable, Sendable, Hashable {
    struct Retries: Codable, Sendable, Hashable { var DurationInSeconds: Int? }

    var Enabled: Bool?
    var RetryOptions: Retries?
  }

  var RoleARN: String?
  var BucketARN: String?
  var Prefix: String?
  var ErrorOutputPrefix: String?
  var BufferingHints: Hints?
  var CompressionFormat: String?
  var EncryptionConfiguration: Encryption?
  var CloudWatchLoggingOptions: Logging?
  var ProcessingConfiguration: Processing?
  var S3BackupMode: String?
  var FileExtension: String?
  var CustomTimeZone: String?
  var DataFormatConversionConfiguration: FormatConversion?
  var DynamicPartitioningConfiguration: DynamicPartitioning?

  static let sizeMBsDefault = 5
  static let intervalSecondsDefault = 300

  var sizeBytes: Int { (BufferingHints?.SizeInMBs ?? Self.sizeMBsDefault) << 20 }
  var intervalSeconds: Int { BufferingHints?.IntervalInSeconds ?? Self.intervalSecondsDefault }
  var isGzip: Bool { CompressionFormat == "GZIP" }

  /// The ending of delivered objects' names; empty where nothing is asked for.
  var objectExtension: String {
    if let given = FileExtension, !given.isEmpty { return given }
    return isGzip ? ".gz" : ""
  }

  var bucket: String {
    BucketARN.flatMap { ARN(parsing: $0)?.resource } ?? ""
  }

  /// The Lambda processor, where processing is on.
  var lambda: LambdaProcessor? {
    guard ProcessingConfiguration?.Enabled == true,
      let processor = ProcessingConfiguration?.Processors?.first(where: { $0.Type == "Lambda" }),
      let function = processor["LambdaArn"]
    else { return nil }
    return LambdaProcessor(
      function: function, retries: processor["NumberOfRetries"].flatMap { Int($0) } ?? 3,
      bufferBytes: processor["BufferSizeInMBs"].flatMap { Double($0) }
        .map { Int($0 * Double(1 << 20)) } ?? 1 << 20)
  }

  /// This one with what `update` gives.
  func updated(by update: S3Configuration) -> S3Configuration {
    var new = self
    if let value = update.RoleARN { new.RoleARN = value }
    if let value = update.BucketARN { new.BucketARN = value }
    if let value = update.Prefix { new.Prefix = value }
    if let value = update.ErrorOutputPrefix { new.ErrorOutputPrefix = value }
    if let value = update.BufferingHints {
      var hints = new.BufferingHints ?? .init()
      if let size = value.SizeInMBs { hints.SizeInMBs = size }
      if let interval = value.IntervalInSeconds { hints.IntervalInSeconds = interval }
      new.BufferingHints = hints
    }
    if let value = update.CompressionFormat { new.CompressionFormat = value }
    if let value = update.EncryptionConfiguration { new.EncryptionConfiguration = value }
    if let value = update.CloudWatchLoggingOptions { new.CloudWatchLoggingOptions = value }
    if let value = update.ProcessingConfiguration { new.ProcessingConfiguration = value }
    if let value = update.S3BackupMode { new.S3BackupMode = value }
    if let value = update.FileExtension { new.FileExtension = value }
    if let value = update.CustomTimeZone { new.CustomTimeZone = value }
    if let value = update.DataFormatConversionConfiguration {
      new.DataFormatConversionConfiguration = value
    }
    if let value = update.DynamicPartitioningConfiguration {
      new.DynamicPartitioningConfiguration = value
    }
    return new
  }

  /// As DescribeDeliveryStream shows it: defaults filled in.
  var described: S3Configuration {
    var shown = self
    shown.BufferingHints = .init(
      SizeInMBs: sizeBytes >> 20, IntervalInSeconds: intervalSeconds)
    shown.CompressionFormat = CompressionFormat ?? "UNCOMPRESSED"
    shown.EncryptionConfiguration =
      EncryptionConfiguration
      ?? .init(
        NoEncryptionConfig: "NoEncryption")
    shown.CloudWatchLoggingOptions = CloudWatchLoggingOptions ?? .init(Enabled: false)
    shown.S3BackupMode = S3BackupMode ?? "Disabled"
    shown.Prefix = Prefix ?? ""
    return shown
  }

  /// The members that `S3DestinationDescription` shares.
  var plain: S3Configuration {
    var shown = self
    shown.ProcessingConfiguration = nil
    shown.S3BackupMode = nil
    shown.FileExtension = nil
    shown.CustomTimeZone = nil
    shown.DataFormatConversionConfiguration = nil
    shown.DynamicPartitioningConfiguration = nil
    return shown
  }
}

/// The function that transforms records before delivery.
struct LambdaProcessor: Sendable, Hashable {
  /// Name or ARN.
  var function: String
  var retries: Int
  /// The most raw data that one invocation takes, in bytes.
  var bufferBytes: Int
}
