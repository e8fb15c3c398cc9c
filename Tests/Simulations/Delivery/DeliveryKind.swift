import PropertyTree

/// The delivery streams that a delivery simulation chooses from, and the end that each record must
/// come to.
enum DeliveryKind: Int, CaseIterable, Sendable, CustomStringConvertible {
  /// Direct PUT, joined into objects.
  case plain
  /// A function transforms, drops and refuses; the bucket keeps all records as they came.
  case transformed
  /// A function names the partition.
  case partitioned
  /// A query names the partition; what the query can't read goes to the error output.
  case queried
  /// Records of a source stream that is split and merged.
  case sourced
  /// A source stream through a function.
  case sourcedTransformed
  /// A server that fails, and a bucket for what it does not take in time.
  case endpoint
  /// The same, with a function before and a bucket for all.
  case endpointTransformed

  var description: String { name }
  var name: String { "delivery-\(rawValue)" }
  var prefix: String { "in/\(rawValue)/" }
  var errorPrefix: String { "error/\(rawValue)/" }
  var backupPrefix: String { "backup/\(rawValue)/" }
  var url: String { "https://server.example/\(rawValue)" }

  var hasSource: Bool { self == .sourced || self == .sourcedTransformed }
  var hasFunction: Bool {
    switch self {
    case .transformed, .partitioned, .sourcedTransformed, .endpointTransformed: true
    case .plain, .queried, .sourced, .endpoint: false
    }
  }
  var hasServer: Bool { self == .endpoint || self == .endpointTransformed }
  /// True where the bucket keeps all records as they came.
  var hasBackup: Bool { self == .transformed || self == .endpointTransformed }

  /// Members of CreateDeliveryStream.
  var creation: PropertyObject {
    var members: PropertyObject = ["DeliveryStreamName": .string(name)]
    if hasSource {
      members["DeliveryStreamType"] = "KinesisStreamAsSource"
      members["KinesisStreamSourceConfiguration"] = [
        "KinesisStreamARN": "arn:aws:kinesis:us-east-1:000000000000:stream/source",
        "RoleARN": "arn:aws:iam::000000000000:role/delivery",
      ]
    }
    members[
      hasServer ? "HttpEndpointDestinationConfiguration" : "ExtendedS3DestinationConfiguration"] =
      .object(hasServer ? serverConfiguration : bucketConfiguration)
    return members
  }

  /// Members of an UpdateDestination.
  ///
  /// - Parameter form: 0 or 1.
  func change(form: Int) -> PropertyObject {
    var settings: PropertyObject = ["BufferingHints": hints(seconds: form == 0 ? 60 : 90)]
    if partitionedPrefix == nil, !hasServer {
      settings["Prefix"] = .string(prefix + (form == 0 ? "" : "later/"))
    }
    return [
      hasServer ? "HttpEndpointDestinationUpdate" : "ExtendedS3DestinationUpdate":
        .object(settings)
    ]
  }

  private func hints(seconds: Int64) -> PropertyValue {
    [
      "SizeInMBs": partitionedPrefix == nil ? 1 : 64, "IntervalInSeconds": .int(seconds),
    ]
  }

  private var bucketConfiguration: PropertyObject {
    var bucket: PropertyObject = [
      "RoleARN": "arn:aws:iam::000000000000:role/delivery", "BucketARN": "arn:aws:s3:::bucket",
      "Prefix": .string(partitionedPrefix ?? prefix), "ErrorOutputPrefix": .string(errorPrefix),
      "BufferingHints": hints(seconds: 60),
    ]
    bucket["ProcessingConfiguration"] = processing
    if partitionedPrefix != nil {
      bucket["DynamicPartitioningConfiguration"] = ["Enabled": true]
    }
    if hasBackup {
      bucket["S3BackupMode"] = "Enabled"
      bucket["S3BackupConfiguration"] = [
        "RoleARN": "arn:aws:iam::000000000000:role/delivery", "BucketARN": "arn:aws:s3:::bucket",
        "Prefix": .string(backupPrefix),
      ]
    }
    return bucket
  }

  private var partitionedPrefix: String? {
    switch self {
    case .partitioned: prefix + "!{partitionKeyFromLambda:key}/"
    case .queried: prefix + "!{partitionKeyFromQuery:key}/"
    default: nil
    }
  }

  private var processing: PropertyValue? {
    var processors: [PropertyValue] = []
    if hasFunction {
      processors.append(Self.processor("Lambda", ["LambdaArn": "function"]))
    }
    if self == .queried {
      processors.append(
        Self.processor(
          "MetadataExtraction",
          ["MetadataExtractionQuery": "{key:.key}", "JsonParsingEngine": "JQ-1.6"]))
    }
    if processors.isEmpty { return nil }
    return ["Enabled": true, "Processors": .list(processors)]
  }

  private static func processor(_ type: String, _ parameters: KeyValuePairs<String, String>)
    -> PropertyValue
  {
    [
      "Type": .string(type),
      "Parameters": .list(
        parameters.map { ["ParameterName": .string($0.key), "ParameterValue": .string($0.value)] }),
    ]
  }

  private var serverConfiguration: PropertyObject {
    var settings: PropertyObject = [
      "EndpointConfiguration": ["Url": .string(url), "Name": "server"],
      "BufferingHints": hints(seconds: 60), "RetryOptions": ["DurationInSeconds": 100],
      "S3BackupMode": hasBackup ? "AllData" : "FailedDataOnly",
      "S3Configuration": [
        "RoleARN": "arn:aws:iam::000000000000:role/delivery", "BucketARN": "arn:aws:s3:::bucket",
        "Prefix": .string(backupPrefix), "ErrorOutputPrefix": .string(errorPrefix),
      ],
    ]
    settings["ProcessingConfiguration"] = processing
    return settings
  }
}

/// A record of a delivery simulation.
struct SimulatedRecord {
  /// The end that the function, where there is one, brings a record to.
  enum Fate: Sendable {
    case delivered
    case dropped
    case refused
    /// The function says nothing of it.
    case forgotten
  }

  static func key(_ id: Int) -> String { "k\(id % 3)" }

  static func fate(_ id: Int) -> Fate {
    switch id % 11 {
    case 3: .dropped
    case 5: .refused
    case 9: .forgotten
    default: .delivered
    }
  }

  /// True where no query finds a key.
  static func isUnreadable(_ id: Int) -> Bool { id % 13 == 4 }

  static func text(_ id: Int) -> String {
    isUnreadable(id) ? "value \(id)\n" : #"{"id":\#(id),"key":"\#(key(id))"}\#n"#
  }

  /// The id of one line, whichever form it has.
  static func id(ofLine line: Substring) -> Int? {
    if line.hasPrefix("value ") { return Int(line.dropFirst(6)) }
    guard line.hasPrefix(#"{"id":"#) else { return nil }
    return Int(line.dropFirst(6).prefix { $0.isNumber })
  }

  /// Ids of records that stand one behind the other.
  static func ids(_ text: String) throws -> [Int] {
    try text.split(separator: "\n").map { line in
      guard let id = id(ofLine: line) else { throw Violation("not a record: \(line)") }
      return id
    }
  }
}
