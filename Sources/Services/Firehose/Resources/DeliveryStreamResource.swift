import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::KinesisFirehose::DeliveryStream`.
struct DeliveryStreamResource: ResourceDefinition {
  typealias Properties = DeliverySpecification

  static let declaration = ResourceDeclaration(
    "AWS::KinesisFirehose::DeliveryStream", naming: .property("DeliveryStreamName"),
    attributes: ["Arn": "arn:aws:firehose:{region}:{account}:deliverystream/{name}"],
    writeOnly: [
      "HttpEndpointDestinationConfiguration.EndpointConfiguration.AccessKey",
      "SplunkDestinationConfiguration.HECToken", "RedshiftDestinationConfiguration.Password",
    ])

  let catalog: DeliveryCatalog
  let worker: DeliveryWorker

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    for fault in properties.faults(catalog.environment.effects.files, catalog.columnarWriter) {
      issues.append(
        fault.isUnsupported
          ? PropertyIssue(
            .unsupportedValue, at: fault.path, "Leat does not support \(fault.message)")
          : PropertyIssue(.invalidPropertyValue, at: fault.path, fault.message))
    }
  }

  /// A conversion is held against its table where the template declares it.
  func check(_ properties: PropertyValue, beside others: (ResourceType) -> [PropertyValue])
    -> [PropertyIssue]
  {
    let member = "ExtendedS3DestinationConfiguration"
    let place = "DataFormatConversionConfiguration"
    guard let value = properties[member]?[place], !value.containsUnknown,
      // Another form has been reported.
      let conversion = try? TreeDecoder().decode(FormatConversion.self, from: value),
      conversion.isEnabled, let tables = catalog.environment.capabilities()[.tables],
      let writer = catalog.columnarWriter,
      let columns = tables.columns(of: ConvertedTable.reference(conversion), declaredBy: others),
      let refusal = writer.refusal(of: conversion.layout(columns))
    else { return [] }
    return [
      PropertyIssue(
        .unsupportedValue, at: PropertyPath().appending(member).appending(place),
        "Leat does not support \(refusal)")
    ]
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let specification = step.properties
    try specification.validate(in: catalog)
    try specification.create(
      step.physicalID, in: catalog, step.scope, at: step.now, transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    guard var model = try catalog.get(step.physicalID, in: step.scope, transaction) else {
      throw FirehoseError.notFound(step.physicalID, step.scope)
    }
    guard let destination = step.properties.destination else {
      throw FirehoseError.invalid("Exactly one destination configuration must be given")
    }
    let remote = step.properties.remotes.first
    if try destination != model.destination || remote != model.remote.map(catalog.opened) {
      try model.set(destination, remote, in: catalog, step.scope, transaction)
    }
    model.encryption = step.properties.DeliveryStreamEncryptionConfigurationInput?.encryption
    model.throughputHintMBs = step.properties.DirectPutSourceConfiguration?.ThroughputHintInMBs
    model.tags = (step.properties.Tags ?? []).sorted { $0.Key < $1.Key }
    try catalog.put(model, in: step.scope, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    try catalog.delete(request.physicalID, in: request.scope, transaction)
  }

  func contents(_ request: ResourceRequest, in transaction: Transaction) throws -> ResourceContents
  {
    guard let stream = try catalog.find(request.physicalID, in: request.scope)
    else { return ResourceContents() }
    // Input from a stream stays there.
    let input = stream.model.type == .directPut ? stream.input : (records: 0, bytes: 0)
    let processed = stream.processed.waiting
    let (count, bytes) = (input.records + processed.records, input.bytes + processed.bytes)
    return ResourceContents(
      losses: count == 0
        ? [] : ["\(count) buffered record\(count == 1 ? "" : "s") (\(bytes) bytes)"])
  }

  func physicalIDs(in scope: Scope, _ transaction: Transaction) throws -> Set<String>? {
    try catalog.names(in: scope, transaction)
  }

  /// The destination under the name that the template gives it: the two are stored alike.
  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    guard let model = try catalog.get(request.physicalID, in: request.scope, transaction) else {
      return nil
    }
    var live = Properties(
      DeliveryStreamName: model.name, DeliveryStreamType: model.type.rawValue,
      KinesisStreamSourceConfiguration: model.source,
      DeliveryStreamEncryptionConfigurationInput: model.encryption.map {
        StreamEncryptionInput(KeyType: $0.KeyType, KeyARN: $0.KeyARN)
      },
      DirectPutSourceConfiguration: model.throughputHintMBs.map {
        .init(ThroughputHintInMBs: $0)
      }, Tags: model.tags.isEmpty ? nil : model.tags)
    switch model.remote {
    case .httpEndpoint(var configuration):
      configuration.EndpointConfiguration?.AccessKey = nil
      live.HttpEndpointDestinationConfiguration = configuration
    case .splunk(var configuration):
      configuration.HECToken = nil
      live.SplunkDestinationConfiguration = configuration
    case .openSearch(let configuration):
      live.AmazonopensearchserviceDestinationConfiguration = configuration
    case .elasticsearch(let configuration):
      live.ElasticsearchDestinationConfiguration = configuration
    case .serverless(let configuration):
      live.AmazonOpenSearchServerlessDestinationConfiguration = configuration
    case .redshift(var configuration):
      configuration.Password = nil
      live.RedshiftDestinationConfiguration = configuration
    case .iceberg(var configuration):
      configuration.CatalogConfiguration = configuration.CatalogConfiguration?.arn.map {
        .init(CatalogArn: $0)
      }
      live.IcebergDestinationConfiguration = configuration
    case nil:
      if request.properties["S3DestinationConfiguration"] != nil {
        live.S3DestinationConfiguration = model.destination.plain
      } else {
        live.ExtendedS3DestinationConfiguration = model.destination
      }
    }
    return live
  }
}
