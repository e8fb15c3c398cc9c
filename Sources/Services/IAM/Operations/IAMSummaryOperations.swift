import AWSModel
import Effects
import ServiceKit

/// Counts of what an account has, and IAM's quotas.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
extension IAMService {
  var summaryOperations: [Operation] {
    [
      .typed("GetAccountSummary") { (_: EmptyOutput, context) in
        try self.environment.database.read {
          SummaryOutput(SummaryMap: try self.counts(context.scope.account, $0))
        }
      },
      .typed("SetSecurityTokenServicePreferences") { (input: TokenVersionInput, context) in
        try await self.changeAccount(context) {
          $0.tokenVersion = input.GlobalEndpointTokenVersion == "v2Token" ? 2 : 1
        }
        return EmptyOutput()
      },
    ]
  }

  struct TokenVersionInput: Codable, Sendable { var GlobalEndpointTokenVersion: String }

  struct SummaryOutput: Codable, Sendable { var SummaryMap: [String: Int] }

  private func counts(_ account: AccountID, _ transaction: Transaction) throws -> [String: Int] {
    let policies = try store.all(IAMManagedPolicy.self, account, transaction)
    var counts = Self.quotas
    counts["Users"] = try store.names(of: IAMUser.self, account, transaction).count
    counts["Groups"] = try store.names(of: IAMGroup.self, account, transaction).count
    counts["Roles"] = try store.names(of: IAMRole.self, account, transaction).count
    counts["InstanceProfiles"] =
      try store.names(of: IAMInstanceProfile.self, account, transaction).count
    counts["Providers"] = try store.names(of: IAMOIDCProvider.self, account, transaction).count
    counts["Policies"] = policies.count
    counts["PolicyVersionsInUse"] = policies.reduce(0) { $0 + $1.versions.count }
    counts["GlobalEndpointTokenVersion"] = try store.account(account, transaction).tokenVersion ?? 1
    // There are no operations that could make any of these.
    for absent in [
      "AccountAccessKeysPresent", "AccountMFAEnabled", "AccountPasswordPresent",
      "AccountSigningCertificatesPresent", "MFADevices", "MFADevicesInUse", "ServerCertificates",
    ] { counts[absent] = 0 }
    return counts
  }

  /// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  private static let quotas = [
    "AccessKeysPerUserQuota": IAMUser.accessKeysMax,
    "AssumeRolePolicySizeQuota": IAMRole.trustCharactersMax,
    "AttachedPoliciesPerGroupQuota": IAMGroup.managedPoliciesMax,
    "AttachedPoliciesPerRoleQuota": IAMRole.managedPoliciesMax,
    "AttachedPoliciesPerUserQuota": IAMUser.managedPoliciesMax,
    "GroupPolicySizeQuota": IAMGroup.inlineCharactersMax,
    "GroupsPerUserQuota": IAMUser.groupsMax, "GroupsQuota": 300, "InstanceProfilesQuota": 1000,
    "PoliciesQuota": 1500, "PolicySizeQuota": IAMManagedPolicy.charactersMax,
    "PolicyVersionsInUseQuota": 10_000, "RolePolicySizeQuota": IAMRole.inlineCharactersMax,
    "RolesQuota": 1000, "ServerCertificatesQuota": 20, "SigningCertificatesPerUserQuota": 2,
    "UserPolicySizeQuota": IAMUser.inlineCharactersMax, "UsersQuota": 5000,
    "VersionsPerPolicyQuota": IAMManagedPolicy.versionsMax,
  ]
}
