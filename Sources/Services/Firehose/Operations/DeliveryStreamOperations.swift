import AWSModel
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

  struct Destination: Encodable, Sendable {
    var DestinationId = DeliveryStreamModel.destinationID
    var S3DestinationDescription: PlainS3Configuration
    var ExtendedS3DestinationDescription: S3Configuration.Description
  }

  struct StreamSource: Encodable, Sendable {
    var KinesisStreamARN: String
    var RoleARN: String
    var DeliveryStartTimestamp: Double
  }

  struct Source: Encodable, Sendable { var KinesisStreamSourceDescription: StreamSource }

  struct EncryptionStatus: Encodable, Sendable { var Status = "DISABLED" }

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
    var Source: Source?
    var Destinations: [Destination]
    var HasMoreDestinations = false
  }

  struct DescribeOutput: Encodable, Sendable { var DeliveryStreamDescription: Description }

  private func describe(_ input: DescribeInput, _ context: RequestContext) throws -> DescribeOutput
  {
    let model = try catalog.require(input.DeliveryStreamName, in: context.scope).model
    let described = model.destination.described
    let isPast = input.ExclusiveStartDestinationId.map { $0 >= DeliveryStreamModel.destinationID }
    let destination = Destination(
      S3DestinationDescription: described.plain,
      ExtendedS3DestinationDescription: S3Configuration.Description(settings: described))
    let source = model.source.map {
      Source(
        KinesisStreamSourceDescription: StreamSource(
          KinesisStreamARN: $0.KinesisStreamARN, RoleARN: $0.RoleARN,
          DeliveryStartTimestamp: model.created.epochSeconds))
    }
    return DescribeOutput(
      DeliveryStreamDescription: Description(
        DeliveryStreamName: model.name, DeliveryStreamARN: model.arn(in: context.scope),
        DeliveryStreamEncryptionConfiguration: model.type == .directPut ? EncryptionStatus() : nil,
        DeliveryStreamType: model.type.rawValue, VersionId: String(model.version),
        CreateTimestamp: model.created.epochSeconds,
        LastUpdateTimestamp: model.updated?.epochSeconds, Source: source,
        Destinations: isPast == true ? [] : [destination]))
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
  }

  private func update(_ input: UpdateInput, _ context: RequestContext) async throws -> EmptyOutput {
    guard
      let update = input.ExtendedS3DestinationUpdate?.settings
        ?? input.S3DestinationUpdate?.extended,
      input.ExtendedS3DestinationUpdate == nil || input.S3DestinationUpdate == nil
    else { throw FirehoseError.invalid("Exactly one destination update must be given") }
    let now = catalog.environment.effects.clock.now
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
      try model.update(
        model.destination.updated(by: update), at: now, in: catalog, context.scope, transaction)
    }
    return EmptyOutput()
  }
}

extension DeliveryStreamModel {
  /// Takes a new destination, if it is valid, and counts the version up.
  mutating func update(
    _ new: S3Configuration, at now: Timestamp, in catalog: DeliveryCatalog, _ scope: Scope,
    _ transaction: Transaction
  ) throws {
    let faults =
      new.faults(streamName: name) + new.zoneFaults(catalog.environment.effects.files)
      + new.conversionFaults(catalog.columnarWriter) + new.changeFaults(from: destination)
    if let fault = faults.first { throw fault.error }
    try catalog.checkConversion(of: new, scope, transaction)
    destination = new
    updated = now
    version += 1
  }
}
