import PropertyTree
import ServiceKit

/// The processors that records go through before delivery, under AWS's names.
struct ProcessingConfiguration: Codable, Sendable, Hashable {
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

  var Enabled: Bool?
  var Processors: [Processor]?

  func processor(_ type: String) -> Processor? { Processors?.first { $0.Type == type } }
}

/// The steps of processing, each as it is set, in the order in which Firehose takes them whatever
/// the configuration's order is.
///
/// https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-multirecord-deaggergation.html
struct ProcessorChain: Sendable, Hashable {
  /// Separation of what one record holds into records of their own.
  enum Separation: Sendable, Hashable {
    case json
    case delimiter([UInt8])
  }

  /// Each record is unpacked with gzip.
  var unpacks = false
  /// Records from CloudWatch Logs give their messages alone.
  var extractsMessages = false
  var separation: Separation?
  var lambda: LambdaProcessor?
  /// A jq program whose object holds the partition keys.
  var keyQuery: String?
  /// Bytes behind each record.
  var delimiter: [UInt8] = []

  /// - Parameter configuration: one that has been checked; nil where processing is off.
  init(_ configuration: ProcessingConfiguration?) {
    guard let configuration else { return }
    unpacks = configuration.processor("Decompression") != nil
    extractsMessages =
      configuration.processor("CloudWatchLogProcessing")?["DataMessageExtraction"] == "true"
    if let processor = configuration.processor("RecordDeAggregation") {
      separation = Self.separation(processor)
    }
    if let processor = configuration.processor("Lambda") {
      lambda = LambdaProcessor(processor)
    }
    keyQuery = configuration.processor("MetadataExtraction")?["MetadataExtractionQuery"]
    if let processor = configuration.processor("AppendDelimiterToRecord") {
      delimiter = Self.unescaped(processor["Delimiter"] ?? #"\n"#)
    }
  }

  /// True where a record is delivered as it came.
  var isEmpty: Bool { self == ProcessorChain(nil) }

  /// True where a function gets records as they came, and what it gives is delivered.
  var isFunctionAlone: Bool {
    lambda != nil && !unpacks && !extractsMessages && separation == nil && keyQuery == nil
  }

  private static func separation(_ processor: ProcessingConfiguration.Processor) -> Separation? {
    guard processor["SubRecordType"] == "DELIMITED" else { return .json }
    return processor["Delimiter"].flatMap { Base64.decode($0) }.map { .delimiter($0) }
  }

  /// Parameters can't be blank, so that white space is written as in a string literal.
  static func unescaped(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var isEscaped = false
    for byte in text.utf8 {
      if isEscaped {
        switch byte {
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "\\"): bytes.append(byte)
        default: bytes += [UInt8(ascii: "\\"), byte]
        }
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else {
        bytes.append(byte)
      }
    }
    if isEscaped { bytes.append(UInt8(ascii: "\\")) }
    return bytes
  }
}

/// The function that transforms records before delivery, and the buffer before it.
///
/// https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
struct LambdaProcessor: Sendable, Hashable {
  /// Name or ARN.
  var function: String
  var retries: Int
  /// The most raw data that one invocation takes, in bytes.
  var bufferBytes: Int
  /// The longest that records wait for an invocation.
  var intervalSeconds: Int

  /// nil without `LambdaArn`.
  init?(_ processor: ProcessingConfiguration.Processor) {
    guard let function = processor["LambdaArn"] else { return nil }
    self.function = function
    retries = processor["NumberOfRetries"].flatMap { Int($0) } ?? 3
    bufferBytes =
      processor["BufferSizeInMBs"].flatMap { Double($0) }.map { Int($0 * Double(1 << 20)) }
      ?? 1 << 20
    intervalSeconds = processor["BufferIntervalInSeconds"].flatMap { Int($0) } ?? 60
  }
}
