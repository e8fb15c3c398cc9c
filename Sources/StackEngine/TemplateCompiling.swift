import Diagnostics
import PropertyTree
import ResourceModel
import StackContracts
import StackModel

/// The front of the pipeline: text in, resources out. The engine's own is `TemplateCompiler`.
public protocol TemplateCompiling: Sendable {
  /// Answers every parameter, condition and reference of a template. `identify` is called once for
  /// each resource, in dependency order; `lookup` tells what a dynamic reference comes to. nil where
  /// an error forbids it.
  func resolve(
    _ source: TemplateSource, catalog: ResourceCatalog,
    lookup: (DynamicReference) -> DynamicAnswer, identify: (ResolvedResource) -> ResourceIdentity
  ) -> (stack: ResolvedStack?, diagnostics: [Diagnostic])

  /// The declarations of a template, without parameters being given.
  func outline(of body: String, file: String) -> (
    outline: TemplateOutline?, diagnostics: [Diagnostic]
  )

  /// The template after its transforms, as JSON; the text itself where nothing transforms it.
  func processed(_ source: TemplateSource) -> String
}

extension TemplateCompiling {
  /// The template after its transforms; the text itself where nothing transforms it.
  public func processed(_ source: TemplateSource) -> String { source.body }
}

/// A template with what it is to be resolved against.
public struct TemplateSource: Sendable, Hashable {
  public var body: String
  public var file: String
  public var environment: StackEnvironment
  public var parameters: [String: String]
  /// Values of the last deployment that stay where none is given.
  public var previousParameters: [String: String]
  /// Exports of other stacks of the account and region; nil where they are not known.
  public var exports: [String: String]?
  /// Outputs of deployed stacks of all accounts and regions; nil where they are not known.
  public var outputs: [StackOutputReference: String]? = [:]
  /// True where types that nothing provisions are left out, not refused.
  public var allowsUnsupported = false
  /// Assets that local paths in the template stand for.
  public var assets: [Asset]

  public init(
    body: String, file: String, environment: StackEnvironment,
    parameters: [String: String] = [:], previousParameters: [String: String] = [:],
    exports: [String: String]? = [:], assets: [Asset] = []
  ) {
    self.body = body
    self.file = file
    self.environment = environment
    self.parameters = parameters
    self.previousParameters = previousParameters
    self.exports = exports
    self.assets = assets
  }
}
