import AWSModel
import PropertyTree

/// Resource policies, whatever they stand at.
enum ResourcePolicy {
  static let missing = ServiceError.missing("The resource you requested does not exist.")

  /// Throws where the statement is there already or the policy is another one by now.
  static func add(
    _ permission: Permission, to holder: inout any PolicyHolder, expecting expected: String?,
    revision: String
  ) throws {
    try check(expected, holder)
    guard !holder.permissions.contains(where: { $0.statementID == permission.statementID }) else {
      throw ServiceError.conflict(
        "The statement id (\(permission.statementID)) provided already exists. Please provide a "
          + "new statement id, or remove the existing statement.")
    }
    holder.permissions.append(permission)
    holder.policyRevisionID = revision
  }

  static func remove(
    _ statementID: String, from holder: inout any PolicyHolder, expecting expected: String?,
    revision: String
  ) throws {
    try check(expected, holder)
    let count = holder.permissions.count
    holder.permissions.removeAll { $0.statementID == statementID }
    guard holder.permissions.count < count else {
      throw ServiceError.missing("Statement \(statementID) is not found in resource policy.")
    }
    holder.policyRevisionID = revision
  }

  private static func check(_ expected: String?, _ holder: any PolicyHolder) throws {
    guard let expected, expected != holder.policyRevisionID else { return }
    throw ServiceError(
      "PreconditionFailedException",
      "The RevisionId provided does not match the latest RevisionId of the policy.",
      status: 412, fields: ["Type": "User"])
  }

  /// `Policy` and `RevisionId`.
  static func shown(_ holder: any PolicyHolder, arn: String) -> PropertyValue {
    let policy: PropertyValue = [
      "Version": "2012-10-17", "Id": "default",
      "Statement": .list(holder.permissions.map { $0.statement(arn: arn) }),
    ]
    return [
      "Policy": .string(JSONWriter.compact(policy)),
      "RevisionId": .string(holder.policyRevisionID),
    ]
  }
}

extension Permission {
  /// Throws AWS's refusal of members that don't go together.
  func validate() throws {
    guard urlAuthType == nil || action == "lambda:InvokeFunctionUrl" else {
      throw ServiceError.parameter(
        "FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action")
    }
  }

  /// As the policy's document has it.
  func statement(arn: String) -> PropertyValue {
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
      "Sid": .string(statementID), "Effect": "Allow", "Principal": shown,
      "Action": .string(action), "Resource": .string(arn),
    ]
    if let condition { statement["Condition"] = .object(condition) }
    return .object(statement)
  }

  private var condition: PropertyObject? {
    var equal: PropertyObject = [:]
    if let sourceAccount { equal["AWS:SourceAccount"] = .string(sourceAccount) }
    if let organization { equal["aws:PrincipalOrgID"] = .string(organization) }
    if let urlAuthType { equal["lambda:FunctionUrlAuthType"] = .string(urlAuthType) }
    if let eventSourceToken { equal["lambda:EventSourceToken"] = .string(eventSourceToken) }
    var condition: PropertyObject = [:]
    if !equal.isEmpty { condition["StringEquals"] = .object(equal) }
    if let sourceARN { condition["ArnLike"] = ["AWS:SourceArn": .string(sourceARN)] }
    if let isViaURL {
      condition["Bool"] = ["lambda:InvokedViaFunctionUrl": .string(isViaURL ? "true" : "false")]
    }
    return condition.isEmpty ? nil : condition
  }
}
