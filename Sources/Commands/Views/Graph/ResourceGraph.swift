import PropertyTree
import ResourceModel
import StackModel

/// The resources of stacks and what each needs, to be drawn.
struct ResourceGraph: Sendable, Hashable {
  struct Node: Sendable, Hashable {
    /// `Orders`; in a nested stack `Child/Orders`; of several stacks `shop/Orders`.
    var id: String
    /// The id without its groups.
    var name: String
    var type: String
    /// The stacks around it, outermost first: more than none where there are several, or nested ones.
    var groups: [String]
    /// nil where the graph is of a template alone.
    var action: ChangeAction?
  }

  /// One resource needs another, which is made first and removed last.
  struct Edge: Sendable, Hashable {
    var from: String
    var to: String
  }

  var nodes: [Node] = []
  var edges: [Edge] = []

  /// - Parameters:
  ///   - plans: one a stack.
  ///   - showsPlan: true where resources have their actions, and those that go are there too.
  init(_ plans: [Plan], showsPlan: Bool) {
    for plan in plans {
      let groups = plans.count > 1 ? [plan.environment.stackName] : []
      add(plan.changes, in: groups, showsPlan: showsPlan)
    }
  }

  private mutating func add(_ changes: [ResourceChange], in groups: [String], showsPlan: Bool) {
    func id(_ logicalID: LogicalID) -> String {
      (groups + [logicalID.text]).joined(separator: "/")
    }
    let staying = Set(changes.filter { !$0.leaves }.map(\.logicalID))
    let shown = changes.filter { change in
      // Another resource may have its name.
      change.leaves ? showsPlan && !staying.contains(change.logicalID) : true
    }
    let known = Set(shown.map(\.logicalID))
    for change in shown {
      let own = id(change.logicalID)
      nodes.append(
        Node(
          id: own, name: change.logicalID.text, type: change.type.text, groups: groups,
          action: showsPlan ? change.action : nil))
      for other in change.dependsOn where known.contains(other) && other != change.logicalID {
        edges.append(Edge(from: own, to: id(other)))
      }
      guard let nested = change.nested else { continue }
      let first = nodes.count
      add(nested, in: groups + [change.logicalID.text], showsPlan: showsPlan)
      // A stack is there when all that is in it is.
      for inner in nodes[first...] where inner.groups.count == groups.count + 1 {
        edges.append(Edge(from: own, to: inner.id))
      }
    }
  }

  /// Actions that occur, in the order in which a plan counts them.
  var actions: [ChangeAction] {
    let all: [ChangeAction] = [
      .create, .update, .replace, .move, .import, .adopt, .delete, .retain, .keep,
    ]
    return all.filter { action in nodes.contains { $0.action == action } }
  }

  /// `docs/commands.md` describes it.
  var document: PropertyValue {
    [
      "formatVersion": 1,
      "nodes": .list(
        nodes.map { node in
          var members: PropertyObject = [
            "id": .string(node.id), "logicalId": .string(node.name), "type": .string(node.type),
            "stacks": .list(node.groups.map { .string($0) }),
          ]
          if let action = node.action { members["action"] = .string(action.rawValue) }
          return .object(members)
        }),
      "edges": .list(edges.map { ["from": .string($0.from), "to": .string($0.to)] }),
    ]
  }
}

extension ResourceChange {
  /// True where the resource is no part of the stack afterwards.
  fileprivate var leaves: Bool { action == .delete || action == .retain }
}

extension ChangeAction {
  /// Fill and line: what is made is green, changed yellow, lost red, only written down blue.
  var colours: (fill: String, line: String) {
    switch self {
    case .create: ("#dff5e1", "#2e7d32")
    case .update: ("#fff4d1", "#b28704")
    case .replace, .delete: ("#fde0df", "#c62828")
    case .move, .import, .adopt, .retain: ("#e0ecfd", "#1565c0")
    case .keep: ("#f2f2f2", "#757575")
    }
  }

  /// The sign before a resource, where a plan is shown.
  var sign: String {
    switch self {
    case .create: "+"
    case .update: "~"
    case .replace: "±"
    case .delete: "-"
    case .retain: "○"
    case .keep: " "
    case .move: "→"
    case .import: "⇠"
    case .adopt: "≈"
    }
  }
}
