import AWSModel
import ServiceKit

/// Switching a stream's shard-level metrics on and off: kept and shown.
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_EnableEnhancedMonitoring.html
struct MonitoringOperations: Sendable {
  let catalog: StreamCatalog

  var all: [Operation] {
    [
      .typed("EnableEnhancedMonitoring") { (input: Input, context) in
        try await change(input, context) { $0.union($1) }
      },
      .typed("DisableEnhancedMonitoring") { (input: Input, context) in
        try await change(input, context) { $0.subtracting($1) }
      },
    ]
  }

  struct Input: Decodable, Sendable, StreamReference {
    var StreamName: String?
    var StreamARN: String?
    var ShardLevelMetrics: [String]
  }

  struct Output: Encodable, Sendable {
    var StreamName: String
    var CurrentShardLevelMetrics: [String]
    var DesiredShardLevelMetrics: [String]
    var StreamARN: String
  }

  private func change(
    _ input: Input, _ context: RequestContext,
    _ body: @escaping @Sendable (Set<String>, Set<String>) -> Set<String>
  ) async throws -> Output {
    try await catalog.change(input, context) { model, scope in
      let before = model.shardLevelMetrics
      let wanted = Kinesis.ShardLevelMetrics.named(input.ShardLevelMetrics)
      model.shardLevelMetrics = Kinesis.ShardLevelMetrics.sorted(body(Set(before), wanted))
      return Output(
        StreamName: model.name, CurrentShardLevelMetrics: before,
        DesiredShardLevelMetrics: model.shardLevelMetrics, StreamARN: model.arn(in: scope))
    }
  }
}
