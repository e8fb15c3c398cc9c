import AWSModel
import ServiceKit

/// Writing and deleting parameters.
/// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
struct SSMPutOperations: Sendable {
  let store: SSMStore

  var all: [Operation] {
    [
      .typed("PutParameter", put), .typed("DeleteParameter", delete),
      .typed("DeleteParameters", deleteAll),
    ]
  }

  private struct PutInput: Decodable, Sendable {
    var Name: String
    var Description: String?
    var Value: String
    var `Type`: String?
    var KeyId: String?
    var Overwrite: Bool?
    var AllowedPattern: String?
    var Tags: [ValuedTag]?
    var Tier: String?
    var DataType: String?
  }

  private struct PutOutput: Encodable, Sendable {
    var Version: Int64
    var Tier: String
  }

  private func put(_ input: PutInput, _ context: RequestContext) async throws -> PutOutput {
    let overwrites = input.Overwrite ?? false
    if overwrites, input.Tags?.isEmpty == false {
      throw ServiceError.validation(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with "
          + "tags, please remove overwrite flag. To update tags for an existing parameter, please "
          + "use AddTagsToResource or RemoveTagsFromResource.")
    }
    let change = SSMChange(
      name: input.Name, value: input.Value, type: input.Type.flatMap(SSMParameterType.init),
      description: input.Description, allowedPattern: input.AllowedPattern, tier: input.Tier,
      dataType: input.DataType, keyID: input.KeyId)
    let tags = overwrites ? nil : (input.Tags ?? []).table
    try SSMLimits.check(tags: tags ?? [:])
    let store = store
    let version = try await store.environment.database.write { transaction in
      try store.put(
        change, tags: tags, overwrites: overwrites, now: store.now, in: context.scope, transaction)
    }
    return PutOutput(Version: version.version, Tier: version.tier)
  }

  private struct DeleteInput: Decodable, Sendable { var Name: String }

  private func delete(_ input: DeleteInput, _ context: RequestContext) async throws -> EmptyOutput {
    try SSMLimits.check(path: input.Name)
    let store = store
    try await store.environment.database.write { transaction in
      guard try store.delete(input.Name, in: context.scope, transaction) else {
        throw SSMFault.notFound(input.Name)
      }
    }
    return EmptyOutput()
  }

  private struct DeleteAllInput: Decodable, Sendable { var Names: [String] }

  private struct DeleteAllOutput: Encodable, Sendable {
    var DeletedParameters: [String] = []
    var InvalidParameters: [String] = []
  }

  private func deleteAll(_ input: DeleteAllInput, _ context: RequestContext) async throws
    -> DeleteAllOutput
  {
    let store = store
    return try await store.environment.database.write { transaction in
      var output = DeleteAllOutput()
      for name in input.Names {
        if try store.delete(name, in: context.scope, transaction) {
          output.DeletedParameters.append(name)
        } else {
          output.InvalidParameters.append(name)
        }
      }
      return output
    }
  }
}
