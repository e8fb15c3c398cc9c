import AWSModel
import PropertyTree
import ServiceKit

/// Managed policies: made, read, listed and deleted.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
extension IAMService {
  var managedPolicyOperations: [Operation] {
    [
      .typed("CreatePolicy") { try await self.createPolicy($0, $1) },
      .typed("GetPolicy") { try self.getPolicy($0, $1) },
      .typed("ListPolicies") { try self.listPolicies($0, $1) },
      .typed("DeletePolicy") { try await self.deletePolicy($0, $1) },
      .typed("ListEntitiesForPolicy") { try self.listEntities($0, $1) },
    ]
  }

  struct PolicyInput: Codable, Sendable { var PolicyArn: String }

  struct PolicyOutput: Codable, Sendable { var Policy: PolicyShape }

  /// A policy as the API shows it; lists leave description and tags out as AWS does.
  struct PolicyShape: Codable, Sendable {
    var PolicyName: String
    var PolicyId: String
    var Arn: String
    var Path: String
    var DefaultVersionId: String
    var AttachmentCount: Int
    var PermissionsBoundaryUsageCount = 0
    var IsAttachable = true
    var Description: String?
    var CreateDate: String
    var UpdateDate: String
    var Tags: [ValuedTag]?

    init(_ policy: IAMManagedPolicy, _ context: RequestContext, attachments: Int, isFull: Bool) {
      PolicyName = policy.name
      PolicyId = policy.uniqueID
      Arn = policy.arn(in: context.scope.account)
      Path = policy.path
      DefaultVersionId = policy.defaultID
      AttachmentCount = attachments
      CreateDate = policy.createdAt.iso8601
      UpdateDate = policy.updatedAt.iso8601
      if isFull {
        Description = policy.description
        Tags = policy.tags.isEmpty ? nil : policy.tags
      }
    }
  }

  struct CreatePolicyInput: Codable, Sendable {
    var PolicyName: String
    var Path: String?
    var PolicyDocument: String
    var Description: String?
    var Tags: [ValuedTag]?
  }

  private func createPolicy(_ input: CreatePolicyInput, _ context: RequestContext) async throws
    -> PolicyOutput
  {
    try IAMLimits.check(path: input.Path ?? "/")
    try IAMLimits.check(tags: input.Tags ?? [])
    let policy = IAMManagedPolicy(
      name: input.PolicyName, path: input.Path ?? "/",
      uniqueID: IAMText.uniqueID("ANPA", environment.effects.random),
      description: input.Description,
      document: try IAMManagedPolicy.normalize(.string(input.PolicyDocument)),
      tags: input.Tags ?? [], at: environment.effects.clock.now)
    let (store, account) = (store, context.scope.account)
    try await environment.database.write { try store.create(policy, account, $0) }
    return PolicyOutput(Policy: PolicyShape(policy, context, attachments: 0, isFull: true))
  }

  private func getPolicy(_ input: PolicyInput, _ context: RequestContext) throws -> PolicyOutput {
    let account = context.scope.account
    return try environment.database.read { transaction in
      let policy = try store.existingPolicy(input.PolicyArn, account, transaction)
      let holders = try store.holders(of: input.PolicyArn, account, transaction)
      return PolicyOutput(
        Policy: PolicyShape(policy, context, attachments: holders.count, isFull: true))
    }
  }

  struct ListPoliciesInput: Codable, Sendable {
    /// `All`, `AWS` or `Local`.
    var Scope: String?
    var OnlyAttached: Bool?
    var PathPrefix: String?
    var PolicyUsageFilter: String?
    var Marker: String?
    var MaxItems: Int?
  }

  struct ListPoliciesOutput: Codable, Sendable {
    var Policies: [PolicyShape]
    var IsTruncated: Bool
    var Marker: String?
  }

