import AWSModel
import Effects

/// The way in which records find their shard.
enum RecordDistribution: String, Codable, Sendable, Hashable {
  case auto = "AUTO"
  case byPartitionKey = "USER_PARTITION_KEY"
}

/// A time in which a stream was encrypted.
struct EncryptionSpan: Codable, Sendable, Hashable {
  var from: Timestamp
  /// nil while it lasts.
  var until: Timestamp?

  func contains(_ moment: Timestamp) -> Bool {
    from <= moment && (until.map { moment < $0 } ?? true)
  }
}

/// Changes of a stream that follow rules of their own, by call and by template alike.
extension StreamModel {
  static let scalingsPerDayMax = 10
  static let modeChangesPerDayMax = 2
  private static let dayMilliseconds: Int64 = 86_400_000

  /// Throws for a stream that finds its number of shards by itself.
  func requireProvisioned(in scope: Scope) throws(ServiceError) {
    guard mode == .provisioned else {
      throw .validation(
        "Request is invalid. Stream \(name) under account \(scope.account) is in On-Demand mode.")
    }
  }

  /// Throws for a stream whose shards somebody has counted.
  func requireOnDemand(for what: String, in scope: Scope) throws(ServiceError) {
    guard mode == .onDemand else {
      throw KinesisError.invalid(
        "\(what) is only supported for streams in On-Demand mode. Stream \(name) under account "
          + "\(scope.account) is in Provisioned mode.")
    }
  }

  /// Scales to `count` open shards. Throws for more than double, less than half, and the eleventh time
  /// within 24 hours.
  mutating func updateCount(
    to count: Int, in scope: Scope, _ now: Timestamp
  ) throws(ServiceError) {
    try requireProvisioned(in: scope)
    try validateScaling(to: count)
    guard count != openShards.count else { return }
    scalings = try Self.counting(
      scalings, at: now, max: Self.scalingsPerDayMax,
      "Stream \(name) under account \(scope.account) can be scaled \(Self.scalingsPerDayMax) times "
        + "within 24 hours.")
    scale(to: count, now)
  }

  /// Throws for the third change within 24 hours.
  mutating func setMode(
    _ new: StreamMode, in scope: Scope, _ now: Timestamp
  ) throws(ServiceError) {
    guard new != mode else { return }
    modeChanges = try Self.counting(
      modeChanges, at: now, max: Self.modeChangesPerDayMax,
      "Stream \(name) under account \(scope.account) can change its capacity mode "
        + "\(Self.modeChangesPerDayMax) times within 24 hours.")
    mode = new
    if new == .provisioned {
      warmThroughputMiBps = nil
      distribution = nil
    }
  }

  /// `times` of the last day and `now`; throws where there are as many already as there may be.
  private static func counting(
    _ times: [Timestamp]?, at now: Timestamp, max: Int, _ message: String
  ) throws(ServiceError) -> [Timestamp] {
    let recent = (times ?? []).filter { now.milliseconds - $0.milliseconds < dayMilliseconds }
    guard recent.count < max else { throw ServiceError("LimitExceededException", message) }
    return recent + [now]
  }

  /// Switches encryption on (by a key, an alias or an ARN) or off. Records keep what they came with.
  mutating func setEncryption(_ key: String?, _ now: Timestamp) {
    let oldest = now.adding(milliseconds: -Int64(Self.retentionHoursMax) * 3_600_000)
    var spans = (encryptionSpans ?? []).filter { $0.until.map { $0 > oldest } ?? true }
    switch (encryptionKeyID, key) {
    case (nil, .some): spans.append(EncryptionSpan(from: now))
    case (.some, nil):
      if let last = spans.indices.last { spans[last].until = now }
    default: break
    }
    encryptionKeyID = key
    encryptionSpans = spans.isEmpty ? nil : spans
  }

  /// Keeps an on-demand stream ready for so many MiB/s: a shard takes one of them. 0 gives back what
  /// was asked for.
  mutating func setWarmThroughput(
    _ target: Int, in scope: Scope, _ now: Timestamp
  ) throws(ServiceError) {
    try requireOnDemand(for: "Warm throughput", in: scope)
    guard target <= StreamSpecification.warmThroughputMax else {
      throw ServiceError(
        "LimitExceededException",
        "The warm throughput of a stream is at most \(StreamSpecification.warmThroughputMax) MiB/s."
      )
    }
    warmThroughputMiBps = target
    scale(to: max(StreamSpecification.onDemandShardCount, target), now)
  }

  /// - Parameter strategy: AWS's name of it; nil for by partition key.
  mutating func setDistribution(_ strategy: String?) {
    distribution = strategy == RecordDistribution.auto.rawValue ? .auto : nil
  }
}
