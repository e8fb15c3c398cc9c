import AWSModel
import PropertyTree
import ServiceKit
import StackModel

/// A resource that a change set takes into its stack.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceToImport.html
struct ResourceToImport: Decodable, Sendable {
  var ResourceType: String
  var LogicalResourceId: String
  /// The properties that name the resource; one, for all types that can be imported.
  var ResourceIdentifier: [String: String]
}

extension CloudFormationService {
  /// The request's physical ids by logical IDs; none for a change set of another kind.
  func imports(_ input: CreateChangeSetInput) throws -> [String: String] {
    let wanted = input.ResourcesToImport ?? []
    guard input.ChangeSetType == "IMPORT" else {
      if wanted.isEmpty { return [:] }
      throw Self.validation("ResourcesToImport goes with the ChangeSetType IMPORT alone.")
    }
    if wanted.isEmpty {
      throw Self.validation("ResourcesToImport must have a value for IMPORT change sets.")
    }
    var imports: [String: String] = [:]
    for resource in wanted {
      guard let name = resource.ResourceIdentifier.values.first,
        resource.ResourceIdentifier.count == 1
      else {
        throw ServiceError.unsupported(
          "`ResourceIdentifier` of several properties, for \(resource.LogicalResourceId)")
      }
      guard imports.updateValue(name, forKey: resource.LogicalResourceId) == nil else {
        throw Self.validation(
          "Resource \(resource.LogicalResourceId) is given twice in ResourcesToImport.")
      }
    }
    return imports
  }

  /// Says what an import that could not be planned lacks: the names of resources that exist and are
  /// not imported count as taken, which is not what its author has to know.
  func checkImport(of body: String, into stack: StackState, _ imports: [String: String]) throws {
    let deployed = Set(stack.resources.map(\.logicalID.text))
    let resources = engine.outline(of: body).outline?.resources ?? []
    try checkMissing(
      resources.map(\.logicalID.text).filter { imports[$0] == nil && !deployed.contains($0) })
  }

  private func checkMissing(_ resources: [String]) throws {
    if resources.isEmpty { return }
    throw Self.validation(
      "Resources [\(resources.sorted().joined(separator: ", "))] is missing from "
        + "ResourceToImport list")
  }

  /// An import changes nothing else of its stack.
  func checkImport(_ plan: Plan) throws {
    try checkMissing(plan.changes.filter { $0.action == .create }.map(\.logicalID.text))
    let touched = plan.changes.filter { $0.action != .import && $0.action != .keep }
      .map(\.logicalID.text)
    if !touched.isEmpty {
      throw Self.validation(
        "You have modified resources [\(touched.sorted().joined(separator: ", "))] in your "
          + "template that are not being imported. Update, create or delete operations cannot be "
          + "executed during import operations.")
    }
    if plan.kind == .update, plan.outputs.contains(where: { $0.before != $0.after }) {
      throw Self.validation(
        "As part of the import operation, you cannot modify or add [Outputs]")
    }
  }
}