  /// The account's own policies: AWS's are not listed.
  private func listPolicies(_ input: ListPoliciesInput, _ context: RequestContext) throws
    -> ListPoliciesOutput
  {
    if input.Scope == "AWS" { throw ServiceError.unsupported("lists of AWS's own policies") }
    if let usage = input.PolicyUsageFilter, usage != "PermissionsPolicy" {
      throw ServiceError.unsupported("`PolicyUsageFilter` = `\(usage)` in ListPolicies")
    }
    let account = context.scope.account
    let page = IAMPage(marker: input.Marker, max: input.MaxItems)
    return try environment.database.read { transaction in
      var counts: [String: Int] = [:]
      for role in try store.roles(account, after: "", transaction) {
        for arn in role.managedPolicies { counts[arn, default: 0] += 1 }
      }
      let matching = try store.policies(account, after: input.Marker ?? "", transaction).filter {
        $0.path.hasPrefix(input.PathPrefix ?? "/")
          && (input.OnlyAttached != true || counts[$0.arn(in: account)] != nil)
      }
      let (items, next) = page.cut(matching, by: \.name)
      return ListPoliciesOutput(
        Policies: items.map {
          PolicyShape(
            $0, context, attachments: counts[$0.arn(in: account)] ?? 0, isFull: false)
        }, IsTruncated: next != nil, Marker: next)
    }
  }

  private func deletePolicy(_ input: PolicyInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    let (store, account) = (store, context.scope.account)
    try await environment.database.write { transaction in
      let policy = try store.existingPolicy(input.PolicyArn, account, transaction)
      guard policy.versions.count == 1 else {
        throw IAMFaults.deleteConflict(
          "This policy has more than one version. Before you delete a policy, you must delete the "
            + "policy's versions. The default version is deleted with the policy.")
      }
      try store.deletePolicy(policy, account, transaction)
    }
    return EmptyOutput()
  }

  struct ListEntitiesInput: Codable, Sendable {
    var PolicyArn: String
    var EntityFilter: String?
    var PathPrefix: String?
    var PolicyUsageFilter: String?
    var Marker: String?
    var MaxItems: Int?
  }

  struct ListEntitiesOutput: Codable, Sendable {
    struct Role: Codable, Sendable {
      var RoleName: String
      var RoleId: String
    }

    /// Always empty: no operation or resource type here makes groups and users.
    var PolicyGroups: [String] = []
    var PolicyUsers: [String] = []
    var PolicyRoles: [Role]
    var IsTruncated: Bool
    var Marker: String?
  }

  private func listEntities(_ input: ListEntitiesInput, _ context: RequestContext) throws
    -> ListEntitiesOutput
  {
    if let usage = input.PolicyUsageFilter, usage != "PermissionsPolicy" {
      throw ServiceError.unsupported("`PolicyUsageFilter` = `\(usage)` in ListEntitiesForPolicy")
    }
    let account = context.scope.account
    let page = IAMPage(marker: input.Marker, max: input.MaxItems)
    let wantsRoles = ["Role", nil].contains(input.EntityFilter)
    return try environment.database.read { transaction in
      if try IAMPolicyARN.check(input.PolicyArn) != "aws" {
        _ = try store.existingPolicy(input.PolicyArn, account, transaction)
      }
      let roles = try store.holders(of: input.PolicyArn, account, transaction)
        .filter { wantsRoles && $0.path.hasPrefix(input.PathPrefix ?? "/") }
      let (items, next) = page.cut(roles, by: \.name)
      return ListEntitiesOutput(
        PolicyRoles: items.map { .init(RoleName: $0.name, RoleId: $0.uniqueID) },
        IsTruncated: next != nil, Marker: next)
    }
  }

  /// Changes a managed policy in one transaction. Throws `NoSuchEntity` where it is missing.
  func change(
    policy arn: String, _ context: RequestContext,
    _ body: @escaping @Sendable (inout IAMManagedPolicy) throws -> Void
  ) async throws -> IAMManagedPolicy {
    let (store, account) = (store, context.scope.account)
    return try await environment.database.write { transaction in
      var policy = try store.existingPolicy(arn, account, transaction)
      try body(&policy)
      try store.put(policy, account, transaction)
      return policy
    }
  }

  /// Reads a managed policy. Throws `NoSuchEntity` where it is missing.
  func find(policy arn: String, _ context: RequestContext) throws -> IAMManagedPolicy {
    try environment.database.read { try store.existingPolicy(arn, context.scope.account, $0) }
  }
}
