import Diagnostics
import PropertyTree
import StackContracts
import StackEngine
import ResourceModel
import StackModel

/// A template language small enough to need no tests: JSON, resources in the order in which they
/// are written, `{"Ref": id}` at the top of properties and outputs, `{"Param": name}` likewise.
struct FakeCompiler: TemplateCompiling {
  func resolve(
    _ source: TemplateSource, catalog: ResourceCatalog,
    lookup: (DynamicReference) -> DynamicAnswer, identify: (ResolvedResource) -> ResourceIdentity
  ) -> (stack: ResolvedStack?, diagnostics: [Diagnostic]) {
    let root: PropertyValue
    do { root = try JSONReader.read(source.body) } catch {
      return (nil, [Diagnostic(.syntax, "not JSON: \(error)", at: nil)])
    }
    let values = source.previousParameters.merging(source.parameters) { $1 }
    var identities: [String: ResourceIdentity] = [:]
    func answer(_ value: PropertyValue) -> PropertyValue {
      if let id = value["Ref"]?.stringValue { return identities[id]?.reference ?? .null }
      if let name = value["Param"]?.stringValue { return .string(values[name] ?? "") }
      return value
    }
    var resources: [ResolvedResource] = []
    for (id, body) in root["Resources"]?.objectValue ?? [:] {
      let written = body["Properties"]?.objectValue ?? [:]
      let references = written.compactMap { $0.value["Ref"]?.stringValue }
      let named = (body["DependsOn"]?.listValue ?? []).compactMap(\.stringValue)
      let resource = ResolvedResource(
        logicalID: LogicalID(id), type: ResourceType(body["Type"]?.stringValue ?? ""),
        properties: .object(PropertyObject(written.map { ($0.key, answer($0.value)) })),
        dependsOn: Set(references + named).sorted().map { LogicalID($0) },
        deletionPolicy: policy(body["DeletionPolicy"]),
        updateReplacePolicy: policy(body["UpdateReplacePolicy"]), span: place)
      identities[id] = identify(resource)
      resources.append(resource)
    }
    let outputs = (root["Outputs"]?.objectValue ?? [:]).map {
      StackOutput(key: $0.key, value: answer($0.value).scalarText ?? "")
    }
    let parameters = values.sorted { $0.key < $1.key }.map {
      ParameterValue(name: $0.key, value: $0.value)
    }
    return (
      ResolvedStack(
        environment: source.environment, description: root["Description"]?.stringValue,
        parameters: parameters, resources: resources, outputs: outputs), []
    )
  }

  func outline(of body: String, file: String)
    -> (outline: TemplateOutline?, diagnostics: [Diagnostic])
  {
    let root: PropertyValue
    do { root = try JSONReader.read(body) } catch {
      return (nil, [Diagnostic(.syntax, "not JSON: \(error)", at: nil)])
    }
    let resources = (root["Resources"]?.objectValue ?? [:]).map {
      TemplateOutline.Resource(
        logicalID: LogicalID($0.key), type: ResourceType($0.value["Type"]?.stringValue ?? ""),
        properties: Array(($0.value["Properties"]?.objectValue ?? [:]).keys))
    }
    return (
      TemplateOutline(
        description: root["Description"]?.stringValue,
        parameters: [.init(name: "Size", type: "Number", defaultValue: "1")],
        resources: resources), []
    )
  }

  private var place: SourceSpan {
    SourceSpan(
      file: "template", start: SourcePosition(line: 1, column: 1),
      end: SourcePosition(line: 1, column: 2))
  }

  private func policy(_ value: PropertyValue?) -> DeletionPolicy {
    value?.stringValue.flatMap(DeletionPolicy.init(rawValue:)) ?? .delete
  }
}
