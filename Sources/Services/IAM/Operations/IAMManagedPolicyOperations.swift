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
    var PermissionsBoundaryUsageCount: Int
    var IsAttachable = true
    var Description: String?
    var CreateDate: String
    var UpdateDate: String
    var Tags: [ValuedTag]?

    init(
      _ policy: IAMManagedPolicy, _ arn: String, attachments: Int, boundaries: Int, isFull: Bool
    ) {
      PolicyName = policy.name
      PolicyId = policy.uniqueID
      Arn = arn
      PermissionsBoundaryUsageCount = boundaries
      Path = policy.path
      DefaultVersionId = policy.defaultID
      AttachmentCount = attachments
      CreateDate = policy.createdAt.iso8601
      UpdateDate = policy.updatedAt.iso8601
      if isFull {
        Description = policy.description
        Tags = policy.tags.shown
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
    try await environment.database.write { try store.make(policy, account, $0) }
    return PolicyOutput(
      Policy: PolicyShape(
        policy, policy.arn(in: account).description, attachments: 0, boundaries: 0, isFull: true))
  }

  private func getPolicy(_ input: PolicyInput, _ context: RequestContext) throws -> PolicyOutput {
    let account = context.scope.account
    return try environment.database.read { transaction in
      let policy = try store.readablePolicy(input.PolicyArn, account, transaction)
      let use = try store.policyUse(input.PolicyArn, account, transaction)
      return PolicyOutput(
        Policy: PolicyShape(
          policy, input.PolicyArn, attachments: use.count, boundaries: use.boundaryCount,
          isFull: true))
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

  /// The account's own policies first, then AWS's, each by name.
  private func listPolicies(_ input: ListPoliciesInput, _ context: RequestContext) throws
    -> ListPoliciesOutput
  {
    let account = context.scope.account
    let page = IAMPage(marker: input.Marker, max: input.MaxItems)
    return try environment.database.read { transaction in
      let counts = try store.policyCounts(account, transaction)
      let used = input.PolicyUsageFilter.flatMap { counts[$0] }
      let matching = try listed(input.Scope, account, transaction).filter { item in
        item.policy.path.hasPrefix(input.PathPrefix ?? "/")
          && (input.OnlyAttached != true || counts.attachments[item.arn] != nil)
          && (used == nil || used?[item.arn] != nil)
      }
      let (items, next) = page.cut(matching, by: \.key)
      return ListPoliciesOutput(
        Policies: items.map {
          PolicyShape(
            $0.policy, $0.arn, attachments: counts.attachments[$0.arn] ?? 0,
            boundaries: counts.boundaries[$0.arn] ?? 0, isFull: false)
        }, IsTruncated: next != nil, Marker: next)
    }
  }

  private struct ListedPolicy {
    var key: String
    var arn: String
    var policy: IAMManagedPolicy
  }

  private func listed(_ scope: String?, _ account: AccountID, _ transaction: Transaction) throws
    -> [ListedPolicy]
  {
    var items: [ListedPolicy] = []
    if scope != "AWS" {
      items += try store.all(IAMManagedPolicy.self, account, transaction).map {
        ListedPolicy(
          key: "Local/\($0.name)", arn: $0.arn(in: account).description, policy: $0)
      }
    }
    if scope != "Local" {
      // Not in a list's answer, and much to unpack.
      items += AWSManagedPolicies.all().map {
        ListedPolicy(
          key: "Of AWS/\($0.name)", arn: $0.arn, policy: IAMManagedPolicy($0, document: ""))
      }
    }
    return items
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

  /// Reads a managed policy, which may be AWS's own. Throws `NoSuchEntity` where it is missing.
  func find(policy arn: String, _ context: RequestContext) throws -> IAMManagedPolicy {
    try environment.database.read { try store.readablePolicy(arn, context.scope.account, $0) }
  }
}
