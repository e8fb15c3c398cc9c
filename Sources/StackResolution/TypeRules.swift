import PropertyTree
import ResourceFacts

/// Rules that the properties of a type are held against.
struct TypeRules {
  var facts: TypeFacts?
  /// The properties that Leat implements.
  var supported: SupportedPaths
  /// Of the others, values that say what is so without them, by the keys that lead there.
  var defaults: [(keys: [String], values: [PropertyValue])]

  /// Places of what is not implemented and says nothing: defaults written out and empty lists.
  func redundant(in properties: PropertyValue) -> [PropertyPath] {
    guard let object = properties.objectValue, !supported.isEverything else { return [] }
    var found: [PropertyPath] = []
    for (keys, values) in defaults {
      guard let value = keys.reduce(properties as PropertyValue?, { $0?[$1] }) else { continue }
      guard values.contains(where: value.means) else { continue }
      found.append(PropertyPath(keys.map { .key($0) }))
    }
    for (name, value) in object where value == .list([]) && supported.tree.children[name] == nil {
      guard facts?.shape(facts?.root ?? 0).facts.properties[name] != nil else { continue }
      found.append(PropertyPath([.key(name)]))
    }
    return found
  }
}

extension PropertyValue {
  /// True where the two are equal, or read as equal: `"512"` is 512.
  fileprivate func means(_ other: PropertyValue) -> Bool {
    switch (self, other) {
    case (.object(let own), .object(let others)):
      own.count == others.count
        && own.allSatisfy { name, value in others[name].map { value.means($0) } ?? false }
    case (.list(let own), .list(let others)):
      own.count == others.count && zip(own, others).allSatisfy { $0.means($1) }
    case (.object, _), (.list, _), (_, .object), (_, .list): false
    default: self == other || scalarText != nil && scalarText == other.scalarText
    }
  }
}
