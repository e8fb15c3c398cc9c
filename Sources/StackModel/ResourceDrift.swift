import PropertyTree
import ResourceModel

/// CloudFormation's words for how a live resource stands to what was deployed.
public enum DriftStatus: String, Sendable, Hashable, Codable, CaseIterable {
  case inSync = "IN_SYNC"
  case modified = "MODIFIED"
  case deleted = "DELETED"
  case notChecked = "NOT_CHECKED"
}

/// A property that is not as it was deployed.
public struct PropertyDrift: Sendable, Hashable, Codable {
  public enum Kind: String, Sendable, Hashable, Codable {
    /// An element that a list has beside those that were deployed.
    case add = "ADD"
    /// A property or element that is gone.
    case remove = "REMOVE"
    case notEqual = "NOT_EQUAL"
  }

  /// The place in what was deployed; of an added element, one behind those of the list.
  public var path: PropertyPath
  public var kind: Kind
  /// nil for what was added. A secret is `****`, a reference stands as the template has it.
  public var expected: PropertyValue?
  /// nil for what is gone.
  public var actual: PropertyValue?

  public init(
    path: PropertyPath, kind: Kind, expected: PropertyValue? = nil, actual: PropertyValue? = nil
  ) {
    self.path = path
    self.kind = kind
    self.expected = expected
    self.actual = actual
  }
}

/// A property that could not be compared, and why.
public struct UncheckedProperty: Sendable, Hashable, Codable {
  /// Dotted, without places in lists: `Code.ZipFile`.
  public var path: String
  public var reason: String

  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }
}

extension ResourceChange {
  /// Properties that a rollback of a drifted resource's update puts back: what was there, and as
  /// deployed where that is a secret. nil where the plan has found no drift.
  package var foundProperties: PropertyValue? {
    guard let found, let before else { return nil }
    return found.uncovering(before.properties)
  }
}

extension PropertyValue {
  /// The value with `other`'s parts in the places of hidden ones.
  package func uncovering(_ other: PropertyValue) -> PropertyValue {
    switch (self, other) {
    case (.object(let object), .object(let others)):
      return .object(
        PropertyObject(
          object.map { key, value in
            (key, others[key].map { value.uncovering($0) } ?? value)
          }))
    case (.list(let list), .list(let others)) where list.count == others.count:
      return .list(zip(list, others).map { $0.uncovering($1) })
    case (.string(let text), _) where text.contains(SecretMask.text): return other
    default: return self
    }
  }
}

/// A resource as it was last deployed against the live one. Holds no secret.
public struct ResourceDrift: Sendable, Hashable, Codable {
  /// The logical id, behind those of the stacks around it: `Parent/Child`.
  public var name: String
  public var stackID: String
  public var logicalID: LogicalID
  public var physicalID: String
  public var type: ResourceType
  public var status: DriftStatus
  /// The reason why it was not checked; nil for all others.
  public var reason: String?
  /// Properties as deployed, without those that can't be read back; nil for what was not read.
  public var expected: PropertyValue?
  /// The same properties as they are.
  public var actual: PropertyValue?
  /// Empty where it is not `modified`.
  public var differences: [PropertyDrift] = []
  /// Properties of a checked resource that were not compared.
  public var unchecked: [UncheckedProperty] = []

  public init(
    _ resource: ResourceState, name: String, stackID: String, status: DriftStatus,
    reason: String? = nil
  ) {
    self.name = name
    self.stackID = stackID
    logicalID = resource.logicalID
    physicalID = resource.identity.physicalID
    type = resource.type
    self.status = status
    self.reason = reason
  }

  public var isDrifted: Bool { status == .modified || status == .deleted }
}
