import AWSModel
import PropertyTree
import Effects
import ServiceKit

/// Making, describing, changing and removing delivery streams.
/// https://docs.aws.amazon.com/firehose/latest/APIReference/API_CreateDeliveryStream.html
struct DeliveryStreamOperations: Sendable {
  let catalog: DeliveryCatalog

  var all: [Operation] {
    [
      .typed("CreateDeliveryStream", create), .typed("DeleteDeliveryStream", delete),
      .typed("DescribeDeliveryStream", describe), .typed("ListDeliveryStreams", list),
      .typed("UpdateDestination", update),
    ]
  }

  struct CreateOutput: Encodable, Sendable { var DeliveryStreamARN: String }

  private func create(_ input: DeliverySpecification, _ context: RequestContext) async throws
    -> CreateOutput
  {
    guard let name = input.DeliveryStreamName else {
      throw FirehoseError.invalid("DeliveryStreamName must be given")
    }
    try input.validate(in: catalog)
    let now = catalog.environment.effects.clock.now
    try await catalog.environment.database.write { [catalog] transaction in
      try input.create(name, in: catalog, context.scope, at: now, transaction)
    }
    return CreateOutput(
      DeliveryStreamARN: ARN("firehose", context.scope, "deliverystream/\(name)").description)
  }

  struct DeleteInput: Decodable, Sendable {
    var DeliveryStreamName: String
    /// Of no effect: there are no KMS grants that could be in the way.
    var AllowForceDelete: Bool?
  }

  private func delete(_ input: DeleteInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await catalog.environment.database.write { [catalog] transaction in
      guard try catalog.delete(input.DeliveryStreamName, in: context.scope, transaction) else {
        throw FirehoseError.notFound(input.DeliveryStreamName, context.scope)
      }
    }
    return EmptyOutput()
  }

  // MARK: DescribeDeliveryStream

  struct DescribeInput: Decodable, Sendable {
    var DeliveryStreamName: String
    var Limit: Int?
    var ExclusiveStartDestinationId: String?
  }

  struct EncryptionStatus: Encodable, Sendable {
    var KeyARN: String?
    var KeyType: String?
    var Status: String
  }

  struct Description: Encodable, Sendable {
    var DeliveryStreamName: String
    var DeliveryStreamARN: String
    var DeliveryStreamStatus = "ACTIVE"
    /// Of streams that take records themselves.
    var DeliveryStreamEncryptionConfiguration: EncryptionStatus?
    var DeliveryStreamType: String
    var VersionId: String
    var CreateTimestamp: Double
    var LastUpdateTimestamp: Double?
    var Source: PropertyValue?
    var Destinations: [PropertyValue]
    var HasMoreDestinations = false
  }

  struct DescribeOutput: Encodable, Sendable { var DeliveryStreamDescription: Description }

  private func describe(_ input: DescribeInput, _ context: RequestContext) throws -> DescribeOutput
  {
    let model = try catalog.require(input.DeliveryStreamName, in: context.scope).model
    let isPast = input.ExclusiveStartDestinationId.map { $0 >= DeliveryStreamModel.destinationID }
    let encryption = EncryptionStatus(
      KeyARN: model.encryption?.KeyARN, KeyType: model.encryption?.KeyType,
      Status: model.encryption == nil ? "DISABLED" : "ENABLED")
    return DescribeOutput(
      DeliveryStreamDescription: Description(
        DeliveryStreamName: model.name, DeliveryStreamARN: model.arn(in: context.scope),
        DeliveryStreamEncryptionConfiguration: model.type == .directPut ? encryption : nil,
        DeliveryStreamType: model.type.rawValue, VersionId: String(model.version),
        CreateTimestamp: model.created.epochSeconds,
        LastUpdateTimestamp: model.updated?.epochSeconds, Source: model.describedSource,
        Destinations: isPast == true
          ? [] : [try model.describedDestination(catalog.environment.vault)]))
  }

  // MARK: ListDeliveryStreams

