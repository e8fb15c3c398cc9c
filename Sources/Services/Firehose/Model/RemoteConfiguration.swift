import PropertyTree

/// A destination that is a server: its configuration under AWS's names.
protocol RemoteConfiguration: Codable, Sendable, Hashable {
  /// The name of its block, as in `<name>Configuration`, `<name>Update`, `<name>Description`.
  static var member: String { get }
  /// The reason under which records go to the error output.
  var output: ErrorOutput { get }
  /// The member that is sealed where it is kept, by its path.
  static var secret: [String]? { get }
  /// True where no answer shows it.
  static var hidesSecret: Bool { get }
  /// The buffer where no hints are given.
  static var hintDefaults: BufferingHints { get }
  /// The buffer before the function where no size is given; nil for the one of most destinations.
  static var functionBufferBytesDefault: Int? { get }
  /// The mode of backup in which all records go to the bucket, and the other one.
  static var backupModes: (all: String, failed: String) { get }

  var BufferingHints: BufferingHints? { get }
  var CloudWatchLoggingOptions: ErrorLogging? { get }
  var ProcessingConfiguration: ProcessingConfiguration? { get }
  var RetryOptions: RetryOptions? { get }
  var S3BackupMode: String? { get }
  var S3Configuration: PlainS3Configuration? { get }
  var SecretsManagerConfiguration: SecretReference? { get }
  /// The members for buckets, with their names in an update.
  static var buckets: [(update: String, member: String)] { get }

  /// The server, as the error log names it.
  var place: String { get }
  /// The bucket, with what goes along with it.
  var objects: S3Configuration { get }

  /// True where a MetadataExtraction processor has something to say.
  static var extractsMetadata: Bool { get }
  /// The members of a secret that stand for credentials, in words.
  static var secretMembers: String { get }
  /// This one with the credentials of a secret; nil where the secret does not hold them.
  func with(secret: PropertyValue) -> Self?
  /// Brings a tree of the members into the form of a description, where it has one of its own.
  func show(in tree: inout PropertyObject) throws

  /// Faults of the members that only this one has, in order.
  func ownFaults(at path: PropertyPath) -> [ConfigurationFault]
}

extension RemoteConfiguration {
  static var retrySecondsDefault: Int { 300 }
  static var hidesSecret: Bool { true }
  static var functionBufferBytesDefault: Int? { nil }
  static var buckets: [(update: String, member: String)] { [("S3Update", "S3Configuration")] }
  static var secretMembers: String { "" }
  static var extractsMetadata: Bool { false }

  var SecretsManagerConfiguration: SecretReference? { nil }
  var objects: S3Configuration { (S3Configuration ?? PlainS3Configuration()).extended }

  func with(secret: PropertyValue) -> Self? { nil }
  func show(in tree: inout PropertyObject) {}

  var sizeMBs: Int { BufferingHints?.SizeInMBs ?? Self.hintDefaults.SizeInMBs ?? 5 }
  var intervalSeconds: Int {
    BufferingHints?.IntervalInSeconds ?? Self.hintDefaults.IntervalInSeconds ?? 300
  }
  var retrySeconds: Int { RetryOptions?.DurationInSeconds ?? Self.retrySecondsDefault }
  var keepsAll: Bool { S3BackupMode == Self.backupModes.all }
}

/// A destination that is a server, whichever it is.
enum RemoteDestination: Sendable, Hashable {
  case httpEndpoint(HTTPEndpointConfiguration)
  case splunk(SplunkConfiguration)
  case openSearch(SearchConfiguration<OpenSearch>)
  case elasticsearch(SearchConfiguration<Elasticsearch>)
  case serverless(ServerlessConfiguration)
  case redshift(RedshiftConfiguration)
  case iceberg(IcebergConfiguration)

  var configuration: any RemoteConfiguration {
    switch self {
    case .httpEndpoint(let configuration): configuration
    case .splunk(let configuration): configuration
    case .openSearch(let configuration): configuration
    case .elasticsearch(let configuration): configuration
    case .serverless(let configuration): configuration
    case .redshift(let configuration): configuration
    case .iceberg(let configuration): configuration
    }
  }

  /// The name of its block, without what it is used for.
  var member: String { type(of: configuration).member }

  /// The bucket for what could not be delivered, or for everything.
  var objects: S3Configuration { configuration.objects }

  /// True where records go to the bucket first, as to a bucket by itself.
  var isStaged: Bool { if case .redshift = self { true } else { false } }

