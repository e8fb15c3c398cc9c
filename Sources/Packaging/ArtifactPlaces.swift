import Diagnostics
import TemplateParsing

/// The local paths of a template as it is written, before its transforms.
struct ArtifactPlaces {
  private(set) var found: [ArtifactPackager.Place] = []
  /// What a packaged template can't have.
  private(set) var refusals: [Diagnostic] = []

  init(_ root: TemplateNode) {
    for entry in root.entries ?? [] {
      switch entry.key.value {
      case "Resources": resources(entry.value)
      case "Globals":
        for kind in entry.value.entries ?? [] {
          properties(kind.value, of: "AWS::Serverless::\(kind.key.value)")
        }
      default: break
      }
    }
    includes(root)
  }

  /// Resources, those in loops among them.
  private mutating func resources(_ node: TemplateNode) {
    for entry in node.entries ?? [] {
      if entry.key.value.hasPrefix("Fn::ForEach::") {
        if let body = entry.value.elements?.last { resources(body) }
        continue
      }
      guard let type = entry.value["Type"]?.scalar?.text, let own = entry.value["Properties"]
      else { continue }
      properties(own, of: type)
    }
  }

  private mutating func properties(_ node: TemplateNode, of type: String) {
    for property in ArtifactProperty.byType[type] ?? [] {
      var value: TemplateNode? = node
      for key in property.path { value = value?[key] }
      guard let value, value.tag == nil || value.tag == "tag:yaml.org,2002:str",
        let scalar = value.scalar, !scalar.isNull, ArtifactProperty.isLocal(scalar.text)
      else { continue }
      found.append(.init(property: property, path: scalar.text, span: value.span))
    }
  }

  /// A nested template travels alone: what it includes would not be beside it.
  private mutating func includes(_ node: TemplateNode) {
    for entry in node.entries ?? [] {
      if entry.key.value == "Fn::Transform" { check(entry.value) }
      includes(entry.value)
    }
    for element in node.elements ?? [] { includes(element) }
    if node.tag == "!Transform" { check(node) }
  }

  private mutating func check(_ transform: TemplateNode) {
    guard transform["Name"]?.scalar?.text == "AWS::Include",
      let location = transform["Parameters"]?["Location"], let path = location.scalar?.text,
      ArtifactProperty.isLocal(path)
    else { return }
    refusals.append(
      Diagnostic(
        .unsupportedTransform,
        "a nested template can't include the local file `\(path)`", at: location.span,
        hint: "write its contents here, or include it in the outermost template"))
  }
}

extension TemplateNode {
  fileprivate subscript(key: String) -> TemplateNode? {
    entries?.first { $0.key.value == key }?.value
  }
}
