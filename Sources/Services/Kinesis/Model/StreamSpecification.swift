import AWSModel
import Effects
import ServiceKit

/// Members that a stream is made from, by CreateStream and by a template alike.
struct StreamSpecification: Sendable, Hashable {
  /// Shards that one CreateStream may ask for.
  static let shardCountMax = 10_000
  /// The shards that AWS gives a stream in on-demand mode to begin with.
  static let onDemandShardCount = 4
  /// Open shards of an account's provisioned streams in a region.
  static let accountShardsMax = 20_000
  /// An account's on-demand streams in a region.
  static let onDemandStreamsMax = 50
  /// In MiB/s.
  static let warmThroughputMax = 10 << 10

  var name: String
  var shardCount: Int?
  var mode: String?
  var retentionHours: Int?
  var tags: [Tag] = []
  var encryptionKeyID: String?
  var shardLevelMetrics: [String] = []
  var maxRecordKiB: Int?
  var warmThroughputMiBps: Int?
  var distribution: String?

  static func mode(_ text: String?) throws(ServiceError) -> StreamMode {
    guard let text else { return .provisioned }
    guard let mode = StreamMode(rawValue: text) else {
      throw KinesisError.invalid("\(text) is not a stream mode.")
    }
    return mode
  }

  static func validateRetention(_ hours: Int) throws(ServiceError) {
    if hours < StreamModel.retentionHoursDefault {
      throw KinesisError.invalid(
        "Minimum allowed retention period is 24 hours. Requested retention period "
          + "(\(hours) hours) is too short.")
    }
    if hours > StreamModel.retentionHoursMax {
      throw KinesisError.invalid(
        "Maximum allowed retention period is 8760 hours. Requested retention period "
          + "(\(hours) hours) is too long.")
    }
  }

  static func validateShardCount(_ count: Int) throws(ServiceError) {
    guard count <= shardCountMax else {
      throw ServiceError(
        "LimitExceededException",
        "This request would exceed the limit of \(shardCountMax) shards.")
    }
  }

  /// Throws for what the bounds of its members don't say.
  func validate() throws(ServiceError) {
    if try Self.mode(mode) == .provisioned {
      guard let shardCount else {
        throw .validation("ShardCount must be given for a stream in PROVISIONED mode.")
      }
      try Self.validateShardCount(shardCount)
    } else if shardCount != nil {
      throw .validation("ShardCount must not be given for a stream in ON_DEMAND mode.")
    }
    if let retentionHours { try Self.validateRetention(retentionHours) }
    if try Self.mode(mode) == .provisioned {
      if distribution == RecordDistribution.auto.rawValue {
        throw KinesisError.invalid(
          "RecordDistributionStrategy AUTO is only supported for streams in On-Demand mode.")
      }
      if warmThroughputMiBps != nil {
        throw KinesisError.invalid(
          "WarmThroughputMiBps is only supported for streams in On-Demand mode.")
      }
    }
    try StreamTagRules.validate(tags)
  }

  /// Makes the stream; throws ResourceInUseException when the name is taken.
  func create(
    in catalog: StreamCatalog, _ scope: Scope, at now: Timestamp, _ transaction: Transaction
  ) throws {
    guard try catalog.get(name, in: scope, transaction) == nil else {
      throw KinesisError.streamExists(name, scope)
    }
    let mode = try Self.mode(mode)
    let count = mode == .provisioned ? shardCount ?? 1 : Self.onDemandShardCount
    if mode == .provisioned {
      try catalog.requireRoom(forShards: count, in: scope)
    } else {
      try catalog.requireRoomForOnDemandStream(in: scope)
    }
    var model = StreamModel(
      name: name,
      storageID: catalog.environment.effects.random.text(16, from: "0123456789abcdef"),
      created: now, mode: mode, shards: ShardModel.even(count, created: now),
      retentionHours: retentionHours ?? StreamModel.retentionHoursDefault, tags: tags,
      enhancedMetrics: shardLevelMetrics.isEmpty ? nil : shardLevelMetrics,
      maxRecordKiB: maxRecordKiB)
    model.setEncryption(encryptionKeyID, now)
    if let warmThroughputMiBps {
      try catalog.requireCommitment(in: scope, now, transaction)
      // It has as many shards from the start, and no parents.
      try model.setWarmThroughput(warmThroughputMiBps, in: scope, now)
      model.shards = ShardModel.even(model.openShards.count, created: now)
    }
    model.setDistribution(distribution)
    try catalog.put(model, in: scope, transaction)
  }
}

/// Rules for tags, on streams of every kind.
enum StreamTagRules {
  static let countMax = 50

  static func validate(removing keys: [String]) throws(ServiceError) {
    try validate(keys.map { Tag(Key: $0, Value: nil) }.system)
  }

  static func validate(_ tags: [Tag]) throws(ServiceError) {
    if !tags.system.isEmpty {
      throw KinesisError.invalid("Tag keys that begin with aws: are reserved for system use.")
    }
    guard tags.count <= countMax else {
      throw KinesisError.invalid("A stream can have at most \(countMax) tags.")
    }
  }
}
