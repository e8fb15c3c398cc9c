import AWSModel
import PropertyTree

/// Nests the flat parameters of the Query protocol: `Tags.member.1.Key=a` becomes
/// `{Tags: {member: {1: {Key: a}}}}`, which `TreeDecoder(lenientLists: true)` reads as a list.
enum QueryTree {
  static let depthMax = 32
  static let itemsMax = 20_000

  /// A tree while it grows. A class, so that a step down costs no copy.
  private final class Node {
    var value: String?
    var keys: [String] = []
    var children: [String: Node] = [:]

    func child(_ key: String) -> Node {
      if let child = children[key] { return child }
      let child = Node()
      keys.append(key)
      children[key] = child
      return child
    }

    func tree() throws(ServiceError) -> PropertyValue {
      if keys.isEmpty { return .string(value ?? "") }
      if let value, !value.isEmpty {
        throw ServiceError("MalformedQueryString", "A parameter is both a value and a structure.")
      }
      var object = PropertyObject()
      for key in keys {
        if let child = children[key] { object[key] = try child.tree() }
      }
      return .object(object)
    }
  }

  /// Throws `MalformedQueryString` for a key that is given twice, nests deeper than 32 levels or is
  /// both value and structure.
  static func nest(_ items: some Sequence<QueryItem>) throws(ServiceError) -> PropertyObject {
    let root = Node()
    var count = 0
    for item in items {
      count += 1
      guard count <= itemsMax else {
        throw ServiceError("MalformedQueryString", "More than \(itemsMax) parameters.")
      }
      let parts = item.key.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count <= depthMax else {
        throw ServiceError("MalformedQueryString", "A parameter nests too deeply.")
      }
      var node = root
      for part in parts { node = node.child(String(part)) }
      guard node.value == nil else {
        throw ServiceError("MalformedQueryString", "The parameter \(item.key) is given twice.")
      }
      node.value = item.value
    }
    return root.keys.isEmpty ? PropertyObject() : try root.tree().objectValue ?? PropertyObject()
  }
}
