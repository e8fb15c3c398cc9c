import AWSModel
import PropertyTree
import ServiceKit

private struct PermissionRequest: Decodable, Sendable {
  var FunctionName: String
  var Qualifier: String?
  var StatementId: String
  var Action: String
  var Principal: String
  var SourceArn: String?
  var SourceAccount: String?
  var PrincipalOrgID: String?
  var FunctionUrlAuthType: String?
  var EventSourceToken: String?
  var InvokedViaFunctionUrl: Bool?
  var RevisionId: String?
}

private struct StatementTarget: Decodable, Sendable {
  var FunctionName: String
  var Qualifier: String?
  var StatementId: String
  var RevisionId: String?
}

/// Resource policies of functions, their versions and aliases, by statement.
/// https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
extension LambdaService {
  var policyOperations: [Operation] {
    [
      .typed("GetPolicy") {
        [self] (target: FunctionTarget, context) -> PropertyValue in
        let reference = try target.reference(context)
        let holder = try environment.database.read { try store.policyHolder(reference, $0) }
        guard !holder.permissions.isEmpty else { throw ResourcePolicy.missing }
        return ResourcePolicy.shown(holder, arn: reference.arn)
      },
      .typed("AddPermission", addPermission),
      .typed("RemovePermission", removePermission),
    ]
  }

  private func addPermission(_ request: PermissionRequest, _ context: RequestContext) async throws
    -> PropertyValue
  {
    let reference = try FunctionReference(
      request.FunctionName, qualifier: request.Qualifier, scope: context.scope)
    if reference.qualifier == FunctionModel.latest {
      throw ServiceError.parameter(
        "We currently do not support adding policies for $LATEST.")
    }
    let permission = Permission(
      statementID: request.StatementId, action: request.Action, principal: request.Principal,
      sourceARN: request.SourceArn, sourceAccount: request.SourceAccount,
      organization: request.PrincipalOrgID, urlAuthType: request.FunctionUrlAuthType,
      eventSourceToken: request.EventSourceToken, isViaURL: request.InvokedViaFunctionUrl)
    try permission.validate()
    let newRevision = environment.effects.random.uuid()
    try await environment.database.write { [store] transaction in
      try store.changePolicy(of: reference, transaction) { holder in
        try ResourcePolicy.add(
          permission, to: &holder, expecting: request.RevisionId, revision: newRevision)
      }
    }
    return [
      "Statement": .string(JSONWriter.compact(permission.statement(arn: reference.arn)))
    ]
  }

  private func removePermission(_ target: StatementTarget, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    let reference = try FunctionReference(
      target.FunctionName, qualifier: target.Qualifier, scope: context.scope)
    let newRevision = environment.effects.random.uuid()
    try await environment.database.write { [store] transaction in
      try store.changePolicy(of: reference, transaction) { holder in
        try ResourcePolicy.remove(
          target.StatementId, from: &holder, expecting: target.RevisionId, revision: newRevision)
      }
    }
    return EmptyOutput()
  }
}
