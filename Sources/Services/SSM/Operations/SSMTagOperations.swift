import AWSModel
import ServiceKit

/// Tags of parameters.
/// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AddTagsToResource.html
struct SSMTagOperations: Sendable {
  let store: SSMStore

  var all: [Operation] {
    [
      .typed("AddTagsToResource", add), .typed("RemoveTagsFromResource", remove),
      .typed("ListTagsForResource", list),
    ]
  }

  /// Takes a parameter's name or ARN; other kinds of resources are not here.
  private static func name(_ type: String, _ id: String, _ context: RequestContext)
    throws(ServiceError) -> String
  {
    switch type {
    case "Parameter": break
    case "Document", "ManagedInstance", "MaintenanceWindow", "PatchBaseline", "OpsItem",
      "OpsMetadata", "Automation", "Association":
      throw .unsupported("tags of the resource type `\(type)`")
    default: throw ServiceError("InvalidResourceType", "Invalid Resource Type")
    }
    do throws(ServiceError) { return try SSMSelector(id, in: context.scope).name } catch {
      throw Self.invalidID
    }
  }

  private static let invalidID = ServiceError("InvalidResourceId", "Invalid Resource Id")

  private func find(_ name: String, _ context: RequestContext, _ transaction: Transaction) throws
    -> SSMParameter
  {
    guard let parameter = try store.find(name, in: context.scope, transaction) else {
      throw Self.invalidID
    }
    return parameter
  }

  private func change(
    _ name: String, _ context: RequestContext,
    _ body: @escaping @Sendable (inout SSMParameter) throws -> Void
  ) async throws -> EmptyOutput {
    try await store.environment.database.write { transaction in
      var parameter = try find(name, context, transaction)
      try body(&parameter)
      try store.put(parameter, in: context.scope, transaction)
    }
    return EmptyOutput()
  }

  private struct AddInput: Decodable, Sendable {
    var ResourceType: String
    var ResourceId: String
    var Tags: [ValuedTag]
  }

  private func add(_ input: AddInput, _ context: RequestContext) async throws -> EmptyOutput {
    let name = try Self.name(input.ResourceType, input.ResourceId, context)
    let added = input.Tags.table
    return try await change(name, context) { parameter in
      try SSMLimits.check(tags: added)
      parameter.tags.merge(added) { $1 }
      try SSMLimits.check(tags: parameter.tags.filter { !TagRules.isSystemKey($0.key) })
    }
  }

  private struct RemoveInput: Decodable, Sendable {
    var ResourceType: String
    var ResourceId: String
    var TagKeys: [String]
  }

  private func remove(_ input: RemoveInput, _ context: RequestContext) async throws -> EmptyOutput {
    let name = try Self.name(input.ResourceType, input.ResourceId, context)
    try SSMLimits.check(removedTags: input.TagKeys)
    return try await change(name, context) { parameter in
      for key in input.TagKeys { parameter.tags[key] = nil }
    }
  }

  private struct ListInput: Decodable, Sendable {
    var ResourceType: String
    var ResourceId: String
  }

  private struct ListOutput: Encodable, Sendable { var TagList: [ValuedTag] }

  private func list(_ input: ListInput, _ context: RequestContext) throws -> ListOutput {
    let name = try Self.name(input.ResourceType, input.ResourceId, context)
    let tags = try store.environment.database.read { try find(name, context, $0).tags }
    return ListOutput(TagList: [ValuedTag](table: tags))
  }
}
