import Effects
import StackModel

/// A stack as it was last deployed, compared with what is there. Holds no secret.
public struct DriftReport: Sendable, Hashable, Codable {
  public var stackID: String
  public var stackName: String
  public var checkedAt: Timestamp
  /// In the order of their creation; those of a nested stack behind its resource.
  public var resources: [ResourceDrift]

  public init(
    stackID: String, stackName: String, checkedAt: Timestamp, resources: [ResourceDrift]
  ) {
    self.stackID = stackID
    self.stackName = stackName
    self.checkedAt = checkedAt
    self.resources = resources
  }

  public var drifted: [ResourceDrift] { resources.filter(\.isDrifted) }
}
