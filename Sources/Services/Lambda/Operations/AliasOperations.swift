import AWSModel
import PropertyTree
import ServiceKit

private struct CreateAliasRequest: Decodable, Sendable {
  var FunctionName: String
  var Name: String
  var FunctionVersion: String
  var Description: String?
  var RoutingConfig: AliasRouting?
}

private struct UpdateAliasRequest: Decodable, Sendable {
  var FunctionName: String
  var Name: String
  var FunctionVersion: String?
  var Description: String?
  var RoutingConfig: AliasRouting?
  var RevisionId: String?
}

private struct AliasTarget: Decodable, Sendable {
  var FunctionName: String
  var Name: String
}

private struct AliasPage: Decodable, Sendable {
  var FunctionName: String
  var FunctionVersion: String?
  var Marker: String?
  var MaxItems: Int?
}

/// Aliases of functions.
/// https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html
extension LambdaService {
  var aliasOperations: [Operation] {
    [
      .typed("CreateAlias", createAlias), .typed("UpdateAlias", updateAlias),
      .typed("GetAlias") { [self] (target: AliasTarget, context) -> PropertyValue in
        let reference = try FunctionReference(target.FunctionName, scope: context.scope)
        return try environment.database.read { transaction in
          try store.requireAlias(target.Name, of: reference, transaction)
            .shown(in: reference.key.scope)
        }
      },
      .typed("DeleteAlias") { [self] (target: AliasTarget, context) -> EmptyOutput in
        let reference = try FunctionReference(target.FunctionName, scope: context.scope)
        try await environment.database.write { [store] transaction in
          let (name, scope) = (reference.key.name, reference.key.scope)
          // One that is gone already is as good as deleted.
          guard let alias = try store.alias(target.Name, of: name, in: scope, transaction) else {
            return
          }
          try store.deleteAlias(alias, in: scope, transaction)
        }
        return EmptyOutput()
      },
      .typed("ListAliases", listAliases),
    ]
  }

  private func createAlias(_ request: CreateAliasRequest, _ context: RequestContext) async throws
    -> PropertyValue
  {
    let reference = try FunctionReference(request.FunctionName, scope: context.scope)
    let alias = AliasModel(
      name: request.Name, function: reference.key.name, version: request.FunctionVersion,
      description: request.Description ?? "",
      weights: request.RoutingConfig?.AdditionalVersionWeights ?? [:],
      revisionID: environment.effects.random.uuid())
    try await environment.database.write { [store] transaction in
      try store.createAlias(alias, in: reference.key.scope, transaction)
    }
    return alias.shown(in: reference.key.scope)
  }

  private func updateAlias(_ request: UpdateAliasRequest, _ context: RequestContext) async throws
    -> PropertyValue
  {
    let reference = try FunctionReference(request.FunctionName, scope: context.scope)
    let revision = environment.effects.random.uuid()
    let alias = try await environment.database.write { [store] transaction in
      var alias = try store.requireAlias(request.Name, of: reference, transaction)
      if let expected = request.RevisionId, expected != alias.revisionID {
        throw ServiceError.revisionMismatch
      }
      if let version = request.FunctionVersion { alias.version = version }
      if let description = request.Description { alias.description = description }
      if let routing = request.RoutingConfig {
        alias.weights = routing.AdditionalVersionWeights ?? [:]
      }
      alias.revisionID = revision
      try store.putAlias(alias, in: reference.key.scope, transaction)
      return alias
    }
    return alias.shown(in: reference.key.scope)
  }

  private func listAliases(_ page: AliasPage, _ context: RequestContext) async throws
    -> PropertyValue
  {
    let reference = try FunctionReference(page.FunctionName, scope: context.scope)
    let (name, scope) = (reference.key.name, reference.key.scope)
    let aliases = try environment.database.read { transaction in
      guard try store.find(name, in: scope, transaction) != nil else { throw reference.notFound }
      return try store.aliases(of: name, in: scope, transaction)
    }.filter { alias in page.FunctionVersion.map { alias.uses($0) } ?? true }
    let (items, next) = aliases.page(
      after: page.Marker, limit: min(50, page.MaxItems ?? 50), by: \.name)
    var answer: PropertyObject = ["Aliases": .list(items.map { $0.shown(in: scope) })]
    if let next { answer["NextMarker"] = .string(next) }
    return .object(answer)
  }
}

extension FunctionStore {
  /// Throws where the function is not there, or has an alias of this name.
  func createAlias(_ alias: AliasModel, in scope: Scope, _ transaction: Transaction) throws {
    guard try find(alias.function, in: scope, transaction) != nil else {
      throw try FunctionReference(alias.function, scope: scope).notFound
    }
    if try self.alias(alias.name, of: alias.function, in: scope, transaction) != nil {
      throw ServiceError.conflict("Alias already exists: \(alias.arn(in: scope))")
    }
    try putAlias(alias, in: scope, transaction)
  }

  /// The alias, or `ResourceNotFoundException`.
  func requireAlias(
    _ name: String, of reference: FunctionReference, _ transaction: Transaction
  ) throws -> AliasModel {
    let found = try alias(name, of: reference.key.name, in: reference.key.scope, transaction)
    guard let found else {
      throw ServiceError.missing("Cannot find alias arn: \(reference.key.arn):\(name)")
    }
    return found
  }
}
