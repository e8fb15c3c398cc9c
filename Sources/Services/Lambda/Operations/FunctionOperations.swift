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
  var MasterRegion: String?
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
            in: reference.key.scope, qualifier: reference.qualifier))
      },
      .typed("UpdateFunctionConfiguration", updateConfiguration),
      .typed("DeleteFunction", delete), .typed("ListFunctions", list),
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
    try checkTargets(of: settings)
    try Self.checkReserved((request.Tags ?? [:]).keys.sorted())
    let code = try loader.code(request.Code, scope: context.scope)
    let draft = FunctionModel(
      name: reference.key.name, settings: settings, tags: request.Tags ?? [:],
      codeHash: code.hash, codeSize: code.archive.count,
      lastModified: environment.effects.clock.now, revisionID: environment.effects.random.uuid())
    let scope = reference.key.scope
    let publishes = request.Publish ?? false
    let versionRevision = environment.effects.random.uuid()
    let made = try await environment.database.write { [store, layers, signing] transaction in
      guard try store.find(draft.name, in: scope, transaction) == nil else {
        throw FunctionStore.conflict(reference.key)
      }
      var model = draft
      if let arn = request.CodeSigningConfigArn.unlessEmpty {
        _ = try signing.require(arn, in: scope, transaction)
        model.codeSigningARN = arn
      }
      model.settings.layers = try layers.resolve(
        request.Layers ?? [], kept: [], scope: scope, transaction)
      try store.put(model, code: code, in: scope, transaction)
      try store.checkSize(model, transaction)
      guard publishes else { return model }
      return try store.publish(
        &model, description: nil, revisionID: versionRevision, in: scope, transaction
      ).version
    }
    return .object(made.configuration(in: scope))
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
      + (model.version == FunctionModel.latest ? "" : "&qualifier=\(model.version)")
    var answer: PropertyObject = [
      "Configuration": .object(
        model.configuration(in: scope, qualifier: reference.qualifier)),
      "Code": ["RepositoryType": "S3", "Location": .string(location)],
    ]
    let latest = try require(FunctionReference(model.name, scope: scope))
    if !latest.tags.isEmpty { answer["Tags"] = .object(latest.shownTags) }
    if let limit = latest.reservedConcurrency {
      answer["Concurrency"] = ["ReservedConcurrentExecutions": .int(Int64(limit))]
    }
    return .object(answer)
  }

  private func updateConfiguration(_ request: FunctionRequest, _ context: RequestContext)
    async throws -> PropertyValue
  {
    let reference = try FunctionReference(request.FunctionName, scope: context.scope)
    try request.refuseUnsupported("UpdateFunctionConfiguration")
    for (name, isGiven) in [
      ("Code", request.Code != nil), ("Tags", request.Tags != nil),
      ("Architectures", request.Architectures != nil), ("Publish", request.Publish != nil),
      ("CodeSigningConfigArn", request.CodeSigningConfigArn != nil),
    ] where isGiven {
      throw ServiceError.unsupported("the parameter `\(name)` of UpdateFunctionConfiguration")
    }
    let scope = reference.key.scope
    let model = try await change(reference, revisionID: request.RevisionId) {
      [self] model, transaction in
      try request.apply(to: &model.settings)
      if request.DeadLetterConfig != nil { try checkTargets(of: model.settings) }
      if let arns = request.Layers {
        model.settings.layers = try layers.resolve(
          arns, kept: model.settings.layers, scope: scope, transaction)
      }
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
    if let qualifier = reference.qualifier {
      try await deleteVersion(qualifier, of: reference)
      return DeleteOutput()
    }
    let isFound = try await environment.database.write { [store] transaction in
      try store.delete(reference.key.name, in: reference.key.scope, transaction)
    }
    guard isFound else { throw reference.notFound }
    return DeleteOutput()
  }

  private func list(_ page: Page, _ context: RequestContext) async throws -> PropertyValue {
    if page.MasterRegion != nil {
      throw ServiceError.unsupported("copies of functions at the edge (MasterRegion)")
    }
    // The interface allows more, the answer holds 50 at most.
    let limit = min(50, page.MaxItems ?? 50)
    let scope = context.scope
    let isAll = page.FunctionVersion == "ALL"
    let mark = page.Marker?.split(separator: ":").map(String.init) ?? []
    let models = try environment.database.read { transaction -> [FunctionModel] in
      guard isAll else {
        return try store.list(in: scope, after: mark.first ?? "", limit: limit + 1, transaction)
      }
      return try store.all(in: scope, after: mark, limit: limit + 1, transaction)
    }
    var answer: PropertyObject = [
      "Functions": .list(
        models.prefix(limit).map {
          .object($0.configuration(in: scope, qualifier: isAll ? $0.version : nil))
        })
    ]
    if models.count > limit, let last = models.prefix(limit).last {
      answer["NextMarker"] = .string(isAll ? "\(last.name):\(last.version)" : last.name)
    }
    return .object(answer)
  }

  /// Changes a function in one transaction and gives it a new revision; answers the version that is
  /// published of it, where one is.
  func change(
    _ reference: FunctionReference, revisionID: String?, code: FunctionCode? = nil,
    publishes: Bool = false,
    _ body: @escaping @Sendable (inout FunctionModel, Transaction) throws -> Void
  ) async throws -> FunctionModel {
    try reference.requireLatest()
    let now = environment.effects.clock.now
    let newRevision = environment.effects.random.uuid()
    let versionRevision = environment.effects.random.uuid()
    return try await environment.database.write { [store] transaction in
      let scope = reference.key.scope
      guard var model = try store.find(reference.key.name, in: scope, transaction) else {
        throw reference.notFound
      }
      if let revisionID, revisionID != model.revisionID {
        throw ServiceError.revisionMismatch
      }
      try body(&model, transaction)
      if let code {
        model.codeHash = code.hash
        model.codeSize = code.archive.count
      }
      model.lastModified = now
      model.revisionID = newRevision
      try store.put(model, code: code, in: scope, transaction)
      try store.checkSize(model, transaction)
      guard publishes else { return model }
      return try store.publish(
        &model, description: nil, revisionID: versionRevision, in: scope, transaction
      ).version
    }
  }
}

extension FunctionStore {
  /// Throws where code and layers are too large together.
  func checkSize(_ function: FunctionModel, _ transaction: Transaction) throws {
    guard !function.settings.layers.isEmpty else { return }
    try FunctionLayer.checkSize(
      function.settings.layers, codeBytes: unpackedSize(of: function.codeHash, transaction))
  }

  /// Functions with all their versions, in order, after the one that `mark` names by its function
  /// and version.
  func all(
    in scope: Scope, after mark: [String], limit: Int, _ transaction: Transaction
  ) throws -> [FunctionModel] {
    var found: [FunctionModel] = []
    if let name = mark.first {
      found += try versions(
        of: name, after: mark.last == FunctionModel.latest ? nil : mark.last, limit: limit,
        in: scope, transaction)
    }
    var last = mark.first ?? ""
    while found.count < limit {
      guard let next = try list(in: scope, after: last, limit: 1, transaction).first else { break }
      found.append(next)
      found += try versions(of: next.name, limit: limit, in: scope, transaction)
      last = next.name
    }
    return Array(found.prefix(limit))
  }

  static func conflict(_ key: FunctionKey) -> ServiceError {
    ServiceError(
      "ResourceConflictException", "Function already exist: \(key.name)", status: 409,
      fields: ["Type": "User"])
  }
}
