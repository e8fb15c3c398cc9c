import AWSModel
import PropertyTree
import ServiceKit

private struct CreateURLRequest: Decodable, Sendable {
  var FunctionName: String
  var Qualifier: String?
  var AuthType: String
  var Cors: FunctionURLModel.Cors?
  var InvokeMode: String?
}

private struct UpdateURLRequest: Decodable, Sendable {
  var FunctionName: String
  var Qualifier: String?
  var AuthType: String?
  var Cors: FunctionURLModel.Cors?
  var InvokeMode: String?
}

/// URLs of functions.
/// https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html
extension LambdaService {
  var urlOperations: [Operation] {
    [
      .typed("CreateFunctionUrlConfig", createURL), .typed("UpdateFunctionUrlConfig", updateURL),
      .typed("GetFunctionUrlConfig") { [self] (target: FunctionTarget, context) -> PropertyValue in
        let reference = try target.reference(context)
        let found = try environment.database.read { try FunctionURLs.require(reference, $0) }
        return .object(found.shown(at: reference, endpoint: context.endpoint))
      },
      .typed("DeleteFunctionUrlConfig") {
        [self] (target: FunctionTarget, context) -> EmptyOutput in
        let reference = try target.reference(context)
        try await environment.database.write { transaction in
          _ = try FunctionURLs.require(reference, transaction)
          try FunctionURLs.delete(reference, transaction)
        }
        return EmptyOutput()
      },
      .typed("ListFunctionUrlConfigs") { [self] (page: PlacePage, context) -> PropertyValue in
        try list(page, context, of: FunctionURLs.all, as: "FunctionUrlConfigs") {
          $0.shown(at: $1, endpoint: context.endpoint)
        }
      },
    ]
  }

  private func createURL(_ request: CreateURLRequest, _ context: RequestContext) async throws
    -> PropertyValue
  {
    let reference = try FunctionReference(
      request.FunctionName, qualifier: request.Qualifier, scope: context.scope)
    let now = environment.effects.clock.now
    let model = FunctionURLModel(
      id: FunctionURLModel.id(of: reference), authType: request.AuthType,
      invokeMode: request.InvokeMode ?? "BUFFERED",
      cors: request.Cors.flatMap { $0.isEmpty ? nil : $0 }, created: now, lastModified: now)
    try await environment.database.write { [store] transaction in
      try store.createURL(model, at: reference, transaction)
    }
    return .object(model.shown(at: reference, endpoint: context.endpoint))
  }

  private func updateURL(_ request: UpdateURLRequest, _ context: RequestContext) async throws
    -> PropertyValue
  {
    let reference = try FunctionReference(
      request.FunctionName, qualifier: request.Qualifier, scope: context.scope)
    let now = environment.effects.clock.now
    let changed = try await environment.database.write { transaction in
      var model = try FunctionURLs.require(reference, transaction)
      if let type = request.AuthType { model.authType = type }
      if let mode = request.InvokeMode { model.invokeMode = mode }
      if let cors = request.Cors { model.cors = cors.isEmpty ? nil : cors }
      model.lastModified = now
      try FunctionURLs.put(model, at: reference, transaction)
      return model
    }
    return .object(changed.shown(at: reference, endpoint: context.endpoint))
  }
}

extension FunctionStore {
  /// Throws where the function or alias is not there, or has a URL. Versions have none.
  func createURL(
    _ model: FunctionURLModel, at reference: FunctionReference, _ transaction: Transaction
  ) throws {
    guard reference.qualifier == nil || reference.mayBeAlias else {
      throw ServiceError.validation(
        "1 validation error detected: Value '\(reference.place)' at 'qualifier' failed to satisfy "
          + "constraint: Member must satisfy regular expression pattern: "
          + "((?!^\\d+$)^[0-9a-zA-Z-_]+$)")
    }
    do { _ = try resolve(reference, transaction) } catch let fault as ServiceError
      where fault.status == 404
    { throw ServiceError.missing("Function does not exist") }
    if try FunctionURLs.get(reference, transaction) != nil {
      throw ServiceError.conflict(
        "Failed to create function url config for [functionArn = \(reference.arn)]. Error message:  "
          + "FunctionUrlConfig exists for this Lambda function")
    }
    try FunctionURLs.put(model, at: reference, transaction)
  }
}
