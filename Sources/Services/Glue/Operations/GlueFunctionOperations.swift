import AWSModel

/// User-defined functions.
/// https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-functions.html
struct GlueFunctionOperations: Sendable {
  let catalog: GlueCatalog

  var all: [Operation] {
    [
      .typed("CreateUserDefinedFunction", create), .typed("GetUserDefinedFunction", get),
      .typed("GetUserDefinedFunctions", list), .typed("UpdateUserDefinedFunction", update),
      .typed("DeleteUserDefinedFunction", delete),
    ]
  }

  private struct CreateInput: Decodable, Sendable {
    var CatalogId: String?
    var DatabaseName: String
    var FunctionInput: GlueFunctionInput
  }

  private func create(_ input: CreateInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await catalog.change(input.CatalogId, context) { session in
      try session.createFunction(input.FunctionInput, in: session.database(input.DatabaseName))
    }
  }

  private struct NameInput: Decodable, Sendable {
    var CatalogId: String?
    var DatabaseName: String
    var FunctionName: String
  }

  private struct GetOutput: Encodable, Sendable { var UserDefinedFunction: GlueFunction }

  private func get(_ input: NameInput, _ context: RequestContext) throws -> GetOutput {
    try catalog.read(input.CatalogId, context) { session in
      GetOutput(
        UserDefinedFunction: try session.function(input.DatabaseName, input.FunctionName).model)
    }
  }

  private struct ListInput: Decodable, Sendable {
    var CatalogId: String?
    /// nil for all databases.
    var DatabaseName: String?
    var Pattern: String
    var FunctionType: String?
    var NextToken: String?
    var MaxResults: Int?
  }

  private struct ListOutput: Encodable, Sendable {
    var UserDefinedFunctions: [GlueFunction]
    var NextToken: String?
  }

  private func list(_ input: ListInput, _ context: RequestContext) throws -> ListOutput {
    let page = try GluePage(input.MaxResults, input.NextToken, limitMax: 100)
    let pattern = try GlueNamePattern(input.Pattern)
    return try catalog.read(input.CatalogId, context) { session in
      let found = try session.functions(of: input.DatabaseName, matching: pattern)
        .filter { input.FunctionType == nil || $0.definition.FunctionType == input.FunctionType }
      let (functions, token) = page.slice(found)
      return ListOutput(UserDefinedFunctions: functions, NextToken: token)
    }
  }

  private struct UpdateInput: Decodable, Sendable {
    var CatalogId: String?
    var DatabaseName: String
    var FunctionName: String
    var FunctionInput: GlueFunctionInput
  }

  private func update(_ input: UpdateInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await catalog.change(input.CatalogId, context) { session in
      try session.updateFunction(input.DatabaseName, input.FunctionName, input.FunctionInput)
    }
  }

  private func delete(_ input: NameInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await catalog.change(input.CatalogId, context) { session in
      try session.delete(session.function(input.DatabaseName, input.FunctionName))
    }
  }
}