  struct ListInput: Decodable, Sendable {
    var Limit: Int?
    var DeliveryStreamType: String?
    var ExclusiveStartDeliveryStreamName: String?
  }

  struct ListOutput: Encodable, Sendable {
    var DeliveryStreamNames: [String]
    var HasMoreDeliveryStreams: Bool
  }

  private func list(_ input: ListInput, _ context: RequestContext) throws -> ListOutput {
    let start = input.ExclusiveStartDeliveryStreamName ?? ""
    let rest = try catalog.all(in: context.scope).map(\.model).filter {
      $0.name > start
        && (input.DeliveryStreamType == nil || input.DeliveryStreamType == $0.type.rawValue)
    }
    let page = rest.prefix(input.Limit ?? 10)
    return ListOutput(
      DeliveryStreamNames: page.map(\.name), HasMoreDeliveryStreams: page.count < rest.count)
  }

  // MARK: UpdateDestination

  struct UpdateInput: Decodable, Sendable {
    var DeliveryStreamName: String
    var CurrentDeliveryStreamVersionId: String
    var DestinationId: String
    var S3DestinationUpdate: PlainS3Configuration?
    var ExtendedS3DestinationUpdate: S3Configuration.Update?
    var HttpEndpointDestinationUpdate: RemoteUpdate<HTTPEndpointConfiguration>?
    var SplunkDestinationUpdate: RemoteUpdate<SplunkConfiguration>?
    var AmazonopensearchserviceDestinationUpdate: RemoteUpdate<SearchConfiguration<OpenSearch>>?
    var ElasticsearchDestinationUpdate: RemoteUpdate<SearchConfiguration<Elasticsearch>>?
    var AmazonOpenSearchServerlessDestinationUpdate: RemoteUpdate<ServerlessConfiguration>?
    var RedshiftDestinationUpdate: RemoteUpdate<RedshiftConfiguration>?
    var IcebergDestinationUpdate: RemoteUpdate<IcebergConfiguration>?

    /// The bucket's update, or a server's: what is given, one by one.
    var changes: [DestinationChange] {
      [
        S3DestinationUpdate.map { .bucket($0.extended) },
        ExtendedS3DestinationUpdate.map { .bucket($0.settings) },
        HttpEndpointDestinationUpdate.map { .server($0.tree, HTTPEndpointConfiguration.member) },
        SplunkDestinationUpdate.map { .server($0.tree, SplunkConfiguration.member) },
        AmazonopensearchserviceDestinationUpdate.map {
          .server($0.tree, SearchConfiguration<OpenSearch>.member)
        },
        ElasticsearchDestinationUpdate.map {
          .server($0.tree, SearchConfiguration<Elasticsearch>.member)
        },
        AmazonOpenSearchServerlessDestinationUpdate.map {
          .server($0.tree, ServerlessConfiguration.member)
        },
        RedshiftDestinationUpdate.map { .server($0.tree, RedshiftConfiguration.member) },
        IcebergDestinationUpdate.map { .server($0.tree, IcebergConfiguration.member) },
      ].compactMap { $0 }
    }
  }

  private func update(_ input: UpdateInput, _ context: RequestContext) async throws -> EmptyOutput {
    guard let change = input.changes.first, input.changes.count == 1 else {
      throw FirehoseError.invalid("Exactly one destination update must be given")
    }
    try await catalog.change(input.DeliveryStreamName, in: context.scope) {
      [catalog] model, transaction in
      guard input.CurrentDeliveryStreamVersionId == String(model.version) else {
        throw ServiceError(
          "ConcurrentModificationException",
          "Cannot update firehose: \(model.name) since the current version id: \(model.version) "
            + "and specified version id: \(input.CurrentDeliveryStreamVersionId) do not match")
      }
      guard input.DestinationId == DeliveryStreamModel.destinationID else {
        throw FirehoseError.invalid("Destination Id \(input.DestinationId) not found")
      }
      try model.update(change, in: catalog, context.scope, transaction)
    }
    return EmptyOutput()
  }
}
