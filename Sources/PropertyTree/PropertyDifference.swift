/// One value that differs between two trees.
public struct PropertyDifference: Sendable, Hashable {
  public var path: PropertyPath
  /// nil: the value is added.
  public var before: PropertyValue?
  /// nil: the value is removed.
  public var after: PropertyValue?

  public init(path: PropertyPath, before: PropertyValue?, after: PropertyValue?) {
    self.path = path
    self.before = before
    self.after = after
  }
}

extension PropertyValue {
  /// The smallest set of places where `other` differs, in the order of `self`, then of `other`.
  /// `1` against `"1"` and `true` against `"true"` are the same, as for CloudFormation; so is the
  /// order of an object's keys. Lists of equal length differ element by element, others whole.
  public func differences(to other: PropertyValue, at path: PropertyPath = PropertyPath())
    -> [PropertyDifference]
  {
    switch (self, other) {
    case (.object(let a), .object(let b)):
      var found: [PropertyDifference] = []
      for (key, value) in a {
        if let next = b[key] {
          found += value.differences(to: next, at: path.appending(key))
        } else {
          found.append(.init(path: path.appending(key), before: value, after: nil))
        }
      }
      for (key, value) in b where a[key] == nil {
        found.append(.init(path: path.appending(key), before: nil, after: value))
      }
      return found
    case (.list(let a), .list(let b)) where a.count == b.count:
      return zip(a, b).enumerated().flatMap { index, pair in
        pair.0.differences(to: pair.1, at: path.appending(index))
      }
    default:
      return sameScalar(as: other) ? [] : [.init(path: path, before: self, after: other)]
    }
  }

  private func sameScalar(as other: PropertyValue) -> Bool {
    if self == other { return true }
    guard let a = scalarText, let b = other.scalarText else { return false }
    return a == b
  }
}
