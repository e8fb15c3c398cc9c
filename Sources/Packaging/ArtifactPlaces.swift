import Diagnostics
import TemplateParsing

/// The local paths of a template as it is written, before its transforms.
struct ArtifactPlaces {
  private(set) var found: [ArtifactPackager.Place] = []
  /// Findings about places that a packaged template can't have.
  private(set) var refusals: [Diagnostic] = []

  /// The properties that `Globals` gives to functions.
  private let preset: TemplateNode?

  init(_ root: TemplateNode) {
    preset = root["Globals"]?["Function"]
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
      guard let type = entry.value["Type"]?.scalar?.text else { continue }
      if type == "AWS::Serverless::Function" { checkCode(entry) }
      if let own = entry.value["Properties"] { properties(own, of: type) }
    }
  }

  /// A function that names no code has its template's own folder, and a nested template leaves its
  /// folder behind.
  private mutating func checkCode(_ function: TemplateEntry) {
    let own = function.value["Properties"]
    let given = { [preset] (key: String) in [own?[key], preset?[key]].compactMap(\.self).first }
    let isNamed = ["CodeUri", "InlineCode"].contains { given($0)?.scalar?.isNull == false }
    let isTree = given("CodeUri").map { $0.scalar == nil } ?? false
    guard !isNamed, !isTree, given("PackageType")?.scalar?.text != "Image" else { return }
    refusals.append(
      Diagnostic(
        .malformedServerless,
        "the function `\(function.key.value)` of a nested template names no code",
        at: function.key.span, hint: "write `CodeUri: .` for the template's own folder"))
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