  /// This one with another configuration of its kind; nil for one of another kind.
  func replaced(by tree: PropertyValue) throws -> RemoteDestination {
    let decoder = TreeDecoder()
    return switch self {
    case .httpEndpoint:
      .httpEndpoint(try decoder.decode(HTTPEndpointConfiguration.self, from: tree))
    case .splunk: .splunk(try decoder.decode(SplunkConfiguration.self, from: tree))
    case .openSearch:
      .openSearch(try decoder.decode(SearchConfiguration<OpenSearch>.self, from: tree))
    case .elasticsearch:
      .elasticsearch(try decoder.decode(SearchConfiguration<Elasticsearch>.self, from: tree))
    case .serverless: .serverless(try decoder.decode(ServerlessConfiguration.self, from: tree))
    case .redshift: .redshift(try decoder.decode(RedshiftConfiguration.self, from: tree))
    case .iceberg: .iceberg(try decoder.decode(IcebergConfiguration.self, from: tree))
    }
  }

  /// The configuration as a tree, in the order of its members.
  var tree: PropertyObject {
    get throws {
      try TreeEncoder().encode(configuration).objectValue ?? [:]
    }
  }

  /// This one with what an update gives: a block replaces a block, hints and the bucket's members
  /// each by itself.
  func updated(by update: PropertyObject) throws -> RemoteDestination {
    let buckets = type(of: configuration).buckets
    var tree = try tree
    for (name, value) in update {
      let known = buckets.first { $0.update == name }?.member ?? name
      guard known == "BufferingHints" || buckets.contains(where: { $0.member == known }) else {
        tree[known] = value
        continue
      }
      var inner = tree[known]?.objectValue ?? [:]
      for (member, value) in value.objectValue ?? [:] { inner[member] = value }
      tree[known] = .object(inner)
    }
    return try replaced(by: .object(tree))
  }

  /// As DescribeDeliveryStream shows it: defaults filled in, the secret where AWS shows it.
  var description: PropertyObject {
    get throws {
      let configuration = configuration
      let kind = type(of: configuration)
      var shown = try tree
      shown["S3Configuration"] = nil
      if let secret = kind.secret, kind.hidesSecret { Self.remove(secret[...], from: &shown) }
      shown["BufferingHints"] = [
        "IntervalInSeconds": .int(Int64(configuration.intervalSeconds)),
        "SizeInMBs": .int(Int64(configuration.sizeMBs)),
      ]
      shown["RetryOptions"] = ["DurationInSeconds": .int(Int64(configuration.retrySeconds))]
      shown["S3BackupMode"] = .string(configuration.S3BackupMode ?? kind.backupModes.failed)
      if shown["CloudWatchLoggingOptions"] == nil {
        shown["CloudWatchLoggingOptions"] = ["Enabled": false]
      }
      shown["S3DestinationDescription"] = try TreeEncoder().encode(
        (configuration.S3Configuration ?? PlainS3Configuration()).described())
      try configuration.show(in: &shown)
      return shown
    }
  }

  private static func remove(_ path: ArraySlice<String>, from tree: inout PropertyObject) {
    guard let first = path.first else { return }
    if path.count == 1 {
      tree[first] = nil
    } else if var inner = tree[first]?.objectValue {
      remove(path.dropFirst(), from: &inner)
      tree[first] = .object(inner)
    }
  }
}

extension RemoteDestination: Codable {
  private enum Key: String, CodingKey {
    case httpEndpoint, splunk, openSearch, elasticsearch, serverless, redshift, iceberg
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    guard let key = container.allKeys.first else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "no known destination"))
    }
    switch key {
    case .httpEndpoint:
      self = .httpEndpoint(try container.decode(HTTPEndpointConfiguration.self, forKey: key))
    case .splunk: self = .splunk(try container.decode(SplunkConfiguration.self, forKey: key))
    case .openSearch:
      self = .openSearch(try container.decode(SearchConfiguration<OpenSearch>.self, forKey: key))
    case .elasticsearch:
      self = .elasticsearch(
        try container.decode(SearchConfiguration<Elasticsearch>.self, forKey: key))
    case .serverless:
      self = .serverless(try container.decode(ServerlessConfiguration.self, forKey: key))
    case .redshift:
      self = .redshift(try container.decode(RedshiftConfiguration.self, forKey: key))
    case .iceberg:
      self = .iceberg(try container.decode(IcebergConfiguration.self, forKey: key))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    switch self {
    case .httpEndpoint(let configuration):
      try container.encode(configuration, forKey: .httpEndpoint)
    case .splunk(let configuration): try container.encode(configuration, forKey: .splunk)
    case .openSearch(let configuration): try container.encode(configuration, forKey: .openSearch)
    case .elasticsearch(let configuration):
      try container.encode(configuration, forKey: .elasticsearch)
    case .serverless(let configuration): try container.encode(configuration, forKey: .serverless)
    case .redshift(let configuration): try container.encode(configuration, forKey: .redshift)
    case .iceberg(let configuration): try container.encode(configuration, forKey: .iceberg)
    }
  }
}
