import PropertyTree
import StackModel

extension StackPlanner {
  /// The deployed properties as they are now, of a resource that has drifted and is to be put back;
  /// nil for all others.
  public typealias FindsDrift = (ResourceState) -> PropertyValue?
}

/// Compares the properties of a template's resource with those of the live one.
public enum Drift {
  /// Differences between the live resource and the template, in the template's order: `before` is
  /// the template's value, `after` the live one.
  ///
  /// Properties that the template does not say are not compared, and write-only ones can't be. The
  /// order of keys, `1` against `"1"`, the spellings of a policy document, the order of tags, and a
  /// document given as JSON text make no difference.
  ///
  /// - Parameter writeOnly: dotted paths, as `ResourceHandler.writeOnly` has them.
  public static func differences(
    desired: PropertyValue, live: PropertyValue, writeOnly: Set<String> = []
  ) -> [PropertyDifference] {
    compare(
      PolicyDocument.normalised(desired), PolicyDocument.normalised(live), PropertyPath(), writeOnly
    )
  }

  static func compare(
    _ desired: PropertyValue, _ live: PropertyValue?, _ path: PropertyPath,
    _ writeOnly: Set<String>
  ) -> [PropertyDifference] {
    if desired == .null || writeOnly.contains(path.keysOnly.joined(separator: ".")) { return [] }
    switch (desired, live) {
    case (.object(let members), .object(let found)?):
      return members.flatMap {
        compare($0.value, found[$0.key], path.appending($0.key), writeOnly)
      }
    case (.list(let list), .list(let found)?) where list.count == found.count:
      return zip(tagOrder(list), tagOrder(found)).sorted { $0.0 < $1.0 }.flatMap { pair in
        compare(list[pair.0], found[pair.1], path.appending(pair.0), writeOnly)
      }
    case (.string(let text), .object?):
      guard let document = try? JSONReader.read(text), document.objectValue != nil else { break }
      return compare(PolicyDocument.normalised(document), live, path, writeOnly)
    default: break
    }
    if let live, desired.differences(to: live).isEmpty { return [] }
    return [PropertyDifference(path: path, before: desired, after: live)]
  }

  /// The places of a list of `Key` and `Value` by its keys; those of any other list as they are.
  static func tagOrder(_ list: [PropertyValue]) -> [Int] {
    let keys = list.compactMap { $0["Key"]?.scalarText }
    guard keys.count == list.count else { return Array(list.indices) }
    return list.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
  }
}
