import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// AWS Identity and Access Management: roles and policies. Grants are kept and shown; they
/// are not enforced.
public final class IAMService: CatalogService, RoleDirectory {
  public static let traits = ServiceTraits(
    "iam", .query, apiVersion: "2010-05-08",
    xmlNamespace: "https://iam.amazonaws.com/doc/2010-05-08/")
  public static var formats: [StoredFormat] { IAMStore.formats }

  let environment: ServiceEnvironment
  let store = IAMStore()

  public init(environment: ServiceEnvironment) { self.environment = environment }

  public var operations: [Operation] {
    roleOperations + inlinePolicyOperations + attachmentOperations + managedPolicyOperations
      + policyVersionOperations + tagOperations + policyTagOperations
  }

  public var offer: Capabilities { Capabilities().offering(self, as: .roles) }

  public var resources: [any ResourceHandler] {
    [
      IAMRoleResource(store: store), IAMPolicyResource(store: store),
      IAMManagedPolicyResource(store: store),
    ]
  }

  public func role(named name: String, account: AccountID, _ transaction: Transaction) throws
    -> RoleDescription?
  {
    try store.role(name, account, transaction).map {
      RoleDescription(
        arn: $0.arn(in: account), uniqueID: $0.uniqueID, sessionSecondsMax: $0.sessionSecondsMax)
    }
  }

  /// Changes a role in one transaction. Throws `NoSuchEntity` where it is missing.
  func change(
    _ name: String, _ context: RequestContext,
    _ body: @escaping @Sendable (inout IAMRole) throws -> Void
  ) async throws {
    let store = store
    let account = context.scope.account
    try await environment.database.write { transaction in
      var role = try store.existingRole(name, account, transaction)
      try body(&role)
      try store.put(role, account, transaction)
    }
  }

  /// Reads a role. Throws `NoSuchEntity` where it is missing.
  func find(_ name: String, _ context: RequestContext) throws -> IAMRole {
    try environment.database.read { try store.existingRole(name, context.scope.account, $0) }
  }
}
