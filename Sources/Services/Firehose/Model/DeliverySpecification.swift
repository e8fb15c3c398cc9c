import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// Members that a delivery stream is made from, under AWS's names: the input of
/// CreateDeliveryStream and the properties of `AWS::KinesisFirehose::DeliveryStream` alike.
struct DeliverySpecification: Codable, Sendable, Hashable {
  var DeliveryStreamName: String?
  var DeliveryStreamType: String?
  var KinesisStreamSourceConfiguration: KinesisSource?
  var ExtendedS3DestinationConfiguration: S3Configuration?
  var S3DestinationConfiguration: PlainS3Configuration?
  var HttpEndpointDestinationConfiguration: HTTPEndpointConfiguration?
  var SplunkDestinationConfiguration: SplunkConfiguration?
  var AmazonopensearchserviceDestinationConfiguration: SearchConfiguration<OpenSearch>?
  var ElasticsearchDestinationConfiguration: SearchConfiguration<Elasticsearch>?
  var AmazonOpenSearchServerlessDestinationConfiguration: ServerlessConfiguration?
  var RedshiftDestinationConfiguration: RedshiftConfiguration?
  var IcebergDestinationConfiguration: IcebergConfiguration?
  var DeliveryStreamEncryptionConfigurationInput: StreamEncryptionInput?
  var DirectPutSourceConfiguration: DirectPutSource?
  var Tags: [Tag]?

  struct DirectPutSource: Codable, Sendable, Hashable { var ThroughputHintInMBs: Int }

  static let tagCountMax = 50

  private static let types = [
    "DirectPut", "KinesisStreamAsSource", "MSKAsSource", "DatabaseAsSource",
  ]

  /// The bucket of the destination, in the form that holds every member.
  var destination: S3Configuration? {
    remotes.first?.objects ?? ExtendedS3DestinationConfiguration
      ?? S3DestinationConfiguration?.extended
  }

  /// The destinations that are servers; one at most, where nothing is wrong.
  var remotes: [RemoteDestination] {
    [
      HttpEndpointDestinationConfiguration.map { .httpEndpoint($0) },
      SplunkDestinationConfiguration.map { .splunk($0) },
      AmazonopensearchserviceDestinationConfiguration.map { .openSearch($0) },
      ElasticsearchDestinationConfiguration.map { .elasticsearch($0) },
      AmazonOpenSearchServerlessDestinationConfiguration.map { .serverless($0) },
      RedshiftDestinationConfiguration.map { .redshift($0) },
      IcebergDestinationConfiguration.map { .iceberg($0) },
    ].compactMap { $0 }
  }

  /// Everything that is wrong, in order.
  ///
  /// - Parameters:
  ///   - files: where the machine's time zones are.
  ///   - writer: tells the conversions that can't be done.
  func faults(_ files: any FileSystem, _ writer: (any ColumnarWriter)?) -> [ConfigurationFault] {
    var found = sourceFaults() + destinationFaults(files, writer)
    let root = PropertyPath()
    if let fault = DeliveryStreamEncryptionConfigurationInput?.fault {
      found.append(
        .init(path: root.appending("DeliveryStreamEncryptionConfigurationInput"), message: fault))
    }
    for (index, tag) in (Tags ?? []).enumerated() where !(1...128).contains(tag.Key.utf16.count) {
      found.append(
        .init(
          path: root.appending("Tags").appending(index),
          message: "A tag's key must have 1 to 128 characters", isShape: true))
    }
    if let tags = Tags, tags.count > Self.tagCountMax {
      found.append(
        .init(path: root.appending("Tags"), message: "At most 50 tags are allowed", isShape: true))
    }
    return found
  }

