import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit
import StackContracts
import StackModel

/// Detection of what was changed outside of stacks. A detection has ended when it is answered.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DetectStackDrift.html
extension CloudFormationService {
  var driftOperations: [Operation] {
    [
      operation("DetectStackDrift", detectStackDrift),
      operation("DetectStackResourceDrift", detectResourceDrift),
      operation("DescribeStackDriftDetectionStatus", describeDetection),
      operation("DescribeStackResourceDrifts", describeDrifts),
    ]
  }

  // MARK: Detecting

  private struct DetectInput: Decodable, Sendable {
    var StackName: String
    var LogicalResourceIds: [String]?
  }

  private struct DetectOutput: Encodable, Sendable { var StackDriftDetectionId: String }

  private func detectStackDrift(_ input: DetectInput, _ context: RequestContext) async throws
    -> DetectOutput
  {
    let ids = input.LogicalResourceIds.map { Set($0.map { LogicalID($0) }) }
    let report = try report(on: input.StackName, only: ids, context)
    let (id, stacks) = (engine.effects.random.uuid(), engine.stacks)
    try await engine.database.write {
      try DriftRecords.keep(
        report, detection: id, isWhole: ids == nil, stacks, in: context.scope, $0)
    }
    return DetectOutput(StackDriftDetectionId: id)
  }

  private struct DetectResourceInput: Decodable, Sendable {
    var StackName: String
    var LogicalResourceId: String
  }

  private struct DetectResourceOutput: Encodable, Sendable {
    var StackResourceDrift: ResourceDriftShape
  }

  private func detectResourceDrift(
    _ input: DetectResourceInput, _ context: RequestContext
  ) async throws -> DetectResourceOutput {
    let report = try report(
      on: input.StackName, only: [LogicalID(input.LogicalResourceId)], context)
    guard let drift = report.resources.first, drift.status != .notChecked else {
      throw Self.validation("Drift detection is not supported for the specified ResourceType")
    }
    let stacks = engine.stacks
    try await engine.database.write {
      try DriftRecords.keep(
        report, detection: nil, isWhole: false, stacks, in: context.scope, $0)
    }
    return DetectResourceOutput(
      StackResourceDrift: ResourceDriftShape(
        DriftRecords.Resource(checkedAt: report.checkedAt, drift: drift)))
  }

  /// The states in which a stack's resources are those of its record.
  private static let comparable: Set<StackStatus> = [
    .createComplete, .updateComplete, .updateRollbackComplete, .updateRollbackFailed,
    .importComplete, .importRollbackComplete,
  ]

  /// Nested stacks are detected by themselves, as AWS has it.
  private func report(on name: String, only ids: Set<LogicalID>?, _ context: RequestContext) throws
    -> DriftReport
  {
    try engine.database.read { transaction in
      let state = try existing(name, in: context.scope, transaction)
      guard Self.comparable.contains(state.status) else {
        throw Self.validation(
          "Drift detection cannot be performed on stack [\(state.environment.stackID)] while it is "
            + "in [\(state.status.rawValue)] state")
      }
      let known = Set(state.resources.map(\.logicalID))
      if let missing = ids?.subtracting(known).min() {
        throw Self.validation(
          "Resource \(missing) does not exist for stack \(state.environment.stackName)")
      }
      return try engine.driftReport(of: state, includesNested: false, only: ids, transaction)
    }
  }

  // MARK: Describing

  private struct StatusInput: Decodable, Sendable { var StackDriftDetectionId: String }
  private struct StatusOutput: Encodable, Sendable {
    var StackId: String
    var StackDriftDetectionId: String
    var StackDriftStatus: String
    var DetectionStatus = "DETECTION_COMPLETE"
    var DriftedStackResourceCount: Int
    var Timestamp: String
  }

  private func describeDetection(_ input: StatusInput, _ context: RequestContext) async throws
    -> StatusOutput
  {
    let id = input.StackDriftDetectionId
    guard
      let detection = try engine.database.read({
        try DriftRecords.detection(id, in: context.scope, $0)
      })
    else { throw Self.validation("Drift detection operation [\(id)] does not exist") }
    return StatusOutput(
      StackId: detection.stackID, StackDriftDetectionId: id,
      StackDriftStatus: detection.stackStatus,
      DriftedStackResourceCount: detection.driftedCount, Timestamp: detection.startedAt.iso8601)
  }

  private struct DriftsInput: Decodable, Sendable {
    var StackName: String
    var StackResourceDriftStatusFilters: [String]?
    var NextToken: String?
    var MaxResults: Int?
  }

  private struct DriftsOutput: Encodable, Sendable {
    var StackResourceDrifts: [ResourceDriftShape]
    var NextToken: String?
  }

  private static let driftsPerPage = 100

  private func describeDrifts(_ input: DriftsInput, _ context: RequestContext) async throws
    -> DriftsOutput
  {
    try engine.database.read { transaction in
      let state = try existing(input.StackName, in: context.scope, transaction)
      let known = try DriftRecords.resources(of: state, transaction)
      let wanted = input.StackResourceDriftStatusFilters.map { Set($0) }
      let all = known.values.filter { row in
        // Resources that can't be checked were not, and are not told.
        row.drift.status != .notChecked && wanted?.contains(row.drift.status.rawValue) ?? true
      }.sorted { $0.drift.logicalID < $1.drift.logicalID }
      var rest = all[...]
      if let token = input.NextToken {
        guard known[LogicalID(token)] != nil else {
          throw Self.validation("NextToken `\(token)` is not valid.")
        }
        rest = rest.drop { $0.drift.logicalID <= LogicalID(token) }
      }
      let page = rest.prefix(input.MaxResults ?? Self.driftsPerPage)
      return DriftsOutput(
        StackResourceDrifts: page.map { ResourceDriftShape($0) },
        NextToken: page.count < rest.count ? page.last?.drift.logicalID.text : nil)
    }
  }
}

/// The drift of one resource, as AWS tells it.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackResourceDrift.html
struct ResourceDriftShape: Encodable, Sendable {
  struct Difference: Encodable, Sendable {
    var PropertyPath: String
    var ExpectedValue: String
    var ActualValue: String
    var DifferenceType: String
  }

  var StackId: String
  var LogicalResourceId: String
  var PhysicalResourceId: String
  var ResourceType: String
  var ExpectedProperties: String?
  var ActualProperties: String?
  var PropertyDifferences: [Difference]
  var StackResourceDriftStatus: String
  var Timestamp: String

  init(_ row: DriftRecords.Resource) {
    let drift = row.drift
    StackId = drift.stackID
    LogicalResourceId = drift.logicalID.text
    PhysicalResourceId = drift.physicalID
    ResourceType = drift.type.text
    ExpectedProperties = drift.expected.map(JSONWriter.compact)
    ActualProperties = drift.actual.map(JSONWriter.compact)
    PropertyDifferences = drift.differences.map {
      Difference(
        PropertyPath: $0.path.pointer, ExpectedValue: Self.text($0.expected),
        ActualValue: Self.text($0.actual), DifferenceType: $0.kind.rawValue)
    }
    StackResourceDriftStatus = drift.status.rawValue
    Timestamp = row.checkedAt.iso8601
  }

  private static func text(_ value: PropertyValue?) -> String {
    value.map { $0.scalarText ?? JSONWriter.compact($0) } ?? "null"
  }
}
