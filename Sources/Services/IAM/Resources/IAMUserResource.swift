import AWSModel
import Effects
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::IAM::User`
struct IAMUserResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    struct Login: Codable, Sendable {
      var Password: String?
      var PasswordResetRequired: Bool?
    }

    var UserName: String?
    var Path: String?
    var Groups: [String]?
    var LoginProfile: Login?
    var PermissionsBoundary: String?
    var ManagedPolicyArns: [String]?
    var Policies: [IAMPolicyProperty]?
    var Tags: [ValuedTag]?

    var given: IAMGivenPolicies { IAMGivenPolicies(ManagedPolicyArns, Policies) }
  }

  static let declaration = ResourceDeclaration(
    "AWS::IAM::User", naming: .property("UserName", lengthMax: 64),
    attributes: ["Arn": "arn:aws:iam::{account}:user{Path|/}{name}"],
    writeOnly: ["LoginProfile.Password"], needsIAMCapability: true)

  let store: IAMStore

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    issues.check(name: properties.UserName, "UserName", max: 64)
    issues.check(path: properties.Path)
    issues.check(boundary: properties.PermissionsBoundary)
    properties.given.check(&issues)
    issues.check(iamTags: properties.Tags)
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    guard try store.get(IAMUser.self, step.physicalID, step.scope.account, transaction) == nil
    else { throw IAMUser.taken(step.physicalID) }
    var user = IAMUser(
      name: step.physicalID, path: step.properties.Path ?? "/",
      uniqueID: IAMText.uniqueID("AIDA", store.environment.effects.random), createdAt: step.now)
    try apply(step, to: &user, transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    var user: IAMUser = try store.existing(step.physicalID, step.scope.account, transaction)
    user.path = step.properties.Path ?? "/"
    try apply(step, to: &user, transaction)
  }

  private func apply(
    _ step: ResourceStep<Properties>, to user: inout IAMUser, _ transaction: Transaction
  ) throws {
    let (properties, account) = (step.properties, step.scope.account)
    user.tags = properties.Tags ?? []
    if let boundary = properties.PermissionsBoundary, boundary != user.permissionsBoundary {
      try store.checkBoundary(boundary, account, transaction)
    }
    user.permissionsBoundary = properties.PermissionsBoundary
    // Groups that a UserToGroupAddition or the API added stay.
    let groups = properties.Groups ?? []
    let left = Set(step.previous?.Groups ?? []).subtracting(groups)
    user.groups.removeAll { left.contains($0) }
    for name in groups {
      try user.join(try store.existing(IAMGroup.self, name, account, transaction).name)
    }
    try properties.given.give(
      to: &user, replacing: step.previous?.given, store, account, transaction)
    try apply(properties.LoginProfile, step, to: &user, transaction)
    try store.put(user, account, transaction)
  }

  private func apply(
    _ login: Properties.Login?, _ step: ResourceStep<Properties>, to user: inout IAMUser,
    _ transaction: Transaction
  ) throws {
    guard let login else {
      if step.previous?.LoginProfile != nil { user.login = nil }
      return
    }
    guard let password = login.Password else {
      throw IAMFaults.validation("LoginProfile needs a Password")
    }
    let rules = try store.account(step.scope.account, transaction).passwordRules
    let sealer = IAMPasswords(vault: store.vault, rules: rules, now: step.now)
    if user.login == nil || password != step.previous?.LoginProfile?.Password {
      try sealer.set(password, of: &user, needsReset: login.PasswordResetRequired ?? false)
    }
    user.login?.needsReset = login.PasswordResetRequired ?? false
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    let account = request.scope.account
    guard var user = try store.get(IAMUser.self, request.physicalID, account, transaction) else {
      return
    }
    if let properties = try typed(request) {
      properties.given.take(from: &user)
      user.groups.removeAll { (properties.Groups ?? []).contains($0) }
      if properties.LoginProfile != nil { user.login = nil }
    }
    try store.deleteUser(user, account, transaction)
  }

  func physicalIDs(in scope: Scope, _ transaction: Transaction) throws -> Set<String>? {
    try store.names(of: IAMUser.self, scope.account, transaction)
  }

  /// Groups and policies are shown as far as the template has them.
  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    guard
      let user = try store.get(
        IAMUser.self, request.physicalID, request.scope.account, transaction)
    else { return nil }
    let properties = try typed(request)
    let given = try properties?.given ?? IAMGivenPolicies(allOf: user)
    let groups = properties.map { ($0.Groups ?? []).filter(user.groups.contains) } ?? user.groups
    return Properties(
      UserName: user.name, Path: user.path, Groups: groups.isEmpty ? nil : groups,
      LoginProfile: user.login.map { .init(PasswordResetRequired: $0.needsReset) },
      PermissionsBoundary: user.permissionsBoundary,
      ManagedPolicyArns: given.live(managedOf: user), Policies: try given.live(inlineOf: user),
      Tags: user.tags.shown)
  }
}
