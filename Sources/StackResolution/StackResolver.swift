import Diagnostics
import PropertyTree
import ResourceFacts
import ResourceModel
import StackModel
import TemplateParsing

/// Answers every parameter, condition, function and reference of a template.
public enum StackResolver {
  /// Resolves a template in one pass, dependencies first, and validates what comes out.
  ///
  /// All findings of a run come together; a mistake in one resource hides none in another.
  ///
  /// - Parameters:
  ///   - parameters: the values given, lists as text with commas.
  ///   - previousParameters: values of the last deployment that stay where none is given.
  ///   - exports: what deployed stacks of the account and region export, by name; nil where that is
  ///     not known: imported values are unknown then.
  ///   - outputs: what deployed stacks give out, of all accounts and regions; nil where that is not
  ///     known.
  ///   - allowsUnsupported: leaves resources of types that nobody provides out, with a warning.
  ///   - lookup: what a dynamic reference comes to. Secrets are asked for too, so that a missing
  ///     one is found early; they go into no value.
  ///   - identify: called once for each resource without errors, in dependency order, right after
  ///     its properties are known. What it returns answers `Ref` and `GetAtt`.
  /// - Returns: `stack` is nil where a finding is an error.
  public static func resolve(
    _ template: Template, parameters: [String: String] = [:],
    previousParameters: [String: String] = [:], environment: StackEnvironment,
    catalog: ResourceCatalog, exports: [String: String]? = [:],
    outputs: [StackOutputReference: String]? = [:], allowsUnsupported: Bool = false,
    lookup: (DynamicReference) -> DynamicAnswer = { _ in .unknown },
    identify: (ResolvedResource) -> ResourceIdentity
  ) -> (stack: ResolvedStack?, diagnostics: [Diagnostic]) {
    withoutActuallyEscaping(lookup) { lookup in
      let resolution = { (leavingOut: [Int: LeavingOut]?) in
        Resolution(
          template, environment: environment, catalog: catalog, exports: exports,
          outputs: outputs, allowsUnsupported: allowsUnsupported, leavingOut: leavingOut,
          lookup: lookup)
      }
      guard allowsUnsupported else {
        return resolution([:]).run(parameters, previousParameters, identify)
      }
      // References to a resource are answered before it is known whether its own properties allow
      // it to be made, so a first run finds out which can't be.
      let probe = resolution(nil)
      _ = probe.run(parameters, previousParameters) {
        catalog.placeholderIdentity(of: $0, in: environment)
      }
      return resolution(probe.unprovisionable).run(parameters, previousParameters, identify)
    }
  }
}

extension Resolution {
  fileprivate func run(
    _ given: [String: String], _ previous: [String: String],
    _ identify: (ResolvedResource) -> ResourceIdentity
  ) -> (stack: ResolvedStack?, diagnostics: [Diagnostic]) {
    checkTransforms()
    bindParameters(given: given, previous: previous)
    evaluateConditions()
    assertRules()
    checkResources()
    checkOutputs()
    reportUnused()
    reportAssumed()
    let resources = resolveResources(identify)
    let outputs = resolveOutputs()
    let diagnostics = diagnostics.inSourceOrder()
    guard !diagnostics.hasErrors else { return (nil, diagnostics) }
    var stack = ResolvedStack(
      environment: environment, description: template.description,
      parameters: parameterValues, resources: resources, outputs: outputs)
    stack.imports = imports.sorted()
    return (stack, diagnostics)
  }
}

extension ResourceCatalog {
  /// The identity that a resource would get in a stack of its own that has never been deployed.
  /// For validation without state.
  public func placeholderIdentity(
    of resource: ResolvedResource, in environment: StackEnvironment
  ) -> ResourceIdentity {
    guard let provider = self[resource.type] else {
      return ResourceIdentity(physicalID: "", reference: .unknown("\(resource.logicalID)"))
    }
    var physicalID = resource.logicalID.text
    if let naming = provider.schema.naming {
      let custom = naming.givenName(in: resource.identifying)
      physicalID =
        custom
        ?? naming.generate(
          stack: environment.stackName, logicalID: resource.logicalID,
          account: environment.scope.account.text, region: environment.scope.region.text,
          generation: 0)
    }
    return provider.identity(
      physicalID: physicalID, properties: resource.identifying, in: environment)
  }
}
