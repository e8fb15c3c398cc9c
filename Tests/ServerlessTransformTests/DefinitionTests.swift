import TemplateParsing
import Testing

@testable import ServerlessTransform

/// Copies of a definition are counted and made good later; the outcome must be that of copying.
@Suite struct DefinitionTests {
  /// A definition whose keys collide in small tables, so that copies move them.
  private func body(_ paths: Int) -> Tree {
    let items = (0..<paths).map { index in
      Tree.Member(
        "/p\(index)",
        Tree(
          (0..<6).map {
            Tree.Member("m\($0 * 8 + index)", ["security": [["a\($0)": [], "i\($0)": []]]])
          }))
    }
    return ["swagger": "2.0", "info": ["version": "1", "title": "t"], "paths": Tree(items)]
  }

  @Test(arguments: [1, 5, 40, 300])
  func copiesAreMadeGood(_ paths: Int) {
    var plain = body(paths)
    var document = ApiDocument(plain)
    for round in 0..<7 {
      plain = PythonOrder.copied(plain)
      document.copy()
      // Looking at a part in between changes nothing.
      #expect(document.item(of: "/p0") != nil)
      if round % 3 == 1 {
        var all = plain["paths"] ?? .emptyObject
        all.set("/new\(round)", ["get": .emptyObject], keySpan: nil)
        // Past the limit nothing is copied any more.
        if all.keys.count <= 300 {
          plain["paths"] = all
          document.addPath(Tree("/new\(round)"), "get")
        }
      }
    }
    #expect(CanonicalOrder.text(document.body) == CanonicalOrder.text(plain))
    let times = PythonOrder.copied(body(paths), times: 1000)
    let one = (0..<1000).reduce(body(paths)) { tree, _ in PythonOrder.copied(tree) }
    #expect(CanonicalOrder.text(times) == CanonicalOrder.text(one))
  }

  @Test func everyRowOfTheFactsIsRead() throws {
    #expect(policyTemplatesTable.count >= 81 && connectorProfilesTable.count >= 20)
    for (name, json) in policyTemplatesTable {
      let tree = ServerlessFacts.tree(json)
      #expect(tree["statements"]?.isTruthy == true, "\(name)")
      let values = (tree["parameters"]?.elements ?? []).map {
        Tree.Member($0.string ?? "", Tree("value"))
      }
      let policy = Tree([Tree.Member("\(name)", Tree(values))])
      #expect(!CanonicalJSON.compact(try PolicyTemplate.expand(policy)).contains("\"Ref\""))
    }
    for json in connectorProfilesTable {
      let row = ServerlessFacts.tree(json)
      let profile = ConnectorProfile.find(
        source: row["source"]?.string ?? "", destination: row["destination"]?.string ?? "")
      #expect(profile != nil, "\(json)")
    }
  }
}

/// The text of a tree with its keys in their order.
private enum CanonicalOrder {
  static func text(_ tree: Tree) -> String {
    switch tree.content {
    case .scalar(let scalar): scalar.text
    case .list(let elements): "[" + elements.map(text).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.map { $0.key + ":" + text($0.value) }.joined(separator: ",") + "}"
    }
  }
}
