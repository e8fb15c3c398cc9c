import AWSModel
import Effects
import ServiceKit

/// Access keys of users. A secret is shown once, and kept sealed.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html
extension IAMService {
  var accessKeyOperations: [Operation] {
    [
      .typed("CreateAccessKey") { try await self.createAccessKey($0, $1) },
      .typed("ListAccessKeys") { try self.listAccessKeys($0, $1) },
      .typed("UpdateAccessKey") { try await self.updateAccessKey($0, $1) },
      .typed("DeleteAccessKey") { try await self.deleteAccessKey($0, $1) },
      .typed("GetAccessKeyLastUsed") { try self.accessKeyLastUsed($0, $1) },
    ]
  }

  struct OptionalUserInput: Codable, Sendable { var UserName: String? }

  struct AccessKeyShape: Codable, Sendable {
    var UserName: String
    var AccessKeyId: String
    var Status: IAMAccessKey.Status
    /// When it has just been made, and never again.
    var SecretAccessKey: String?
    var CreateDate: String

    init(_ key: IAMAccessKey, of user: String, secret: String? = nil) {
      UserName = user
      AccessKeyId = key.id
      Status = key.status
      SecretAccessKey = secret
      CreateDate = key.createdAt.iso8601
    }
  }

  struct CreateAccessKeyOutput: Codable, Sendable { var AccessKey: AccessKeyShape }

  private func createAccessKey(_ input: OptionalUserInput, _ context: RequestContext) async throws
    -> CreateAccessKeyOutput
  {
    let user = try userName(input.UserName, context)
    let random = environment.effects.random
    let id = AccessKeyID.make("AKIA", context.scope.account, random)
    let secret = IAMText.secret(random)
    let key = IAMAccessKey(
      id: id, status: .active, createdAt: environment.effects.clock.now,
      sealedSecret: try store.vault.seal(secret, for: IAMAccessKey.sealContext(id)))
    try await change(IAMUser.self, user, context) { try $0.add(key) }
    return CreateAccessKeyOutput(AccessKey: AccessKeyShape(key, of: user, secret: secret))
  }

  struct ListAccessKeysInput: Codable, Sendable {
    var UserName: String?
    var Marker: String?
    var MaxItems: Int?
  }

  struct ListAccessKeysOutput: Codable, Sendable {
    var UserName: String?
    var AccessKeyMetadata: [AccessKeyShape]
    var IsTruncated: Bool
    var Marker: String?
  }

  private func listAccessKeys(_ input: ListAccessKeysInput, _ context: RequestContext) throws
    -> ListAccessKeysOutput
  {
    let user: IAMUser = try find(try userName(input.UserName, context), context)
    let (items, next) = IAMPage(marker: input.Marker, max: input.MaxItems)
      .cut(user.accessKeys.sorted { $0.id < $1.id }, by: \.id)
    return ListAccessKeysOutput(
      AccessKeyMetadata: items.map { AccessKeyShape($0, of: user.name) },
      IsTruncated: next != nil, Marker: next)
  }

  struct UpdateAccessKeyInput: Codable, Sendable {
    var UserName: String?
    var AccessKeyId: String
    var Status: String
  }

  private func updateAccessKey(_ input: UpdateAccessKeyInput, _ context: RequestContext)
    async throws -> EmptyOutput
  {
    guard let status = IAMAccessKey.Status(rawValue: input.Status) else {
      throw IAMFaults.validation("An access key's status is Active or Inactive.")
    }
    try await change(IAMUser.self, try userName(input.UserName, context), context) { user in
      let index = try user.index(ofKey: input.AccessKeyId)
      user.accessKeys[index].status = status
    }
    return EmptyOutput()
  }

  struct AccessKeyInput: Codable, Sendable {
    var UserName: String?
    var AccessKeyId: String
  }

  private func deleteAccessKey(_ input: AccessKeyInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    let (store, account) = (store, context.scope.account)
    let name = try userName(input.UserName, context)
    try await environment.database.write { transaction in
      let user: IAMUser = try store.existing(name, account, transaction)
      try store.deleteKey(input.AccessKeyId, of: user, account, transaction)
    }
    return EmptyOutput()
  }

  struct AccessKeyIDInput: Codable, Sendable { var AccessKeyId: String }

  struct LastUsedOutput: Codable, Sendable {
    struct Use: Codable, Sendable {
      var LastUsedDate: String?
      var ServiceName: String
      var Region: String
    }

    var UserName: String
    var AccessKeyLastUsed: Use
  }

  private func accessKeyLastUsed(_ input: AccessKeyIDInput, _ context: RequestContext) throws
    -> LastUsedOutput
  {
    guard let entry = store.keys.entry(input.AccessKeyId), entry.account == context.scope.account
    else {
      throw ServiceError(
        "AccessDenied", "The access key \(input.AccessKeyId) is no key of this account.",
        status: 403)
    }
    let use = store.keys.use(input.AccessKeyId)
    return LastUsedOutput(
      UserName: entry.userName,
      AccessKeyLastUsed: .init(
        LastUsedDate: use?.moment.iso8601, ServiceName: use?.service ?? "N/A",
        Region: use?.region ?? "N/A"))
  }
}

/// Users and their keys for other services.
extension IAMService: UserKeyDirectory {
  public func key(_ id: String) -> UserKey? {
    store.keys.entry(id).map { UserKey(account: $0.account, isActive: $0.isActive) }
  }

  public func user(ofKey id: String, _ transaction: Transaction) throws -> UserDescription? {
    try store.user(ofKey: id, transaction).map {
      UserDescription(arn: $0.user.arn(in: $0.account), uniqueID: $0.user.uniqueID)
    }
  }

  public func secret(ofKey id: String, _ transaction: Transaction) throws -> String? {
    guard let user = try store.user(ofKey: id, transaction)?.user,
      let key = user.accessKeys.first(where: { $0.id == id })
    else { return nil }
    return try store.vault.open(key.sealedSecret, for: IAMAccessKey.sealContext(id))
  }

  public func noteUse(ofKey id: String, _ use: AccessKeyUse) { store.keys.note(id, use) }
}
