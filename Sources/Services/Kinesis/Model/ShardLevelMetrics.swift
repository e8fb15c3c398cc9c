/// Metrics that a stream publishes for each of its shards.
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_EnableEnhancedMonitoring.html
enum ShardLevelMetrics {
  static let all = [
    "IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords",
    "WriteProvisionedThroughputExceeded", "ReadProvisionedThroughputExceeded",
    "IteratorAgeMilliseconds",
  ]

  /// The metrics that names stand for: `ALL` for every one.
  static func named(_ names: [String]) -> Set<String> {
    names.contains("ALL") ? Set(all) : Set(names)
  }

  /// In AWS's order.
  static func sorted(_ metrics: Set<String>) -> [String] { all.filter(metrics.contains) }
}
