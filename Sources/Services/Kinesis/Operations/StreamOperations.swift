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
    var WarmThroughputMiBps: Int?
    var MaxRecordSizeInKiB: Int?
    var RecordDistributionStrategy: String?
  }

  private func create(_ input: CreateInput, _ context: RequestContext) async throws -> EmptyOutput {
    // A count alone means shards that are paid for; neither means as many as are needed.
    let isCounted = input.ShardCount != nil
    let specification = StreamSpecification(
      name: input.StreamName, shardCount: input.ShardCount,
      mode: input.StreamModeDetails?.StreamMode
        ?? (isCounted ? StreamMode.provisioned : .onDemand).rawValue,
      tags: (input.Tags ?? [:]).sorted { $0.key < $1.key }
        .map { Tag(Key: $0.key, Value: $0.value) },
      maxRecordKiB: input.MaxRecordSizeInKiB, warmThroughputMiBps: input.WarmThroughputMiBps,
      distribution: input.RecordDistributionStrategy)
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
    /// Of on-demand streams.
    var WarmThroughput: WarmThroughput?
    var MaxRecordSizeInKiB: Int
    /// Of on-demand streams.
    var RecordDistributionStrategy: String?
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
        OpenShardCount: stream.openCount, ConsumerCount: model.allConsumers.count,
        WarmThroughput: WarmThroughput(model), MaxRecordSizeInKiB: model.recordBytesMax >> 10,
        RecordDistributionStrategy: model.mode == .provisioned
          ? nil : (model.distribution ?? .byPartitionKey).rawValue))
  }

  // MARK: ListStreams

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
}
