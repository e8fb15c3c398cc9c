import PropertyTree

/// https://docs.aws.amazon.com/firehose/latest/APIReference/API_AmazonOpenSearchServerlessDestinationConfiguration.html
enum OpenSearchServerless: SearchEngine {
  static let member = "AmazonOpenSearchServerlessDestination"
  static let output = ErrorOutput.openSearch
  static let errorPrefix = "OS"
}

/// A collection of OpenSearch Serverless: a cluster without rotation, types and ids of documents.
struct ServerlessConfiguration: RemoteConfiguration {
  var RoleARN: String?
  var CollectionEndpoint: String?
  var IndexName: String?
  var BufferingHints: BufferingHints?
  var RetryOptions: RetryOptions?
  var S3BackupMode: String?
  var S3Configuration: PlainS3Configuration?
  var ProcessingConfiguration: ProcessingConfiguration?
  var CloudWatchLoggingOptions: ErrorLogging?

  static let member = OpenSearchServerless.member
  static let secret: [String]? = nil
  static let hintDefaults = SearchConfiguration<OpenSearchServerless>.hintDefaults
  static let backupModes = SearchConfiguration<OpenSearchServerless>.backupModes

  var output: ErrorOutput { OpenSearchServerless.output }
  var place: String { CollectionEndpoint ?? "" }

  /// The same as a cluster: a collection gives ids itself, and some kinds refuse others.
  var cluster: SearchConfiguration<OpenSearchServerless> {
    SearchConfiguration(
      RoleARN: RoleARN, ClusterEndpoint: CollectionEndpoint, IndexName: IndexName,
      IndexRotationPeriod: "NoRotation", BufferingHints: BufferingHints,
      DocumentIdOptions: DocumentIDs(DefaultDocumentIdFormat: "NO_DOCUMENT_ID"))
  }

  func ownFaults(at path: PropertyPath) -> [ConfigurationFault] {
    let endpoint = path.appending("CollectionEndpoint")
    return urlFaults(CollectionEndpoint, "CollectionEndpoint", endpoint)
      + cluster.ownFaults(at: path).filter { $0.path != path.appending("ClusterEndpoint") }
  }
}
