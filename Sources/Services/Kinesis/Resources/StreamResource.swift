import AWSModel
import ResourceModel
import ServiceKit

/// `AWS::Kinesis::Stream`.
struct StreamResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    struct ModeDetails: Codable, Sendable { var StreamMode: String }

    struct Encryption: Codable, Sendable {
      var EncryptionType: String
      var KeyId: String
    }

    var Name: String?
    var ShardCount: Int?
    var RetentionPeriodHours: Int?
    var StreamModeDetails: ModeDetails?
    var StreamEncryption: Encryption?
    var Tags: [Tag]?
    var DesiredShardLevelMetrics: [String]?
    var MaxRecordSizeInKiB: Int?
    var WarmThroughputMiBps: Int?
    var RecordDistributionStrategy: String?
  }

  static let declaration = ResourceDeclaration(
    "AWS::Kinesis::Stream", naming: .property("Name"),
    attributes: ["Arn": "arn:aws:kinesis:{region}:{account}:stream/{name}"])

  let catalog: StreamCatalog

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    issues.check("") { () throws(ServiceError) in
      try specification(properties.Name ?? "generated", properties).validate()
    }
    if let encryption = properties.StreamEncryption {
      issues.check("StreamEncryption.EncryptionType") { () throws(ServiceError) in
        try StreamEncryptionOperations.validate(encryption.EncryptionType)
      }
    }
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    var specification = specification(step.physicalID, step.properties)
    specification.tags = Self.sorted(step.allTags(step.properties.Tags))
    try specification.create(in: catalog, step.scope, at: step.now, transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let specification = specification(step.physicalID, step.properties)
    guard var model = try catalog.get(step.physicalID, in: step.scope, transaction) else {
      throw KinesisError.streamNotFound(step.physicalID, step.scope)
    }
    try change(&model, to: specification, step, transaction)
    try catalog.put(model, in: step.scope, transaction)
  }

  private func change(
    _ model: inout StreamModel, to specification: StreamSpecification,
    _ step: ResourceStep<Properties>, _ transaction: Transaction
  ) throws {
    let scope = step.scope
    try model.setMode(try StreamSpecification.mode(specification.mode), in: scope, step.now)
    model.retentionHours = specification.retentionHours ?? StreamModel.retentionHoursDefault
    model.tags = Self.sorted(step.allTags(step.properties.Tags))
    model.setEncryption(specification.encryptionKeyID, step.now)
    model.maxRecordKiB = specification.maxRecordKiB
    model.setDistribution(specification.distribution)
    model.shardLevelMetrics = specification.shardLevelMetrics
    if model.mode == .provisioned, let count = specification.shardCount {
      let added = count - model.openShards.count
      try model.updateCount(to: count, in: scope, step.now)
      try catalog.requireRoom(forShards: added, in: scope)
    }
    guard model.mode == .onDemand else { return }
    let before = step.previous?.WarmThroughputMiBps
    if let target = specification.warmThroughputMiBps, target != before {
      try catalog.requireCommitment(in: scope, step.now, transaction)
      try model.setWarmThroughput(target, in: scope, step.now)
    } else if specification.warmThroughputMiBps == nil, before != nil {
      try model.setWarmThroughput(0, in: scope, step.now)
      model.warmThroughputMiBps = nil
    }
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    try catalog.delete(request.physicalID, in: request.scope, transaction)
  }

  func physicalIDs(in scope: Scope, _ transaction: Transaction) throws -> Set<String>? {
    try catalog.names(in: scope, transaction)
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    guard let model = try catalog.get(request.physicalID, in: request.scope, transaction) else {
      return nil
    }
    // `ALL` is a spelling of all of them.
    let isAll = request.properties["DesiredShardLevelMetrics"] == ["ALL"]
    let metrics =
      isAll && model.shardLevelMetrics == ShardLevelMetrics.all ? ["ALL"] : model.enhancedMetrics
    return Properties(
      Name: model.name, ShardCount: model.mode == .provisioned ? model.openShards.count : nil,
      RetentionPeriodHours: model.retentionHours,
      StreamModeDetails: .init(StreamMode: model.mode.rawValue),
      StreamEncryption: model.encryptionKeyID.map {
        .init(EncryptionType: model.encryptionType, KeyId: $0)
      },
      Tags: model.tags.isEmpty ? nil : model.tags,
      DesiredShardLevelMetrics: metrics,
      MaxRecordSizeInKiB: request.properties["MaxRecordSizeInKiB"] == nil
        ? model.maxRecordKiB : model.recordBytesMax >> 10,
      WarmThroughputMiBps: model.warmThroughputMiBps,
      RecordDistributionStrategy: model.mode == .provisioned
        ? nil : (model.distribution ?? .byPartitionKey).rawValue)
  }

  func contents(_ request: ResourceRequest, in transaction: Transaction) throws -> ResourceContents
  {
    guard let stream = try catalog.find(request.physicalID, in: request.scope) else {
      return ResourceContents()
    }
    let count = try stream.recordCount()
    return ResourceContents(losses: count == 0 ? [] : ["\(count) record\(count == 1 ? "" : "s")"])
  }

  private static func sorted(_ tags: [Tag]) -> [Tag] { tags.sorted { $0.Key < $1.Key } }

  private func specification(_ name: String, _ properties: Properties) -> StreamSpecification {
    let mode = properties.StreamModeDetails?.StreamMode
    return StreamSpecification(
      name: name,
      shardCount: properties.ShardCount ?? (mode == StreamMode.onDemand.rawValue ? nil : 1),
      mode: mode, retentionHours: properties.RetentionPeriodHours,
      tags: Self.sorted(properties.Tags ?? []),
      encryptionKeyID: properties.StreamEncryption?.KeyId,
      shardLevelMetrics: ShardLevelMetrics.sorted(
        ShardLevelMetrics.named(properties.DesiredShardLevelMetrics ?? [])),
      maxRecordKiB: properties.MaxRecordSizeInKiB,
      warmThroughputMiBps: properties.WarmThroughputMiBps,
      distribution: properties.RecordDistributionStrategy)
  }
}
