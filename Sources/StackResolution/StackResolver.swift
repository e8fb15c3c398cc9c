import Diagnostics
import PropertyTree
import ResourceFacts
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
  ///   - identify: called once for each resource without errors, in dependency order, right after
  ///     its properties are known. What it returns answers `Ref` and `GetAtt`.
  /// - Returns: `stack` is nil where a finding is an error.
  public static func resolve(
    _ template: Template, parameters: [String: String] = [:],
    previousParameters: [String: String] = [:], environment: StackEnvironment,
    catalog: ResourceCatalog, identify: (ResolvedResource) -> ResourceIdentity
  ) -> (stack: ResolvedStack?, diagnostics: [Diagnostic]) {
    let resolution = Resolution(template, environment: environment, catalog: catalog)
    resolution.checkTransforms()
    resolution.bindParameters(given: parameters, previous: previousParameters)
    resolution.evaluateConditions()
    resolution.assertRules()
    resolution.checkResources()
    resolution.checkOutputs()
    resolution.reportUnused()
    let resources = resolution.resolveResources(identify)
    let outputs = resolution.resolveOutputs()
    let diagnostics = resolution.diagnostics.inSourceOrder()
    guard !diagnostics.hasErrors else { return (nil, diagnostics) }
    let stack = ResolvedStack(
      environment: environment, description: template.description,
      parameters: resolution.parameterValues, resources: resources, outputs: outputs)
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
      let custom = naming.property.flatMap { resource.properties[$0]?.scalarText }
      physicalID =
        custom
        ?? naming.generate(
          stack: environment.stackName, logicalID: resource.logicalID,
          account: environment.scope.account.text, region: environment.scope.region.text,
          generation: 0)
    }
    return provider.identity(
      physicalID: physicalID, properties: resource.properties, in: environment)
  }
}
