import AWSModel
import PropertyTree
import ServiceKit

private struct PermissionRequest: Decodable, Sendable {
  var FunctionName: String
  var StatementId: String
  var Action: String
  var Principal: String
  var SourceArn: String?
  var SourceAccount: String?
  var RevisionId: String?
}

private struct StatementTarget: Decodable, Sendable {
  var FunctionName: String
  var StatementId: String
  var RevisionId: String?
}

/// Resource policies of functions, by statement.
/// https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
extension LambdaService {
  var policyOperations: [Operation] {
    [
      .typed("GetPolicy") {
        [self] (target: FunctionTarget, context) -> PropertyValue in
        let reference = try target.reference(context)
        let model = try require(reference)
        guard !model.permissions.isEmpty else { throw Self.noPolicy }
        return [
          "Policy": .string(Self.policy(of: model, arn: reference.key.arn)),
          "RevisionId": .string(model.policyRevisionID),
        ]
      },
      .typed("AddPermission", addPermission),
      .typed("RemovePermission", removePermission),
    ]
  }

  private static let noPolicy = ServiceError(
    "ResourceNotFoundException", "The resource you requested does not exist.", status: 404,
    fields: ["Type": "User"])

  private func addPermission(_ request: PermissionRequest, _ context: RequestContext) async throws
    -> PropertyValue
  {
    let reference = try FunctionReference(request.FunctionName, scope: context.scope)
    let permission = Permission(
      statementID: request.StatementId, action: request.Action, principal: request.Principal,
      sourceARN: request.SourceArn, sourceAccount: request.SourceAccount)
    try await changePermissions(reference, revisionID: request.RevisionId) { permissions in
      guard !permissions.contains(where: { $0.statementID == permission.statementID }) else {
        throw ServiceError(
          "ResourceConflictException",
          "The statement id (\(permission.statementID)) provided already exists. Please provide a "
            + "new statement id, or remove the existing statement.", status: 409,
          fields: ["Type": "User"])
      }
      permissions.append(permission)
    }
    return [
      "Statement": .string(
        JSONWriter.compact(Self.statement(permission, arn: reference.key.arn)))
    ]
  }

  private func removePermission(_ target: StatementTarget, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    let reference = try FunctionReference(target.FunctionName, scope: context.scope)
    try await changePermissions(reference, revisionID: target.RevisionId) { permissions in
      let count = permissions.count
      permissions.removeAll { $0.statementID == target.StatementId }
      if permissions.count == count {
        throw ServiceError(
          "ResourceNotFoundException",
          "Statement \(target.StatementId) is not found in resource "
            + "policy.", status: 404, fields: ["Type": "User"])
      }
    }
    return EmptyOutput()
  }

  private func changePermissions(
    _ reference: FunctionReference, revisionID: String?,
    _ body: @escaping @Sendable (inout [Permission]) throws -> Void
  ) async throws {
    try reference.requireLatest()
    let newRevision = environment.effects.random.uuid()
    try await environment.database.write { [store] transaction in
      let key = reference.key
      guard var model = try store.find(key.name, in: key.scope, transaction) else {
        throw reference.notFound
      }
      if let revisionID, revisionID != model.policyRevisionID {
        throw ServiceError(
          "PreconditionFailedException",
          "The RevisionId provided does not match the latest RevisionId of the policy.",
          status: 412, fields: ["Type": "User"])
      }
      try body(&model.permissions)
      model.policyRevisionID = newRevision
      try store.putQuietly(model, in: key.scope, transaction)
    }
  }

  private static func policy(of model: FunctionModel, arn: String) -> String {
    JSONWriter.compact([
      "Version": "2012-10-17", "Id": "default",
      "Statement": .list(model.permissions.map { statement($0, arn: arn) }),
    ])
  }

  private static func statement(_ permission: Permission, arn: String) -> PropertyValue {
    let principal = permission.principal
    let isService = principal.hasSuffix(".amazonaws.com") || principal.hasSuffix(".aws.internal")
    let isAccount = principal.utf8.count == 12 && principal.allSatisfy(\.isNumber)
    let shown: PropertyValue =
      if principal == "*" {
        "*"
      } else if isService {
        ["Service": .string(principal)]
      } else {
        ["AWS": .string(isAccount ? "arn:aws:iam::\(principal):root" : principal)]
      }
    var statement: PropertyObject = [
      "Sid": .string(permission.statementID), "Effect": "Allow", "Principal": shown,
      "Action": .string(permission.action), "Resource": .string(arn),
    ]
    var condition: PropertyObject = [:]
    if let account = permission.sourceAccount {
      condition["StringEquals"] = ["AWS:SourceAccount": .string(account)]
    }
    if let source = permission.sourceARN {
      condition["ArnLike"] = ["AWS:SourceArn": .string(source)]
    }
    if !condition.isEmpty { statement["Condition"] = .object(condition) }
    return .object(statement)
  }
}
