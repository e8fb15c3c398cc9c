import AWSModel
import PropertyTree
import ServiceKit

private struct CreateSigningRequest: Decodable, Sendable {
  var Description: String?
  var AllowedPublishers: CodeSigningModel.Publishers
  var CodeSigningPolicies: CodeSigningModel.Policies?
  var Tags: [String: String]?
}

private struct UpdateSigningRequest: Decodable, Sendable {
  var CodeSigningConfigArn: String
  var Description: String?
  var AllowedPublishers: CodeSigningModel.Publishers?
  var CodeSigningPolicies: CodeSigningModel.Policies?
}

private struct SigningTarget: Decodable, Sendable { var CodeSigningConfigArn: String }

private struct SigningPage: Decodable, Sendable {
  var CodeSigningConfigArn: String?
  var Marker: String?
  var MaxItems: Int?
}

private struct FunctionSigning: Decodable, Sendable {
  var FunctionName: String
  var CodeSigningConfigArn: String
}

/// Code-signing configurations, kept and checked.
/// https://docs.aws.amazon.com/lambda/latest/api/API_CreateCodeSigningConfig.html
extension LambdaService {
  var codeSigningOperations: [Operation] { signingOperations + functionSigningOperations }

  private var signingOperations: [Operation] {
    [
      .typed("CreateCodeSigningConfig", createSigning),
      .typed("UpdateCodeSigningConfig", updateSigning),
      .typed("GetCodeSigningConfig") { [self] (target: SigningTarget, context) -> PropertyValue in
        let found = try environment.database.read {
          try signing.require(target.CodeSigningConfigArn, in: context.scope, $0)
        }
        return ["CodeSigningConfig": found.shown(in: context.scope)]
      },
      .typed("DeleteCodeSigningConfig") {
        [self] (target: SigningTarget, context) -> EmptyOutput in
        try await environment.database.write { [signing, store] transaction in
          let found = try signing.require(
            target.CodeSigningConfigArn, in: context.scope, transaction)
          try signing.delete(found, in: context.scope, functions: store, transaction)
        }
        return EmptyOutput()
      },
      .typed("ListCodeSigningConfigs") { [self] (page: SigningPage, context) -> PropertyValue in
        let all = try environment.database.read { try signing.list(in: context.scope, $0) }
        let (items, next) = all.page(
          after: page.Marker, limit: min(50, page.MaxItems ?? 50), by: \.id)
        var answer: PropertyObject = [
          "CodeSigningConfigs": .list(items.map { $0.shown(in: context.scope) })
        ]
        if let next { answer["NextMarker"] = .string(next) }
        return .object(answer)
      },
    ]
  }

  private func createSigning(_ request: CreateSigningRequest, _ context: RequestContext)
    async throws -> PropertyValue
  {
    var model = CodeSigningModel(
      id: "csc-" + environment.effects.random.text(17, from: "0123456789abcdef"),
      description: request.Description ?? "",
      publishers: request.AllowedPublishers.SigningProfileVersionArns, tags: request.Tags ?? [:],
      lastModified: environment.effects.clock.now)
    try model.apply(request.CodeSigningPolicies)
    let made = model
    try await environment.database.write { [signing] transaction in
      try signing.put(made, in: context.scope, transaction)
    }
    return ["CodeSigningConfig": made.shown(in: context.scope)]
  }

  private func updateSigning(_ request: UpdateSigningRequest, _ context: RequestContext)
    async throws -> PropertyValue
  {
    let now = environment.effects.clock.now
    let changed = try await environment.database.write { [signing] transaction in
      var model = try signing.require(
        request.CodeSigningConfigArn, in: context.scope, transaction)
      if let text = request.Description { model.description = text }
      if let publishers = request.AllowedPublishers {
        model.publishers = publishers.SigningProfileVersionArns
      }
      try model.apply(request.CodeSigningPolicies)
      model.lastModified = now
      try signing.put(model, in: context.scope, transaction)
      return model
    }
    return ["CodeSigningConfig": changed.shown(in: context.scope)]
  }

  private var functionSigningOperations: [Operation] {
    [
      .typed("PutFunctionCodeSigningConfig") {
        [self] (request: FunctionSigning, context) -> PropertyValue in
        let arn = request.CodeSigningConfigArn
        let model = try await set(request.FunctionName, context) {
          [signing] model, scope, transaction in
          _ = try signing.require(arn, in: scope, transaction)
          model.codeSigningARN = arn
        }
        return ["FunctionName": .string(model.name), "CodeSigningConfigArn": .string(arn)]
      },
      .typed("GetFunctionCodeSigningConfig") {
        [self] (target: FunctionTarget, context) -> PropertyValue in
        let model = try require(target.reference(context))
        var answer: PropertyObject = ["FunctionName": .string(model.name)]
        if let arn = model.codeSigningARN { answer["CodeSigningConfigArn"] = .string(arn) }
        return .object(answer)
      },
      .typed("DeleteFunctionCodeSigningConfig") {
        [self] (target: FunctionTarget, context) -> EmptyOutput in
        _ = try await set(target.FunctionName, context) { model, _, _ in
          model.codeSigningARN = nil
        }
        return EmptyOutput()
      },
      .typed("ListFunctionsByCodeSigningConfig") {
        [self] (page: SigningPage, context) -> PropertyValue in
        let arn = page.CodeSigningConfigArn ?? ""
        let all = try environment.database.read { transaction in
          _ = try signing.require(arn, in: context.scope, transaction)
          return try store.list(in: context.scope, transaction)
        }.filter { $0.codeSigningARN == arn }
        let (items, next) = all.page(
          after: page.Marker, limit: min(50, page.MaxItems ?? 50), by: \.name)
        var answer: PropertyObject = [
          "FunctionArns": .list(items.map { .string($0.arn(in: context.scope)) })
        ]
        if let next { answer["NextMarker"] = .string(next) }
        return .object(answer)
      },
    ]
  }
}
