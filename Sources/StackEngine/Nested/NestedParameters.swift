import Diagnostics
import PropertyTree
import StackContracts
import StackModel

/// Parameters that a nested stack's resource passes to its template, against those that the
/// template declares.
struct NestedParameters {
  private let resource: ResolvedResource
  private let declared: [TemplateOutline.Parameter]
  private let given: [String]

  /// - Parameter outline: the nested template's; nil where it can't be read, which planning reports.
  init(_ resource: ResolvedResource, _ outline: TemplateOutline?) {
    self.resource = resource
    given = resource.properties["Parameters"]?.objectValue?.keys.map { $0 } ?? []
    declared = outline?.parameters ?? []
    isKnown = outline != nil
  }

  private let isKnown: Bool

  /// Parameters without a value, and values without a parameter.
  var mismatches: [Diagnostic] {
    guard isKnown else { return [] }
    let names = declared.map(\.name)
    let unknown = given.filter { !names.contains($0) }.map { name in
      Diagnostic(
        .unknownParameter,
        "the template of the nested stack `\(resource.logicalID)` has no parameter `\(name)`",
        at: place(of: name),
        hint: Suggestion.didYouMean(name, among: names)
          ?? (names.isEmpty
            ? "it takes no parameters" : "its parameters are \(names.joined(separator: ", "))"))
    }
    let missing = declared.filter { $0.defaultValue == nil && !given.contains($0.name) }
      .map { parameter in
        Diagnostic(
          .missingParameter,
          "the nested stack `\(resource.logicalID)` gives its parameter `\(parameter.name)` no value",
          at: resource.span(of: PropertyPath([.key(given.isEmpty ? "TemplateURL" : "Parameters")])),
          hint: "add `\(parameter.name)` to `Parameters`, or give it a `Default` in the template",
          related: parameter.span.map { [.init(span: $0, label: "declared here")] } ?? [])
      }
    return unknown + missing
  }

  /// The nested stack's findings, those about values that come from here with the place of these.
  func placed(_ findings: [Diagnostic]) -> [Diagnostic] {
    findings.map { finding in
      guard finding.code == .invalidParameter, let span = finding.span,
        let parameter = declared.first(where: { $0.span == span }),
        given.contains(parameter.name)
      else { return finding }
      var finding = finding
      finding.span = place(of: parameter.name)
      finding.related.insert(.init(span: span, label: "declared here"), at: 0)
      return finding
    }
  }

  private func place(of parameter: String) -> SourceSpan {
    resource.span(of: PropertyPath([.key("Parameters"), .key(parameter)]))
  }
}
