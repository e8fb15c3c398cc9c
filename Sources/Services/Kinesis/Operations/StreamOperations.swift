import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// Making, describing and removing streams.
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html
struct StreamOperations: Sendable {
  let catalog: StreamCatalog

  var all: [Operation] {
    [
      .typed("CreateStream", create), .typed("DeleteStream", delete),
      .typed("DescribeStream", describe).answering(Self.created(in: "StreamDescription")),
      .typed("DescribeStreamSummary", summarize)
        .answering(Self.created(in: "StreamDescriptionSummary")),
      .typed("ListStreams", list)
        .answering(.structure(["StreamSummaries": .list(Self.created)])),
      .typed("DescribeLimits", limits),
      .typed("IncreaseStreamRetentionPeriod", increaseRetention),
      .typed("DecreaseStreamRetentionPeriod", decreaseRetention),
      .typed("UpdateStreamMode", updateMode),
    ]
  }

  private static let created = MemberShape.structure(["StreamCreationTimestamp": .timestamp])

  private static func created(in member: String) -> MemberShape {
    .structure([member: created])
  }

  // MARK: CreateStream, DeleteStream

  struct ModeDetails: Codable, Sendable { var StreamMode: String }

  struct CreateInput: Decodable, Sendable {
    var StreamName: String
    var ShardCount: Int?
    var StreamModeDetails: ModeDetails?
    var Tags: [String: String]?
    /// Records have the usual bound here; another is refused.
    var MaxRecordSizeInKiB: Int?
  }

  private func create(_ input: CreateInput, _ context: RequestContext) async throws -> EmptyOutput {
    if let size = input.MaxRecordSizeInKiB, size != StoredRecord.bytesMax >> 10 {
      throw ServiceError.unsupported("records of up to \(size) KiB (MaxRecordSizeInKiB)")
    }
    // A count alone means shards that are paid for; neither means as many as are needed.
    let isCounted = input.ShardCount != nil
    let specification = StreamSpecification(
      name: input.StreamName, shardCount: input.ShardCount,
      mode: input.StreamModeDetails?.StreamMode
        ?? (isCounted ? StreamMode.provisioned : .onDemand).rawValue,
      tags: (input.Tags ?? [:]).sorted { $0.key < $1.key }.map { Tag(Key: $0.key, Value: $0.value) }
    )
    try specification.validate()
    let scope = context.scope
    let now = catalog.environment.effects.clock.now
    try await catalog.environment.database.write { [catalog] transaction in
      try specification.create(in: catalog, scope, at: now, transaction)
    }
    return EmptyOutput()
  }

  struct DeleteInput: Decodable, Sendable, StreamReference {
    var StreamName: String?
    var StreamARN: String?
    var EnforceConsumerDeletion: Bool?
  }

  private func delete(_ input: DeleteInput, _ context: RequestContext) async throws -> EmptyOutput {
    let (name, scope) = try catalog.locate(
      input.StreamName, arn: input.StreamARN, context.scope)
    try await catalog.environment.database.write { [catalog] transaction in
      if let model = try catalog.get(name, in: scope, transaction),
        !model.allConsumers.isEmpty, input.EnforceConsumerDeletion != true
      {
        throw ServiceError(
          "ResourceInUseException",
          "Stream \(name) under account \(scope.account) has registered consumers. Deregister "
            + "them, or set EnforceConsumerDeletion.")
      }
      guard try catalog.delete(name, in: scope, transaction) else {
        throw KinesisError.streamNotFound(name, scope)
      }
    }
    return EmptyOutput()
  }

  // MARK: Describing

  struct DescribeInput: Decodable, Sendable, StreamReference {
    var StreamName: String?
    var StreamARN: String?
    var Limit: Int?
    var ExclusiveStartShardId: String?
  }

  struct Monitoring: Encodable, Sendable { var ShardLevelMetrics: [String] }

  struct Description: Encodable, Sendable {
    var StreamName: String
    var StreamARN: String
    var StreamStatus = "ACTIVE"
    var StreamModeDetails: ModeDetails
    var Shards: [ShardDescription]
    var HasMoreShards: Bool
    var RetentionPeriodHours: Int
    var StreamCreationTimestamp: Double
    var EnhancedMonitoring: [Monitoring]
    var EncryptionType: String
    var KeyId: String?
  }

  struct DescribeOutput: Encodable, Sendable { var StreamDescription: Description }

  private func describe(_ input: DescribeInput, _ context: RequestContext) throws -> DescribeOutput
  {
    let stream = try catalog.resolve(input, context)
    var shards = stream.shards[...]
    if let start = input.ExclusiveStartShardId {
      guard let ordinal = ShardModel.ordinal(ofID: start) else {
        throw KinesisError.shardNotFound(start, stream.model.name, stream.scope)
      }
      shards = shards.drop { $0.model.ordinal <= ordinal }
    }
    let page = shards.prefix(input.Limit ?? 100)
    let model = stream.model
    return DescribeOutput(
      StreamDescription: Description(
        StreamName: model.name, StreamARN: stream.arn,
        StreamModeDetails: ModeDetails(StreamMode: model.mode.rawValue),
        Shards: try page.map { try ShardDescription($0) }, HasMoreShards: page.count < shards.count,
        RetentionPeriodHours: model.retentionHours,
        StreamCreationTimestamp: model.created.epochSeconds,
        EnhancedMonitoring: [Monitoring(ShardLevelMetrics: model.shardLevelMetrics)],
        EncryptionType: model.encryptionType, KeyId: model.encryptionKeyID))
  }

  struct NamedInput: Decodable, Sendable, StreamReference {
    var StreamName: String?
    var StreamARN: String?
  }

