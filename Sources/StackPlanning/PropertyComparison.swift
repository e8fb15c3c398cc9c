import PropertyTree
import ResourceModel
import StackModel

/// Finds the properties of a resource that a new template changes.
enum PropertyComparison {
  /// In the order of the properties. Empty when the two mean the same to CloudFormation: the order
  /// of keys, `1` against `"1"`, and the spellings of a policy document do not count.
  static func changes(
    from before: PropertyValue, to resource: ResolvedResource, schema: ResourceSchema
  ) -> [PropertyChange] {
    // Most resources of most plans: no spelling needs to be evened out.
    if before == resource.properties { return [] }
    let old = PolicyDocument.normalised(before)
    let new = PolicyDocument.normalised(resource.properties)
    return old.differences(to: new).filter(isChange).map { difference in
      PropertyChange(
        path: difference.path.description, before: difference.before, after: difference.after,
        requiresReplacement: replaces(difference, schema),
        location: difference.after.map { _ in resource.span(of: difference.path).location })
    }
  }

  /// An absent value and an explicit null are the same.
  private static func isChange(_ difference: PropertyDifference) -> Bool {
    (difference.before ?? .null) != (difference.after ?? .null)
  }

  /// A whole object that comes or goes replaces the resource too when a create-only property lies
  /// inside it.
  private static func replaces(_ difference: PropertyDifference, _ schema: ResourceSchema) -> Bool {
    if schema.isCreateOnly(difference.path) { return true }
    let keys = difference.path.keysOnly
    return schema.createOnly.contains { path in
      let wanted = path.split(separator: ".").map(String.init)
      guard wanted.count > keys.count, Array(wanted.prefix(keys.count)) == keys else {
        return false
      }
      let rest = Array(wanted.dropFirst(keys.count))
      return values(in: difference.before, at: rest) != values(in: difference.after, at: rest)
    }
  }

  private static func values(in value: PropertyValue?, at keys: [String]) -> [PropertyValue] {
    guard let value else { return [] }
    if let list = value.listValue { return list.flatMap { values(in: $0, at: keys) } }
    guard let key = keys.first else { return [value] }
    return values(in: value[key], at: Array(keys.dropFirst()))
  }
}
