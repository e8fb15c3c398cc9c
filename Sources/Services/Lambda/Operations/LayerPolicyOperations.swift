import AWSModel
import PropertyTree
import ServiceKit

private struct LayerPermissionRequest: Decodable, Sendable {
  var LayerName: String
  var VersionNumber: Int
  var StatementId: String
  var Action: String
  var Principal: String
  var OrganizationId: String?
  var RevisionId: String?
}

private struct LayerStatementTarget: Decodable, Sendable {
  var LayerName: String
  var VersionNumber: Int
  var StatementId: String
  var RevisionId: String?
}

private struct LayerPolicyTarget: Decodable, Sendable {
  var LayerName: String
  var VersionNumber: Int
}

/// Resource policies of layers' versions.
/// https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html
extension LambdaService {
  var layerPolicyOperations: [Operation] {
    [
      .typed("GetLayerVersionPolicy") {
        [self] (target: LayerPolicyTarget, context) -> PropertyValue in
        let reference = try LayerReference(
          target.LayerName, version: target.VersionNumber, scope: context.scope)
        let version = try requireLayer(reference)
        guard !version.permissions.isEmpty else {
          throw ServiceError.missing("No policy is associated with the given resource.")
        }
        return ResourcePolicy.shown(version, arn: version.arn(in: reference.scope))
      },
      .typed("AddLayerVersionPermission", addLayerPermission),
      .typed("RemoveLayerVersionPermission") {
        [self] (target: LayerStatementTarget, context) -> EmptyOutput in
        let reference = try LayerReference(
          target.LayerName, version: target.VersionNumber, scope: context.scope)
        let revision = environment.effects.random.uuid()
        _ = try await environment.database.write { [layers] transaction in
          try layers.changePolicy(of: reference, transaction) { holder in
            try ResourcePolicy.remove(
              target.StatementId, from: &holder, expecting: target.RevisionId, revision: revision)
          }
        }
        return EmptyOutput()
      },
    ]
  }

  private func addLayerPermission(
    _ request: LayerPermissionRequest, _ context: RequestContext
  ) async throws -> PropertyValue {
    let reference = try LayerReference(
      request.LayerName, version: request.VersionNumber, scope: context.scope)
    let permission = Permission(
      statementID: request.StatementId, action: request.Action, principal: request.Principal,
      organization: request.OrganizationId)
    let revision = environment.effects.random.uuid()
    let arn = try await environment.database.write { [layers] transaction in
      try layers.changePolicy(of: reference, transaction) { holder in
        try ResourcePolicy.add(
          permission, to: &holder, expecting: request.RevisionId, revision: revision)
      }
    }
    return [
      "Statement": .string(JSONWriter.compact(permission.statement(arn: arn))),
      "RevisionId": .string(revision),
    ]
  }
}

extension LayerStore {
  /// Answers the version's ARN. Throws `ResourceNotFoundException`.
  @discardableResult
  func changePolicy(
    of reference: LayerReference, _ transaction: Transaction,
    _ body: (inout any PolicyHolder) throws -> Void
  ) throws -> String {
    guard let version = try find(reference, transaction) else {
      throw LayerReference.versionMissing
    }
    var holder: any PolicyHolder = version
    try body(&holder)
    var changed = version
    changed.permissions = holder.permissions
    changed.policyRevisionID = holder.policyRevisionID
    try put(changed, in: reference.scope, transaction)
    return version.arn(in: reference.scope)
  }
}