  struct Summary: Encodable, Sendable {
    var StreamName: String
    var StreamARN: String
    var StreamStatus = "ACTIVE"
    var StreamModeDetails: ModeDetails
    var RetentionPeriodHours: Int
    var StreamCreationTimestamp: Double
    var EnhancedMonitoring: [Monitoring]
    var EncryptionType: String
    var KeyId: String?
    var OpenShardCount: Int
    var ConsumerCount: Int
    var MaxRecordSizeInKiB = 1024
  }

  struct SummaryOutput: Encodable, Sendable { var StreamDescriptionSummary: Summary }

  private func summarize(_ input: NamedInput, _ context: RequestContext) throws -> SummaryOutput {
    let stream = try catalog.resolve(input, context)
    let model = stream.model
    return SummaryOutput(
      StreamDescriptionSummary: Summary(
        StreamName: model.name, StreamARN: stream.arn,
        StreamModeDetails: ModeDetails(StreamMode: model.mode.rawValue),
        RetentionPeriodHours: model.retentionHours,
        StreamCreationTimestamp: model.created.epochSeconds,
        EnhancedMonitoring: [Monitoring(ShardLevelMetrics: model.shardLevelMetrics)],
        EncryptionType: model.encryptionType, KeyId: model.encryptionKeyID,
        OpenShardCount: stream.openCount, ConsumerCount: model.allConsumers.count))
  }

  // MARK: ListStreams, DescribeLimits

  struct ListInput: Decodable, Sendable {
    var Limit: Int?
    var ExclusiveStartStreamName: String?
    var NextToken: String?
  }

  struct ListedStream: Encodable, Sendable {
    var StreamName: String
    var StreamARN: String
    var StreamStatus = "ACTIVE"
    var StreamModeDetails: ModeDetails
    var StreamCreationTimestamp: Double
  }

  struct ListOutput: Encodable, Sendable {
    var StreamNames: [String]
    var HasMoreStreams: Bool
    var NextToken: String?
    var StreamSummaries: [ListedStream]
  }

  private func list(_ input: ListInput, _ context: RequestContext) throws -> ListOutput {
    var start = input.ExclusiveStartStreamName ?? ""
    if let token = input.NextToken {
      guard let bytes = Base64.decode(token) else {
        throw KinesisError.invalid("NextToken is not valid.")
      }
      start = String(decoding: bytes, as: UTF8.self)
    }
    let rest = try catalog.all(in: context.scope).filter { $0.model.name > start }
    let page = rest.prefix(input.Limit ?? 100)
    let hasMore = page.count < rest.count
    return ListOutput(
      StreamNames: page.map(\.model.name), HasMoreStreams: hasMore,
      NextToken: hasMore ? page.last.map { Base64.encode(Array($0.model.name.utf8)) } : nil,
      StreamSummaries: page.map {
        ListedStream(
          StreamName: $0.model.name, StreamARN: $0.arn,
          StreamModeDetails: ModeDetails(StreamMode: $0.model.mode.rawValue),
          StreamCreationTimestamp: $0.model.created.epochSeconds)
      })
  }

  struct LimitsInput: Decodable, Sendable {}

  struct LimitsOutput: Encodable, Sendable {
    var ShardLimit = 20_000
    var OpenShardCount: Int
    var OnDemandStreamCount: Int
    var OnDemandStreamCountLimit = 50
  }

  private func limits(_ input: LimitsInput, _ context: RequestContext) throws -> LimitsOutput {
    let streams = try catalog.all(in: context.scope)
    return LimitsOutput(
      OpenShardCount: streams.filter { $0.model.mode == .provisioned }
        .reduce(0) { $0 + $1.openCount },
      OnDemandStreamCount: streams.count { $0.model.mode == .onDemand })
  }

  // MARK: Retention and mode

  struct RetentionInput: Decodable, Sendable, StreamReference {
    var StreamName: String?
    var StreamARN: String?
    var RetentionPeriodHours: Int
  }

  private func increaseRetention(_ input: RetentionInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    try StreamSpecification.validateRetention(input.RetentionPeriodHours)
    try await catalog.change(input, context) { model, _ in
      guard input.RetentionPeriodHours >= model.retentionHours else {
        throw KinesisError.invalid(
          "Requested retention period (\(input.RetentionPeriodHours) hours) for stream "
            + "\(model.name) can not be shorter than existing retention period "
            + "(\(model.retentionHours) hours). Use DecreaseRetentionPeriod API.")
      }
      model.retentionHours = input.RetentionPeriodHours
    }
    return EmptyOutput()
  }

  private func decreaseRetention(_ input: RetentionInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    try StreamSpecification.validateRetention(input.RetentionPeriodHours)
    try await catalog.change(input, context) { model, _ in
      guard input.RetentionPeriodHours <= model.retentionHours else {
        throw KinesisError.invalid(
          "Requested retention period (\(input.RetentionPeriodHours) hours) for stream "
            + "\(model.name) can not be longer than existing retention period "
            + "(\(model.retentionHours) hours). Use IncreaseRetentionPeriod API.")
      }
      model.retentionHours = input.RetentionPeriodHours
    }
    return EmptyOutput()
  }

  struct ModeInput: Decodable, Sendable, StreamReference {
    var StreamARN: String?
    var StreamModeDetails: ModeDetails
    var StreamName: String? { nil }
    private enum CodingKeys: CodingKey { case StreamARN, StreamModeDetails }
  }

  private func updateMode(_ input: ModeInput, _ context: RequestContext) async throws -> EmptyOutput
  {
    let mode = try StreamSpecification.mode(input.StreamModeDetails.StreamMode)
    try await catalog.change(input, context) { model, _ in model.mode = mode }
    return EmptyOutput()
  }
}
