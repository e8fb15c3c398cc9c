import Foundation
import PropertyTree
import StackModel
import Testing

/// A resolved stack, written down again as a template, resolves to itself: nothing that a value
/// looks like (`yes`, `012`, `a: b`, `${x}` in plain text) changes on its way through a file.
@Suite struct RoundTripTests {
  @Test(arguments: GoldenTests.cases)
  func resolvedStacksReadBack(_ name: String) throws {
    let folder = GoldenTests.root.appending(path: name)
    let yaml = folder.appending(path: "template.yaml")
    let isYAML = FileManager.default.fileExists(atPath: yaml.path())
    let file = isYAML ? yaml : folder.appending(path: "template.json")
    let first = Compilation([UInt8](try Data(contentsOf: file)))
    guard let stack = first.stack else { return }
    let tree = Self.template(stack)
    let json = Compilation(Array(JSONWriter.pretty(tree).utf8))
    #expect(json.stack != nil, "\(json.diagnostics)")
    #expect(json.tree.map(Self.resources) == first.tree.map(Self.resources))
    let written = Compilation(Array(Self.yaml(tree, indent: 0).utf8))
    #expect(written.stack != nil, "\(written.diagnostics)")
    #expect(written.tree.map(Self.resources) == first.tree.map(Self.resources))
  }

  private static func resources(_ tree: PropertyValue) -> [String: PropertyValue] {
    let resources = tree["Resources"]?.listValue ?? []
    let outputs = tree["Outputs"]?.listValue ?? []
    return Dictionary(
      (resources + outputs).map {
        ($0["LogicalId"]?.stringValue ?? $0["Key"]?.stringValue ?? "", $0)
      },
      uniquingKeysWith: { first, _ in first })
  }

  /// A template without functions that gives the same stack.
  private static func template(_ stack: ResolvedStack) -> PropertyValue {
    var resources = PropertyObject()
    for resource in stack.resources {
      var object: PropertyObject = [
        "Type": .string(resource.type.text), "Properties": resource.properties,
        "DeletionPolicy": .string(resource.deletionPolicy.rawValue),
        "UpdateReplacePolicy": .string(resource.updateReplacePolicy.rawValue),
      ]
      if !resource.dependsOn.isEmpty {
        object["DependsOn"] = .list(resource.dependsOn.map { .string($0.text) })
      }
      resources[resource.logicalID.text] = .object(object)
    }
    var root: PropertyObject = ["Resources": .object(resources)]
    if !stack.outputs.isEmpty {
      var outputs = PropertyObject()
      for output in stack.outputs {
        var object: PropertyObject = ["Value": .string(output.value)]
        if let description = output.description { object["Description"] = .string(description) }
        if let name = output.exportName { object["Export"] = ["Name": .string(name)] }
        outputs[output.key] = .object(object)
      }
      root["Outputs"] = .object(outputs)
    }
    return .object(root)
  }

  /// Block style, with every text in double quotes.
  private static func yaml(_ value: PropertyValue, indent: Int) -> String {
    let margin = String(repeating: " ", count: indent)
    switch value {
    case .object(let object) where !object.isEmpty:
      return object.map { key, inner in
        "\n\(margin)\(JSONWriter.compact(.string(key))):" + yaml(inner, indent: indent + 2)
      }.joined()
    case .list(let list) where !list.isEmpty:
      return list.map { "\n\(margin)-" + yaml($0, indent: indent + 2) }.joined()
    default: return " " + JSONWriter.compact(value)
    }
  }
}
