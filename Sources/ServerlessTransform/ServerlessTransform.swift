import Diagnostics
import TemplateParsing

/// The transform `AWS::Serverless-2016-10-31`: SAM resources become plain CloudFormation.
public enum ServerlessTransform {
  /// The name under which templates ask for it.
  public static let name = "AWS::Serverless-2016-10-31"

  /// True where the template's `Transform` names this one.
  public static func applies(to root: TemplateNode) -> Bool {
    guard let transform = root.entries?.first(where: { $0.key.value == "Transform" })?.value else {
      return false
    }
    return (transform.elements ?? [transform]).contains { $0.scalar?.text == name }
  }

  /// Expands a template. Templates that don't ask for the transform come back as they are.
  ///
  /// Generated nodes have the span of the SAM resource, event or property they come from.
  ///
  /// - Parameters:
  ///   - root: the document's root.
  ///   - parameterValues: the stack's parameters by name, and pseudo parameters under theirs
  ///     (`AWS::Region`; `us-east-1` where none is given). Defaults come from the template.
  ///   - contentHashes: a hash of each local file or folder, by its path as the template has it
  ///     (`CodeUri: src/`). With it, versions of functions and layers get new ids when their
  ///     content changes, not only when their path does.
  /// - Returns: the expanded document without `Transform` (other transforms stay) and `Globals`,
  ///   and what is wrong; with errors, resources that failed are missing from the document.
  public static func expand(
    _ root: TemplateNode, parameterValues: [String: String] = [:],
    contentHashes: [String: String] = [:]
  ) -> (root: TemplateNode, diagnostics: [Diagnostic]) {
    guard applies(to: root) else { return (root, []) }
    let expansion = Expansion(
      Tree(root), parameterValues: parameterValues, contentHashes: contentHashes)
    let expanded = expansion.run()
    return (expanded.node(inheriting: root.span), expansion.diagnostics)
  }
}
