import Effects
import StackModel

@testable import Commands

/// Deployments of a stack, one after the other.
enum HistorySamples {
  private static func record(
    _ number: Int, _ plan: Plan, _ template: String, end: StackStatus?, reason: String? = nil,
    origin: DeploymentOrigin?
  ) -> DeploymentRecord {
    var plan = plan
    plan.templateBody = template
    plan.parameters = [
      ParameterValue(name: "Prefix", value: "in-\(number)/"),
      ParameterValue(name: "Password", value: "correct-horse", isSecret: true),
    ]
    if number > 1 { plan.tags = ["team": "tides"] }
    plan.origin = origin
    let start = Timestamp(milliseconds: 1_700_000_000_000 + Int64(number) * 3_600_000)
    var record = DeploymentRecord(
      Deployment(id: "\(number)", plan: plan, phase: .forward, startedAt: start), number: number)
    record.status = end
    record.statusReason = reason
    record.endedAt = end.map { _ in start.adding(seconds: 3) }
    return record
  }

  static let records = [
    record(
      1, ViewTests.creation, "Resources:\n  Orders:\n    Type: AWS::Kinesis::Stream\n",
      end: .createComplete,
      origin: DeploymentOrigin(
        user: "ada@laptop", commit: String(repeating: "0a1b2c3d", count: 5), command: "leat deploy")
    ),
    record(
      2, ViewTests.update,
      "Resources:\n  Orders:\n    Type: AWS::Kinesis::Stream\n    Properties:\n      ShardCount: 2\n",
      end: .updateRollbackComplete,
      reason: "The following resource(s) failed to update: [Orders], correct-horse. ",
      origin: DeploymentOrigin(command: "CloudFormation's API")),
    record(3, ViewTests.update, "Resources: {}\n", end: nil, origin: nil),
  ]
}
