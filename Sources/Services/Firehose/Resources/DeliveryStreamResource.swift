import AWSModel
import PropertyTree
import ServiceKit
import ResourceModel

/// `AWS::KinesisFirehose::DeliveryStream`.
struct DeliveryStreamResource: ResourceHandler {
  let catalog: DeliveryCatalog

  private static let shared = [
    "RoleARN", "BucketARN", "Prefix", "ErrorOutputPrefix", "BufferingHints",
    "BufferingHints.SizeInMBs", "BufferingHints.IntervalInSeconds", "CompressionFormat",
    "EncryptionConfiguration", "EncryptionConfiguration.NoEncryptionConfig",
    "CloudWatchLoggingOptions", "CloudWatchLoggingOptions.Enabled",
    "CloudWatchLoggingOptions.LogGroupName", "CloudWatchLoggingOptions.LogStreamName",
  ]

  private static let extended =
    shared + [
      "S3BackupMode", "FileExtension", "CustomTimeZone", "ProcessingConfiguration",
      "ProcessingConfiguration.Enabled", "ProcessingConfiguration.Processors",
      "ProcessingConfiguration.Processors.Type", "ProcessingConfiguration.Processors.Parameters",
      "ProcessingConfiguration.Processors.Parameters.ParameterName",
      "ProcessingConfiguration.Processors.Parameters.ParameterValue",
    ]

  private static let supported: Set<String> = {
    var paths: Set<String> = [
      "DeliveryStreamName", "DeliveryStreamType", "Tags", "Tags.Key", "Tags.Value",
      "KinesisStreamSourceConfiguration", "KinesisStreamSourceConfiguration.KinesisStreamARN",
      "KinesisStreamSourceConfiguration.RoleARN", "ExtendedS3DestinationConfiguration",
      "S3DestinationConfiguration",
    ]
    paths.formUnion(extended.map { "ExtendedS3DestinationConfiguration.\($0)" })
    paths.formUnion(shared.map { "S3DestinationConfiguration.\($0)" })
    return paths
  }()

  let schema = ResourceSchema(
    type: "AWS::KinesisFirehose::DeliveryStream",
    naming: NamingRule(property: "DeliveryStreamName", lengthMax: 64),
    createOnly: ["DeliveryStreamName", "DeliveryStreamType", "KinesisStreamSourceConfiguration"],
    supported: Self.supported, attributes: ["Arn"])

  func identity(physicalID: String, properties: PropertyValue, in environment: StackEnvironment)
    -> ResourceIdentity
  {
    let arn = ARN("firehose", environment.scope, "deliverystream/\(physicalID)").description
    return ResourceIdentity(
      physicalID: physicalID, reference: .string(physicalID), attributes: ["Arn": .string(arn)])
  }

  private func specification(_ properties: PropertyValue) throws(ServiceError)
    -> DeliverySpecification
  {
    do {
      return try TreeDecoder().decode(DeliverySpecification.self, from: properties)
    } catch { throw .validation("The properties can't be read: \(error)") }
  }

  func check(_ properties: PropertyValue) -> [PropertyIssue] {
    // A reference that only the deployment resolves would look like a malformed ARN.
    if properties.containsUnknown { return [] }
    do throws(ServiceError) {
      return try specification(properties).faults().map { fault in
        fault.isUnsupported
          ? PropertyIssue(
            .unsupportedValue, at: fault.path, "Leat does not support \(fault.message)")
          : PropertyIssue(.invalidPropertyValue, at: fault.path, fault.message)
      }
    } catch { return [PropertyIssue(.invalidPropertyValue, at: PropertyPath(), error.message)] }
  }

  func create(_ request: ResourceRequest, in transaction: Transaction) throws {
    let specification = try specification(request.properties)
    try specification.validate()
    try specification.create(
      request.physicalID, in: catalog, request.scope, at: request.now, transaction)
  }

  func update(_ request: ResourceRequest, in transaction: Transaction) throws {
    let specification = try specification(request.properties)
    try specification.validate()
    guard var model = try catalog.get(request.physicalID, in: request.scope, transaction) else {
      throw FirehoseError.notFound(request.physicalID, request.scope)
    }
    guard
      let destination = specification.ExtendedS3DestinationConfiguration
        ?? specification.S3DestinationConfiguration
    else { throw FirehoseError.invalid("Exactly one destination configuration must be given") }
    if destination != model.destination { try model.update(destination, at: request.now) }
    model.tags = (specification.Tags ?? []).sorted { $0.Key < $1.Key }
    try catalog.put(model, in: request.scope, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    try catalog.delete(request.physicalID, in: request.scope, transaction)
  }

  func contents(_ request: ResourceRequest, in transaction: Transaction) throws -> ResourceContents
  {
    guard let stream = try catalog.find(request.physicalID, in: request.scope),
      stream.model.type == .directPut
    else { return ResourceContents() }
    let count = stream.waiting.records
    return ResourceContents(
      losses: count == 0 ? [] : ["\(count) buffered record\(count == 1 ? "" : "s")"])
  }

  func exists(_ request: ResourceRequest, in transaction: Transaction) throws -> Bool {
    try catalog.get(request.physicalID, in: request.scope, transaction) != nil
  }
}
