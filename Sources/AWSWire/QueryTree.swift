import AWSModel
import PropertyTree

/// Nests the flat parameters of the Query protocols: `Tags.member.1.Key=a` and `Tags.1.Key=a` become
/// `{Tags: [{Key: a}]}`, `Map.entry.1.key=a&Map.entry.1.value=b` becomes `{Map: {a: b}}`. Numbers
/// order a list and may leave gaps.
///
/// <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>
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
        throw QueryTree.malformed("A parameter is both a value and a structure.")
      }
      if let list = numbered ?? only("member")?.numbered {
        return .list(try list.map { node throws(ServiceError) in try node.tree() })
      }
      if let entries = only("entry")?.numbered, entries.allSatisfy(\.isEntry) {
        return try map(entries)
      }
      var object = PropertyObject()
      for key in keys {
        if let child = children[key] { object[key] = try child.tree() }
      }
      return .object(object)
    }

    private func only(_ key: String) -> Node? { keys == [key] ? children[key] : nil }

    private var isEntry: Bool { keys.allSatisfy { $0 == "key" || $0 == "value" } }

    /// The children in the order of their numbers; nil where one has another name.
    private var numbered: [Node]? {
      var found: [(number: Int, node: Node)] = []
      for key in keys {
        guard let number = Int(key), number > 0, String(number) == key, let node = children[key]
        else { return nil }
        found.append((number, node))
      }
      return found.isEmpty ? nil : found.sorted { $0.number < $1.number }.map(\.node)
    }

    private func map(_ entries: [Node]) throws(ServiceError) -> PropertyValue {
      var object = PropertyObject()
      for entry in entries {
        guard let key = entry.children["key"]?.value else {
          throw QueryTree.malformed("An entry of a map has no key.")
        }
        guard object[key] == nil else {
          throw QueryTree.malformed("The map key \(key) is given twice.")
        }
        object[key] = try entry.children["value"]?.tree() ?? ""
      }
      return .object(object)
    }
  }

  private static func malformed(_ message: String) -> ServiceError {
    ServiceError("MalformedQueryString", message)
  }

  /// Throws `MalformedQueryString` for a key that is given twice, nests deeper than 32 levels or is
  /// both value and structure.
  static func nest(_ items: some Sequence<QueryItem>) throws(ServiceError) -> PropertyObject {
    let root = Node()
    var count = 0
    for item in items {
      count += 1
      guard count <= itemsMax else {
        throw QueryTree.malformed("More than \(itemsMax) parameters.")
      }
      let parts = item.key.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count <= depthMax else {
        throw QueryTree.malformed("A parameter nests too deeply.")
      }
      var node = root
      for part in parts { node = node.child(String(part)) }
      guard node.value == nil else {
        throw QueryTree.malformed("The parameter \(item.key) is given twice.")
      }
      node.value = item.value
    }
    return root.keys.isEmpty ? PropertyObject() : try root.tree().objectValue ?? PropertyObject()
  }
}
