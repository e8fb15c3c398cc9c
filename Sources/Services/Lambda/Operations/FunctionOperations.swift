import AWSModel
import PropertyTree
import ServiceKit

private let root = "/2015-03-31/functions"

/// A request that names a function.
struct FunctionTarget: Decodable, Sendable {
  var FunctionName: String
  var Qualifier: String?

  func reference(_ context: RequestContext) throws -> FunctionReference {
    try FunctionReference(FunctionName, qualifier: Qualifier, scope: context.scope)
  }
}

private struct Page: Decodable, Sendable {
  var FunctionName: String?
  var Marker: String?
  var MaxItems: Int?
  var FunctionVersion: String?
}

/// Functions: made, read, changed and deleted.
/// https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
extension LambdaService {
  var functionOperations: [Operation] {
    [
      .typed("CreateFunction", create), .typed("GetFunction", get),
      .typed("GetFunctionConfiguration") {
        [self] (target: FunctionTarget, context) -> PropertyValue in
        let reference = try target.reference(context)
        return .object(
          try require(reference).configuration(
            in: reference.key.scope, qualified: reference.qualifier != nil))
      },
      .typed("UpdateFunctionConfiguration", updateConfiguration),
      .typed("DeleteFunction", delete), .typed("ListFunctions", list),
      .typed("ListVersionsByFunction", versions),
      .typed("GetFunctionCodeSigningConfig") {
        [self] (target: FunctionTarget, context) -> PropertyValue in
        // No function here has a code-signing configuration; AWS then names the function alone.
        .object(["FunctionName": .string(try require(target.reference(context)).name)])
      },
    ]
  }

  private func create(_ request: FunctionRequest, _ context: RequestContext) async throws
    -> PropertyValue
  {
    let reference = try FunctionReference(request.FunctionName, scope: context.scope)
    try request.refuseUnsupported("CreateFunction")
    guard let role = request.Role else { throw ServiceError.validation("Role is required.") }
    guard let runtime = request.Runtime, let handler = request.Handler else {
      throw ServiceError(
        "InvalidParameterValueException",
        "Runtime and Handler are mandatory parameters for functions created with deployment "
          + "packages.", fields: ["Type": "User"])
    }
    var settings = FunctionSettings(runtime: runtime, handler: handler, role: role)
    try request.apply(to: &settings)
    try settings.validate()
    try Self.checkReserved((request.Tags ?? [:]).keys.sorted())
    let code = try loader.code(request.Code, scope: context.scope)
    let model = FunctionModel(
      name: reference.key.name, settings: settings, tags: request.Tags ?? [:],
      codeHash: code.hash, codeSize: code.archive.count,
      lastModified: environment.effects.clock.now, revisionID: environment.effects.random.uuid())
    let scope = reference.key.scope
    try await environment.database.write { [store] transaction in
      guard try store.find(model.name, in: scope, transaction) == nil else {
        throw FunctionStore.conflict(reference.key)
      }
      try store.put(model, code: code, in: scope, transaction)
    }
    return .object(model.configuration(in: scope))
  }

  private func get(_ target: FunctionTarget, _ context: RequestContext) async throws
    -> PropertyValue
  {
    let reference = try target.reference(context)
    let model = try require(reference)
    let scope = reference.key.scope
    let location =
      "\(context.endpoint)\(root)/\(model.name)/code-archive"
      + "?account=\(scope.account)&region=\(scope.region)&sha256=\(model.codeHash)"
    var answer: PropertyObject = [
      "Configuration": .object(
        model.configuration(in: scope, qualified: reference.qualifier != nil)),
      "Code": ["RepositoryType": "S3", "Location": .string(location)],
    ]
    if !model.tags.isEmpty { answer["Tags"] = .object(model.shownTags) }
    return .object(answer)
  }

  private func updateConfiguration(_ request: FunctionRequest, _ context: RequestContext)
    async throws -> PropertyValue
  {
    let reference = try FunctionReference(request.FunctionName, scope: context.scope)
    try request.refuseUnsupported("UpdateFunctionConfiguration")
    for (name, isGiven) in [
      ("Code", request.Code != nil), ("Tags", request.Tags != nil),
      ("Architectures", request.Architectures != nil),
    ] where isGiven {
      throw ServiceError.unsupported("the parameter `\(name)` of UpdateFunctionConfiguration")
    }
    let model = try await change(reference, revisionID: request.RevisionId) { model in
      try request.apply(to: &model.settings)
      try model.settings.validate()
    }
    return .object(model.configuration(in: reference.key.scope))
  }

  /// The model leaves the status to the answer.
  private struct DeleteOutput: Encodable, Sendable { var StatusCode = 204 }

  private func delete(_ target: FunctionTarget, _ context: RequestContext) async throws
    -> DeleteOutput
  {
    let reference = try target.reference(context)
    try reference.requireLatest()
    let isFound = try await environment.database.write { [store] transaction in
      try store.delete(reference.key.name, in: reference.key.scope, transaction)
    }
    guard isFound else { throw reference.notFound }
    return DeleteOutput()
  }

  private func list(_ page: Page, _ context: RequestContext) async throws -> PropertyValue {
    // The interface allows more, the answer holds 50 at most.
    let limit = min(50, page.MaxItems ?? 50)
    let models = try environment.database.read {
      try store.list(in: context.scope, after: page.Marker ?? "", limit: limit + 1, $0)
    }
    let isAll = page.FunctionVersion == "ALL"
    var answer: PropertyObject = [
      "Functions": .list(
        models.prefix(limit).map { .object($0.configuration(in: context.scope, qualified: isAll)) })
    ]
    if models.count > limit { answer["NextMarker"] = .string(models[limit - 1].name) }
    return .object(answer)
  }

  private func versions(_ page: Page, _ context: RequestContext) async throws -> PropertyValue {
    let reference = try FunctionReference(page.FunctionName ?? "", scope: context.scope)
    let model = try require(reference)
    return ["Versions": [.object(model.configuration(in: reference.key.scope, qualified: true))]]
  }

  /// Changes a function in one transaction and gives it a new revision.
  func change(
    _ reference: FunctionReference, revisionID: String?, code: FunctionCode? = nil,
    _ body: @escaping @Sendable (inout FunctionModel) throws -> Void
  ) async throws -> FunctionModel {
    try reference.requireLatest()
    let now = environment.effects.clock.now
    let newRevision = environment.effects.random.uuid()
    return try await environment.database.write { [store] transaction in
      let scope = reference.key.scope
      guard var model = try store.find(reference.key.name, in: scope, transaction) else {
        throw reference.notFound
      }
      if let revisionID, revisionID != model.revisionID {
        throw ServiceError(
          "PreconditionFailedException",
          "The Revision Id provided does not match the latest Revision Id. Call the "
            + "GetFunction/GetAlias API to retrieve the latest Revision Id", status: 412,
          fields: ["Type": "User"])
      }
      try body(&model)
      if let code {
        model.codeHash = code.hash
        model.codeSize = code.archive.count
      }
      model.lastModified = now
      model.revisionID = newRevision
      try store.put(model, code: code, in: scope, transaction)
      return model
    }
  }
}

extension FunctionStore {
  static func conflict(_ key: FunctionKey) -> ServiceError {
    ServiceError(
      "ResourceConflictException", "Function already exist: \(key.name)", status: 409,
      fields: ["Type": "User"])
  }
}
