import AWSModel
import Effects
import ServiceKit

/// Retention, capacity mode, sizes and rates of streams.
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateStreamMode.html
struct StreamSettingsOperations: Sendable {
  let catalog: StreamCatalog

  var all: [Operation] {
    [
      .typed("IncreaseStreamRetentionPeriod", increaseRetention),
      .typed("DecreaseStreamRetentionPeriod", decreaseRetention),
      .typed("UpdateStreamMode", updateMode), .typed("UpdateMaxRecordSize", updateRecordSize),
      .typed("UpdateStreamWarmThroughput", updateWarmThroughput),
      .typed("UpdateStreamRecordDistributionStrategy", updateDistribution),
    ]
  }

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
    var StreamModeDetails: StreamOperations.ModeDetails
    var WarmThroughputMiBps: Int?
    var StreamName: String? { nil }
    private enum CodingKeys: CodingKey { case StreamARN, StreamModeDetails, WarmThroughputMiBps }
  }

  private func updateMode(_ input: ModeInput, _ context: RequestContext) async throws -> EmptyOutput
  {
    let mode = try StreamSpecification.mode(input.StreamModeDetails.StreamMode)
    if mode == .provisioned, input.WarmThroughputMiBps != nil {
      throw KinesisError.invalid(
        "WarmThroughputMiBps is only valid when the mode is updated to ON_DEMAND.")
    }
    let now = catalog.environment.effects.clock.now
    try await catalog.change(input, context) { [catalog] model, scope, transaction in
      if mode != model.mode {
        switch mode {
        case .provisioned:
          try catalog.requireRoom(forShards: model.openShards.count, in: scope)
        case .onDemand: try catalog.requireRoomForOnDemandStream(in: scope)
        }
      }
      try model.setMode(mode, in: scope, now)
      if let target = input.WarmThroughputMiBps {
        try catalog.requireCommitment(in: scope, now, transaction)
        try model.setWarmThroughput(target, in: scope, now)
      }
    }
    return EmptyOutput()
  }

  // MARK: Sizes and rates

  struct SizeInput: Decodable, Sendable, StreamReference {
    var StreamARN: String?
    var MaxRecordSizeInKiB: Int
    var StreamName: String? { nil }
    private enum CodingKeys: CodingKey { case StreamARN, MaxRecordSizeInKiB }
  }

  private func updateRecordSize(_ input: SizeInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    try await catalog.change(input, context) { model, _ in
      model.maxRecordKiB = input.MaxRecordSizeInKiB
    }
    return EmptyOutput()
  }

  struct WarmInput: Decodable, Sendable, StreamReference {
    var StreamName: String?
    var StreamARN: String?
    var WarmThroughputMiBps: Int
  }

  struct WarmOutput: Encodable, Sendable {
    var StreamARN: String
    var StreamName: String
    var WarmThroughput: WarmThroughput?
  }

  private func updateWarmThroughput(_ input: WarmInput, _ context: RequestContext) async throws
    -> WarmOutput
  {
    let now = catalog.environment.effects.clock.now
    return try await catalog.change(input, context) { [catalog] model, scope, transaction in
      try model.requireOnDemand(for: "Warm throughput", in: scope)
      try catalog.requireCommitment(in: scope, now, transaction)
      try model.setWarmThroughput(input.WarmThroughputMiBps, in: scope, now)
      return WarmOutput(
        StreamARN: model.arn(in: scope), StreamName: model.name,
        WarmThroughput: WarmThroughput(model))
    }
  }

  struct DistributionInput: Decodable, Sendable, StreamReference {
    var StreamARN: String?
    var RecordDistributionStrategy: String
    var StreamName: String? { nil }
    private enum CodingKeys: CodingKey { case StreamARN, RecordDistributionStrategy }
  }

  private func updateDistribution(_ input: DistributionInput, _ context: RequestContext)
    async throws -> EmptyOutput
  {
    try await catalog.change(input, context) { model, scope in
      try model.requireOnDemand(for: "The record distribution strategy", in: scope)
      model.setDistribution(input.RecordDistributionStrategy)
    }
    return EmptyOutput()
  }
}

/// Write throughput that an on-demand stream is kept ready for; nil of others. Shards are there as soon
/// as they are asked for.
struct WarmThroughput: Encodable, Sendable {
  var TargetMiBps: Int
  var CurrentMiBps: Int

  init?(_ model: StreamModel) {
    guard model.mode == .onDemand, let target = model.warmThroughputMiBps else { return nil }
    TargetMiBps = target
    CurrentMiBps = target
  }
}
