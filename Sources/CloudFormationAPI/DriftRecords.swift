import AWSModel
import Effects
import ResourceModel
import ServiceKit
import StackContracts
import StackModel
import StackStore

/// Findings of detections, kept until the next one: a stack's standing, its resources' and the
/// detections themselves.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackDriftInformation.html
enum DriftRecords {
  /// One run of DetectStackDrift.
  struct Detection: Codable, Sendable {
    var stackID: String
    var startedAt: Timestamp
    var stackStatus: String
    var driftedCount: Int
  }

  /// The last check of a stack, or of some of its resources.
  struct Standing: Codable, Sendable {
    var checkedAt: Timestamp
    var status: String
    /// When all resources were checked last; nil where they never were.
    var wholeAt: Timestamp?
    /// Detections that can still be asked after, oldest first.
    var detections: [String]
  }

  /// The last check of a resource.
  struct Resource: Codable, Sendable {
    var checkedAt: Timestamp
    var drift: ResourceDrift

    var information: StackResourceShape.Drift {
      StackResourceShape.Drift(
        StackResourceDriftStatus: drift.status.rawValue,
        LastCheckTimestamp: drift.status == .notChecked ? nil : checkedAt.iso8601)
    }
  }

  /// Detections of one stack that are kept.
  private static let detectionsMax = 20

  private static let detections = ModelTable<Detection>("cloudformation.drift-detection")
  private static let standings = ModelTable<Standing>("cloudformation.drift")
  private static let resources = ModelTable<Resource>("cloudformation.drift-resource")
  static var formats: [StoredFormat] { [detections.format, standings.format, resources.format] }

  // MARK: Writing

  /// - Parameters:
  ///   - detection: its id; nil for a check of one resource.
  ///   - isWhole: true where every resource of the stack was checked.
  static func keep(
    _ report: DriftReport, detection: String?, isWhole: Bool, _ stacks: StackStore,
    in scope: Scope, _ transaction: Transaction
  ) throws {
    let id = report.stackID
    if isWhole {
      try sweep(stacks, in: scope, transaction)
      let found = Set(report.resources.map { key(id, $0.logicalID) })
      for entry in try resources.list(in: scope, prefix: key(id, ""), transaction)
      where !found.contains(entry.name) {
        try resources.delete(entry.name, in: scope, transaction)
      }
    }
    for drift in report.resources {
      try resources.put(
        Resource(checkedAt: report.checkedAt, drift: drift), key(id, drift.logicalID), in: scope,
        transaction)
    }
    var standing =
      try standings.get(id, in: scope, transaction)
      ?? Standing(checkedAt: report.checkedAt, status: "", detections: [])
    standing.checkedAt = report.checkedAt
    if isWhole { standing.wholeAt = report.checkedAt }
    let all = try resources.list(in: scope, prefix: key(id, ""), transaction)
    standing.status =
      all.contains { $0.model.drift.isDrifted }
      ? "DRIFTED" : standing.wholeAt == nil ? "NOT_CHECKED" : "IN_SYNC"
    if let detection {
      try detections.put(
        Detection(
          stackID: id, startedAt: report.checkedAt,
          stackStatus: report.drifted.isEmpty ? "IN_SYNC" : "DRIFTED",
          driftedCount: report.drifted.count), detection, in: scope, transaction)
      standing.detections.append(detection)
      if standing.detections.count > detectionsMax {
        try detections.delete(standing.detections.removeFirst(), in: scope, transaction)
      }
    }
    try standings.put(standing, id, in: scope, transaction)
  }

  /// Forgets stacks that are deleted.
  private static func sweep(_ stacks: StackStore, in scope: Scope, _ transaction: Transaction)
    throws
  {
    for (id, standing) in try standings.list(in: scope, transaction) {
      let head = try stacks.head(id: id, in: scope, transaction)
      guard head.map({ $0.status == .deleteComplete }) ?? true else { continue }
      for detection in standing.detections {
        try detections.delete(detection, in: scope, transaction)
      }
      for (name, _) in try resources.list(in: scope, prefix: key(id, ""), transaction) {
        try resources.delete(name, in: scope, transaction)
      }
      try standings.delete(id, in: scope, transaction)
    }
  }

  // MARK: Reading

  static func detection(_ id: String, in scope: Scope, _ transaction: Transaction) throws
    -> Detection?
  {
    try detections.get(id, in: scope, transaction)
  }

  /// The stack's standing. What was found before the stack was last changed says nothing any more.
  static func information(of state: StackState, _ transaction: Transaction) throws
    -> StackShape.Drift
  {
    let (id, scope) = (state.environment.stackID, state.environment.scope)
    guard let standing = try standings.get(id, in: scope, transaction) else {
      return StackShape.Drift()
    }
    let isCurrent = standing.checkedAt >= state.updatedAt ?? state.createdAt
    return StackShape.Drift(
      StackDriftStatus: isCurrent ? standing.status : "NOT_CHECKED",
      LastCheckTimestamp: standing.checkedAt.iso8601)
  }

  /// The resources that were checked since they were last changed.
  static func resources(of state: StackState, _ transaction: Transaction) throws
    -> [LogicalID: Resource]
  {
    let (id, scope) = (state.environment.stackID, state.environment.scope)
    guard try standings.get(id, in: scope, transaction) != nil else { return [:] }
    let rows = try resources.list(in: scope, prefix: key(id, ""), transaction)
    let known = Dictionary(
      rows.map { ($0.model.drift.logicalID, $0.model) }, uniquingKeysWith: { first, _ in first })
    var current: [LogicalID: Resource] = [:]
    for resource in state.resources {
      guard let row = known[resource.logicalID], row.checkedAt >= resource.updatedAt,
        row.drift.physicalID == resource.identity.physicalID
      else { continue }
      current[resource.logicalID] = row
    }
    return current
  }

  private static func key(_ stackID: String, _ id: LogicalID) -> String { "\(stackID)/\(id)" }
}