  private func destinationFaults(_ files: any FileSystem, _ writer: (any ColumnarWriter)?)
    -> [ConfigurationFault]
  {
    let root = PropertyPath()
    let count =
      remotes.count + (ExtendedS3DestinationConfiguration == nil ? 0 : 1)
      + (S3DestinationConfiguration == nil ? 0 : 1)
    guard count == 1 else {
      return [.init(path: root, message: "Exactly one destination configuration must be given")]
    }
    if let remote = remotes.first?.configuration {
      let member = "\(type(of: remote).member)Configuration"
      return remote.faults(at: root.appending(member), streamName: DeliveryStreamName)
    }
    if let extended = ExtendedS3DestinationConfiguration {
      let path = root.appending("ExtendedS3DestinationConfiguration")
      return extended.faults(at: path, streamName: DeliveryStreamName)
        + extended.zoneFaults(at: path, files) + extended.conversionFaults(at: path, writer)
    }
    return S3DestinationConfiguration?.faults(
      at: root.appending("S3DestinationConfiguration"), streamName: DeliveryStreamName) ?? []
  }

  private func sourceFaults() -> [ConfigurationFault] {
    let path = PropertyPath().appending("DeliveryStreamType")
    let source = KinesisStreamSourceConfiguration
    switch DeliveryStreamType ?? "DirectPut" {
    case "DirectPut":
      guard source != nil else { return [] }
      return [
        .init(
          path: path,
          message: "KinesisStreamSourceConfiguration needs DeliveryStreamType KinesisStreamAsSource"
        )
      ]
    case "KinesisStreamAsSource":
      for (isGiven, member) in [
        (
          DeliveryStreamEncryptionConfigurationInput != nil,
          "DeliveryStreamEncryptionConfigurationInput"
        ),
        (DirectPutSourceConfiguration != nil, "DirectPutSourceConfiguration"),
      ] where isGiven {
        return [
          .init(
            path: PropertyPath().appending(member),
            message: "\(member) belongs to delivery streams of type DirectPut")
        ]
      }
      let arn = source.flatMap { ARN(parsing: $0.KinesisStreamARN) }
      if arn?.service == "kinesis", arn?.resource.hasPrefix("stream/") == true { return [] }
      return [
        .init(
          path: PropertyPath().appending("KinesisStreamSourceConfiguration"),
          message: "KinesisStreamARN must be the ARN of a stream")
      ]
    case let type where Self.types.contains(type):
      return [.init(path: path, message: "the delivery stream type \(type)", isUnsupported: true)]
    case let type:
      return [
        .init(
          path: path,
          message: "DeliveryStreamType must be one of \(Self.types.joined(separator: ", ")), "
            + "not \(type)", isShape: true)
      ]
    }
  }

  func validate(in catalog: DeliveryCatalog) throws(ServiceError) {
    if let first = faults(catalog.environment.effects.files, catalog.columnarWriter).first {
      throw first.error
    }
  }

  /// Makes the delivery stream; throws ResourceInUseException when the name is taken.
  func create(
    _ name: String, in catalog: DeliveryCatalog, _ scope: Scope, at now: Timestamp,
    _ transaction: Transaction
  ) throws {
    guard try catalog.get(name, in: scope, transaction) == nil else {
      throw FirehoseError.exists(name, scope)
    }
    guard let destination else {
      throw FirehoseError.invalid("Exactly one destination configuration must be given")
    }
    try catalog.checkConversion(of: destination, scope, transaction)
    let model = DeliveryStreamModel(
      name: name,
      storageID: catalog.environment.effects.random.text(16, from: "0123456789abcdef"),
      created: now, updated: nil, version: 1,
      type: KinesisStreamSourceConfiguration == nil ? .directPut : .kinesisStream,
      source: KinesisStreamSourceConfiguration, destination: destination,
      remote: try remotes.first?.sealed(catalog.environment.vault),
      encryption: DeliveryStreamEncryptionConfigurationInput?.encryption,
      throughputHintMBs: DirectPutSourceConfiguration?.ThroughputHintInMBs,
      tags: (Tags ?? []).sorted { $0.Key < $1.Key })
    try catalog.put(model, in: scope, transaction)
  }
}
