import Effects
import PropertyTree

/// A kind of cluster: the two differ in names alone.
protocol SearchEngine {
  /// The name of the destination's block.
  static var member: String { get }
  static var output: ErrorOutput { get }
  /// The beginning of error codes.
  static var errorPrefix: String { get }
}

/// https://docs.aws.amazon.com/firehose/latest/APIReference/API_AmazonopensearchserviceDestinationConfiguration.html
enum OpenSearch: SearchEngine {
  static let member = "AmazonopensearchserviceDestination"
  static let output = ErrorOutput.openSearch
  static let errorPrefix = "OS"
}

/// https://docs.aws.amazon.com/firehose/latest/APIReference/API_ElasticsearchDestinationConfiguration.html
enum Elasticsearch: SearchEngine {
  static let member = "ElasticsearchDestination"
  static let output = ErrorOutput.elasticsearch
  static let errorPrefix = "ES"
}

/// The way in which documents get their ids.
struct DocumentIDs: Codable, Sendable, Hashable { var DefaultDocumentIdFormat: String? }

/// A cluster that indexes records as documents.
struct SearchConfiguration<Engine: SearchEngine>: RemoteConfiguration {
  var RoleARN: String?
  var ClusterEndpoint: String?
  var IndexName: String?
  var TypeName: String?
  var IndexRotationPeriod: String?
  var BufferingHints: BufferingHints?
  var RetryOptions: RetryOptions?
  var S3BackupMode: String?
  var S3Configuration: PlainS3Configuration?
  var ProcessingConfiguration: ProcessingConfiguration?
  var CloudWatchLoggingOptions: ErrorLogging?
  var DocumentIdOptions: DocumentIDs?

  static var member: String { Engine.member }
  static var secret: [String]? { nil }
  static var hintDefaults: Firehose.BufferingHints {
    Firehose.BufferingHints(SizeInMBs: 5, IntervalInSeconds: 300)
  }
  static var backupModes: (all: String, failed: String) { ("AllDocuments", "FailedDocumentsOnly") }

  var output: ErrorOutput { Engine.output }
  var place: String { ClusterEndpoint ?? "" }

  /// True where each document has an id that stays when it is sent again.
  var givesIDs: Bool { DocumentIdOptions?.DefaultDocumentIdFormat != "NO_DOCUMENT_ID" }

  /// The index for records that arrived at a moment.
  func index(_ arrival: Timestamp) -> String {
    let name = IndexName ?? ""
    let fields = UTCFields(arrival)
    func pad(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let month = "\(fields.year)-\(pad(fields.month))"
    switch IndexRotationPeriod ?? "OneDay" {
    case "OneHour": return "\(name)-\(month)-\(pad(fields.day))-\(pad(fields.hour))"
    case "OneDay": return "\(name)-\(month)-\(pad(fields.day))"
    case "OneWeek":
      let (year, week) = Self.week(arrival)
      return "\(name)-\(year)-w\(pad(week))"
    case "OneMonth": return "\(name)-\(month)"
    default: return name
    }
  }

  /// ISO 8601's week: the first one has the year's first Thursday.
  private static func week(_ moment: Timestamp) -> (year: Int, week: Int) {
    let dayOfWeek = (UTCFields(moment).weekday + 6) % 7
    let thursday = moment.adding(seconds: (3 - dayOfWeek) * 86_400)
    let year = UTCFields(thursday).year
    let newYear = Timestamp(year: year, month: 1, day: 1)
    return (year, Int((thursday.milliseconds - newYear.milliseconds) / 86_400_000) / 7 + 1)
  }

  func ownFaults(at path: PropertyPath) -> [ConfigurationFault] {
    var found = urlFaults(ClusterEndpoint, "ClusterEndpoint", path.appending("ClusterEndpoint"))
    func fault(_ member: String, _ message: String) {
      found.append(.init(path: path.appending(member), message: message))
    }
    if RoleARN == nil { fault("RoleARN", "RoleARN must be given") }
    if IndexName?.isEmpty ?? true {
      fault("IndexName", "IndexName must be given")
    } else if let name = IndexName, !Self.isIndexName(name) {
      fault("IndexName", "\(name) is no name of an index: lowercase letters, digits, - and _ only")
    }
    let periods = ["NoRotation", "OneHour", "OneDay", "OneWeek", "OneMonth"]
    if let period = IndexRotationPeriod, !periods.contains(period) {
      fault(
        "IndexRotationPeriod",
        "IndexRotationPeriod must be one of \(periods.joined(separator: ", ")), not \(period)")
    }
    let formats = ["FIREHOSE_DEFAULT", "NO_DOCUMENT_ID"]
    if let format = DocumentIdOptions?.DefaultDocumentIdFormat, !formats.contains(format) {
      fault(
        "DocumentIdOptions",
        "DefaultDocumentIdFormat must be one of \(formats.joined(separator: ", ")), not \(format)")
    }
    return found + hintFaults(BufferingHints, path, sizesMB: 1...100)
  }

  private static func isIndexName(_ name: String) -> Bool {
    name.first.map { !"-_+".contains($0) } == true
      && name.unicodeScalars.allSatisfy {
        ("a"..."z").contains($0) || ("0"..."9").contains($0) || "-_.".unicodeScalars.contains($0)
      }
  }
}

extension RemoteConfiguration {
  /// Everything that is wrong with it, in order.
  func faults(at path: PropertyPath = PropertyPath(), streamName: String? = nil)
    -> [ConfigurationFault]
  {
    var found = ownFaults(at: path) + loggingFaults(CloudWatchLoggingOptions, path)
    found += ProcessingConfiguration?.faults(at: path.appending("ProcessingConfiguration")) ?? []
    if !Self.extractsMetadata, ProcessingConfiguration?.processor("MetadataExtraction") != nil {
      found.append(
        .init(
          path: path.appending("ProcessingConfiguration"),
          message: "A MetadataExtraction processor needs dynamic partitioning, which belongs to "
            + "ExtendedS3DestinationConfiguration"))
    }
    if let seconds = RetryOptions?.DurationInSeconds, !(0...7200).contains(seconds) {
      found.append(
        .init(
          path: path.appending("RetryOptions").appending("DurationInSeconds"),
          message: "DurationInSeconds must be between 0 and 7200, not \(seconds)", isShape: true))
    }
    let modes = [Self.backupModes.all, Self.backupModes.failed]
    if let mode = S3BackupMode, !modes.contains(mode) {
      found.append(
        .init(
          path: path.appending("S3BackupMode"),
          message: "S3BackupMode must be \(modes.joined(separator: " or ")), not \(mode)"))
    }
    let bucket = path.appending("S3Configuration")
    guard let settings = S3Configuration else {
      return found + [.init(path: bucket, message: "S3Configuration must be given")]
    }
    return found + settings.faults(at: bucket, streamName: streamName)
  }
}
