import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// AWS Identity and Access Management: roles, users, groups and their policies. Grants are kept and
/// shown; they are not enforced.
public final class IAMService: CatalogService, RoleDirectory {
  public static let traits = ServiceTraits(
    "iam", .query, apiVersion: "2010-05-08",
    xmlNamespace: "https://iam.amazonaws.com/doc/2010-05-08/")
  public static var formats: [StoredFormat] { IAMStore.formats }

  let environment: ServiceEnvironment
  let store: IAMStore

  public init(environment: ServiceEnvironment) {
    self.environment = environment
    store = IAMStore(environment)
  }

  /// Reads the access keys of users.
  public func start() async throws {
    try environment.database.read { try store.loadKeys($0) }
  }

  public func stop() async { await store.keys.flush() }

  public var operations: [Operation] {
    roleOperations + userOperations + groupOperations + accessKeyOperations
      + loginOperations + accountOperations + instanceProfileOperations + inlinePolicyOperations
      + attachmentOperations
      + managedPolicyOperations + policyUseOperations + policyVersionOperations + tagOperations
      + serviceLinkedRoleOperations + oidcOperations + summaryOperations
      + authorizationOperations + reportOperations + contextKeyOperations + absentOperations
  }

  public var offer: Capabilities {
    Capabilities().offering(self, as: .roles).offering(self, as: .userKeys)
  }

  public var resources: [any ResourceHandler] {
    [
      IAMRoleResource(store: store), IAMPolicyResource(store: store),
      IAMManagedPolicyResource(store: store), IAMUserResource(store: store),
      IAMGroupResource(store: store), IAMUserToGroupAdditionResource(store: store),
      IAMAccessKeyResource(store: store), IAMInstanceProfileResource(store: store),
      IAMEntityPolicyResource<RoleNamed>(store: store),
      IAMEntityPolicyResource<UserNamed>(store: store),
      IAMEntityPolicyResource<GroupNamed>(store: store),
      IAMServiceLinkedRoleResource(store: store), IAMOIDCProviderResource(store: store),
    ]
  }

  public func role(named name: String, account: AccountID, _ transaction: Transaction) throws
    -> RoleDescription?
  {
    try store.get(IAMRole.self, name, account, transaction).map {
      RoleDescription(
        arn: $0.arn(in: account), uniqueID: $0.uniqueID, sessionSecondsMax: $0.sessionSecondsMax)
    }
  }

  public func checkPolicy(_ arn: String, account: AccountID, _ transaction: Transaction) throws {
    try store.checkAttachable(arn, account, transaction)
  }

  public func checkSessionPolicy(_ document: String) throws(ServiceError) {
    try IAMPolicyDocument.check(document, .identity)
  }

  public func clients(
    ofProvider url: String, account: AccountID, _ transaction: Transaction
  ) throws -> [String]? {
    try store.get(IAMOIDCProvider.self, url, account, transaction)?.clientIDs
  }
}
