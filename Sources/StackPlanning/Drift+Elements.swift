import PropertyTree
import StackModel

/// Differences as CloudFormation tells them: a list that has grown or shrunk by its elements.
extension Drift {
  /// Beyond this number of pairs of elements a list is told as a whole.
  private static let pairsMax = 1_000_000

  /// The differences of `differences`, in its order, those of lists of different lengths taken apart.
  public static func properties(
    desired: PropertyValue, live: PropertyValue, writeOnly: Set<String> = []
  ) -> [PropertyDrift] {
    differences(desired: desired, live: live, writeOnly: writeOnly).flatMap { difference in
      let expected = difference.before ?? .null
      guard let actual = difference.after, actual != .null else {
        return [PropertyDrift(path: difference.path, kind: .remove, expected: expected)]
      }
      if case .list(let list) = expected, case .list(let found) = actual,
        list.count * found.count <= pairsMax
      {
        return elements(list, found, at: difference.path)
      }
      return [
        PropertyDrift(path: difference.path, kind: .notEqual, expected: expected, actual: actual)
      ]
    }
  }

  private static func elements(
    _ list: [PropertyValue], _ found: [PropertyValue], at path: PropertyPath
  ) -> [PropertyDrift] {
    var drifts: [PropertyDrift] = []
    var left = Array(found.indices)
    for (index, element) in list.enumerated() {
      let place = path.appending(index)
      guard let match = left.firstIndex(where: { isSame(element, found[$0]) }) else {
        drifts.append(PropertyDrift(path: place, kind: .remove, expected: element))
        continue
      }
      let other = found[left.remove(at: match)]
      drifts += element.differences(to: other, at: place).filter { $0.before != nil }.map {
        PropertyDrift(
          path: $0.path, kind: $0.after == nil ? .remove : .notEqual, expected: $0.before,
          actual: $0.after)
      }
    }
    return drifts
      + left.enumerated().map { offset, index in
        PropertyDrift(
          path: path.appending(list.count + offset), kind: .add, actual: found[index])
      }
  }

  /// True for tags of the same key, and for other elements that mean the same.
  private static func isSame(_ element: PropertyValue, _ other: PropertyValue) -> Bool {
    if let key = element["Key"]?.scalarText, let others = other["Key"]?.scalarText {
      return key == others
    }
    return element.differences(to: other).isEmpty
  }
}

extension Drift {
  /// The desired properties with live values in the places where the two differ: what was deployed,
  /// as it is now. A place that is gone is missing.
  public static func merged(
    desired: PropertyValue, live: PropertyValue, writeOnly: Set<String> = []
  ) -> PropertyValue {
    guard case .object(let members) = desired else { return desired }
    var merged = PropertyObject()
    for (key, value) in members {
      let member: PropertyValue = .object([key: value])
      if differences(desired: member, live: live, writeOnly: writeOnly).isEmpty {
        merged[key] = value
      } else {
        // The differing property is told in the form in which it was compared.
        merged[key] = merge(
          PolicyDocument.normalised(member)[key] ?? value,
          PolicyDocument.normalised(live)[key], PropertyPath([.key(key)]), writeOnly)
      }
    }
    return .object(merged)
  }

  private static func merge(
    _ desired: PropertyValue, _ live: PropertyValue?, _ path: PropertyPath,
    _ writeOnly: Set<String>
  ) -> PropertyValue? {
    if compare(desired, live, path, writeOnly).isEmpty { return desired }
    switch (desired, live) {
    case (.object(let members), .object(let found)?):
      var merged = PropertyObject()
      for (key, value) in members {
        merged[key] = merge(value, found[key], path.appending(key), writeOnly)
      }
      return .object(merged)
    case (.list(let list), .list(let found)?) where list.count == found.count:
      var merged = list
      for (index, other) in zip(tagOrder(list), tagOrder(found)) {
        merged[index] =
          merge(list[index], found[other], path.appending(index), writeOnly) ?? .null
      }
      return .list(merged)
    default: return live
    }
  }
}
