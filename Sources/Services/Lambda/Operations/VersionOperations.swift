import AWSModel
import PropertyTree
import ServiceKit

private struct PublishRequest: Decodable, Sendable {
  var FunctionName: String
  var CodeSha256: String?
  var Description: String?
  var RevisionId: String?
}

private struct VersionPage: Decodable, Sendable {
  var FunctionName: String
  var Marker: String?
  var MaxItems: Int?
}

/// Published versions of functions.
/// https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
extension LambdaService {
  var versionOperations: [Operation] {
    [
      .typed("PublishVersion", publishVersion), .typed("ListVersionsByFunction", listVersions),
    ]
  }

  private func publishVersion(_ request: PublishRequest, _ context: RequestContext) async throws
    -> PropertyValue
  {
    let reference = try FunctionReference(request.FunctionName, scope: context.scope)
    try reference.requireLatest()
    let scope = reference.key.scope
    let revision = environment.effects.random.uuid()
    let version = try await environment.database.write { [store] transaction in
      guard var model = try store.find(reference.key.name, in: scope, transaction) else {
        throw reference.notFound
      }
      if let expected = request.RevisionId, expected != model.revisionID {
        throw ServiceError.revisionMismatch
      }
      if let expected = request.CodeSha256, expected != model.shownCodeHash {
        throw ServiceError.parameter(
          "CodeSHA256 (\(expected)) is different from current CodeSHA256 in $LATEST "
            + "(\(model.shownCodeHash)). Please try again with the CodeSHA256 in $LATEST.")
      }
      return try store.publish(
        &model, description: request.Description, revisionID: revision, in: scope, transaction
      ).version
    }
    return .object(version.configuration(in: scope))
  }

  private func listVersions(_ page: VersionPage, _ context: RequestContext) async throws
    -> PropertyValue
  {
    let reference = try FunctionReference(page.FunctionName, scope: context.scope)
    let (name, scope) = (reference.key.name, reference.key.scope)
    let limit = min(50, page.MaxItems ?? 50)
    let found = try environment.database.read { transaction in
      guard let latest = try store.find(name, in: scope, transaction) else {
        throw reference.notFound
      }
      let published = try store.versions(
        of: name, after: page.Marker.flatMap { $0 == FunctionModel.latest ? nil : $0 },
        limit: limit + 1, in: scope, transaction)
      return page.Marker == nil ? [latest] + published : published
    }
    var answer: PropertyObject = [
      "Versions": .list(
        found.prefix(limit).map {
          .object($0.configuration(in: scope, qualifier: $0.version))
        })
    ]
    if found.count > limit { answer["NextMarker"] = .string(found[limit - 1].version) }
    return .object(answer)
  }

  /// Deletes one version. Throws where an alias leads to it, and for `$LATEST` and aliases.
  func deleteVersion(_ qualifier: String, of reference: FunctionReference) async throws {
    if qualifier == FunctionModel.latest {
      throw ServiceError.parameter(
        "$LATEST version cannot be deleted without deleting the function.")
    }
    guard qualifier.allSatisfy(\.isNumber) else {
      throw ServiceError.parameter("Deletion of aliases is not currently supported.")
    }
    let (name, scope) = (reference.key.name, reference.key.scope)
    try await environment.database.write { [store] transaction in
      guard
        let version = try store.find(name, version: qualifier, in: scope, transaction)
      else { throw reference.notFound }
      try store.requireUnused(version, in: scope, transaction)
      try store.deleteVersion(version, in: scope, transaction)
    }
  }
}

extension FunctionStore {
  /// Throws where an alias leads to the version.
  func requireUnused(
    _ version: FunctionModel, in scope: Scope, _ transaction: Transaction
  ) throws {
    let users = try aliases(of: version.name, in: scope, transaction)
      .filter { $0.uses(version.version) }.map(\.name)
    guard users.isEmpty else {
      throw ServiceError.conflict(
        "Unable to delete version because the following aliases reference it: "
          + "[\(users.joined(separator: ", "))]")
    }
  }
}
