import AWSModel
import Effects
import ServiceKit

/// Limits and settings of an account.
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateAccountSettings.html
struct AccountOperations: Sendable {
  let catalog: StreamCatalog

  var all: [Operation] {
    [
      .typed("DescribeLimits", limits), .typed("DescribeAccountSettings", describe),
      .typed("UpdateAccountSettings", update),
    ]
  }

  struct LimitsInput: Decodable, Sendable {}

  struct LimitsOutput: Encodable, Sendable {
    var ShardLimit = StreamSpecification.accountShardsMax
    var OpenShardCount: Int
    var OnDemandStreamCount: Int
    var OnDemandStreamCountLimit = StreamSpecification.onDemandStreamsMax
  }

  private func limits(_ input: LimitsInput, _ context: RequestContext) throws -> LimitsOutput {
    let counts = try catalog.counts(in: context.scope)
    return LimitsOutput(
      OpenShardCount: counts.provisionedShards, OnDemandStreamCount: counts.onDemandStreams)
  }

  // MARK: Settings

  struct DescribeInput: Decodable, Sendable {}

  struct Commitment: Encodable, Sendable {
    var Status: String
    var StartedAt: Double?
    var EndedAt: Double?
    var EarliestAllowedEndAt: Double?

    init(_ settings: AccountSettings, _ now: Timestamp) {
      guard let commitment = settings.commitment else {
        Status = "DISABLED"
        return
      }
      let isOver = commitment.isOver(now)
      Status =
        isOver
        ? "DISABLED" : commitment.ends == nil ? "ENABLED" : "ENABLED_UNTIL_EARLIEST_ALLOWED_END"
      StartedAt = commitment.started.epochSeconds
      EndedAt = isOver ? commitment.ends?.epochSeconds : nil
      EarliestAllowedEndAt = isOver ? nil : commitment.earliestEnd.epochSeconds
    }
  }

  struct SettingsOutput: Encodable, Sendable { var MinimumThroughputBillingCommitment: Commitment }

  private func describe(_ input: DescribeInput, _ context: RequestContext) throws -> SettingsOutput
  {
    let settings = try catalog.environment.database.read {
      try catalog.accountSettings(in: context.scope, $0)
    }
    return SettingsOutput(
      MinimumThroughputBillingCommitment: Commitment(
        settings, catalog.environment.effects.clock.now))
  }

  struct Wanted: Decodable, Sendable { var Status: String }

  struct UpdateInput: Decodable, Sendable { var MinimumThroughputBillingCommitment: Wanted }

  private func update(_ input: UpdateInput, _ context: RequestContext) async throws
    -> SettingsOutput
  {
    let now = catalog.environment.effects.clock.now
    let scope = context.scope
    return try await catalog.environment.database.write { [catalog] transaction in
      var settings = try catalog.accountSettings(in: scope, transaction)
      if input.MinimumThroughputBillingCommitment.Status == "ENABLED" {
        settings.commit(now)
      } else {
        settings.release(now)
      }
      try catalog.setAccountSettings(settings, in: scope, transaction)
      return SettingsOutput(MinimumThroughputBillingCommitment: Commitment(settings, now))
    }
  }
}
