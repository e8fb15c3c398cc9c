import PropertyTree
import ResourceFacts

/// The place and the shape of tags in the properties of a type's resources.
///
/// A stack's tags go there too, behind the resource's own: own tags win, as in CloudFormation.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
public struct TagForm: Sendable, Hashable {
  public var property: String
  /// True for an object of values by key; else the property is a list of `Key` and `Value`.
  public var isMap: Bool
  /// True where CloudFormation adds `aws:cloudformation:…` tags to the live resource.
  public var hasSystemTags: Bool

  /// nil where resources of the type have no tags, or none that Leat implements and can change.
  init?(_ schema: ResourceSchema) {
    guard let facts = ResourceFacts.facts(of: schema.type.text), let tagging = facts.tagging,
      tagging.isUpdatable, let shape = facts.shape(facts.root).facts.properties[tagging.property],
      schema.supported.contains(where: {
        $0 == tagging.property || $0.hasPrefix("\(tagging.property).")
      })
    else { return nil }
    property = tagging.property
    isMap = facts.shape(shape).facts.kinds == .object
    hasSystemTags = tagging.hasSystemTags
  }

  /// True for a path into the tags: `Tags`, `Tags[1].Value`.
  public func holds(_ path: String) -> Bool {
    path == property || path.hasPrefix("\(property).") || path.hasPrefix("\(property)[")
  }

  /// Keys of the tags that a path into the tags is about; nil for another path. The whole property
  /// is about all that differ.
  public func keys(
    at path: String, from before: PropertyValue, to after: PropertyValue
  ) -> Set<String>? {
    guard holds(path) else { return nil }
    let (past, present) = (table(in: before), table(in: after))
    let different = Set(past.keys).union(present.keys).filter { past[$0] != present[$0] }
    if path == property { return different }
    let rest = path.dropFirst(property.utf8.count)
    if rest.first == "." { return [String(rest.dropFirst())] }
    guard let index = Int(rest.dropFirst().prefix { $0 != "]" }) else { return different }
    let keys = [before, after].compactMap { properties -> String? in
      guard let list = properties[property]?.listValue, list.indices.contains(index) else {
        return nil
      }
      return list[index]["Key"]?.scalarText
    }
    return Set(keys)
  }

  /// The tags in a resource's properties, by key.
  public func table(in properties: PropertyValue) -> [String: String] {
    var table: [String: String] = [:]
    switch properties[property] {
    case .object(let object)?:
      for (key, value) in object { table[key] = value.scalarText ?? "" }
    case .list(let list)?:
      for tag in list {
        if let key = tag["Key"]?.scalarText { table[key] = tag["Value"]?.scalarText ?? "" }
      }
    default: break
    }
    return table
  }

  /// The properties with further tags, keys ascending, behind those that are there. Properties
  /// whose tags are not known stay as they are.
  public func adding(_ tags: [String: String], to properties: PropertyValue) -> PropertyValue {
    guard case .object(var object) = properties else { return properties }
    let own = table(in: properties)
    let new = tags.filter { own[$0.key] == nil }.sorted { $0.key < $1.key }
    if new.isEmpty { return properties }
    switch object[property] {
    case .object(var map)? where isMap:
      for (key, value) in new { map[key] = .string(value) }
      object[property] = .object(map)
    case .list(let list)? where !isMap:
      object[property] = .list(list + Self.list(new))
    case nil, .null?:
      object[property] =
        isMap
        ? .object(PropertyObject(new.map { ($0.key, .string($0.value)) })) : .list(Self.list(new))
    default: return properties
    }
    return .object(object)
  }

  /// The properties without the tags of these keys; without the property where none is left.
  public func removing(
    where isRemoved: (String) -> Bool, from properties: PropertyValue
  ) -> PropertyValue {
    guard case .object(var object) = properties else { return properties }
    switch object[property] {
    case .object(let map)?:
      let rest = map.filter { !isRemoved($0.key) }.map { ($0.key, $0.value) }
      object[property] = rest.isEmpty ? nil : .object(PropertyObject(rest))
    case .list(let list)?:
      let rest = list.filter { !isRemoved($0["Key"]?.scalarText ?? "") }
      object[property] = rest.isEmpty ? nil : .list(rest)
    default: return properties
    }
    return .object(object)
  }

  private static func list(_ tags: [(key: String, value: String)]) -> [PropertyValue] {
    tags.map { ["Key": .string($0.key), "Value": .string($0.value)] }
  }
}
