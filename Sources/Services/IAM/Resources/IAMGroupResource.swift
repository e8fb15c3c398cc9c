import AWSModel
import Effects
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::IAM::Group`
struct IAMGroupResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var GroupName: String?
    var Path: String?
    var ManagedPolicyArns: [String]?
    var Policies: [IAMPolicyProperty]?

    var given: IAMGivenPolicies { IAMGivenPolicies(ManagedPolicyArns, Policies) }
  }

  static let declaration = ResourceDeclaration(
    "AWS::IAM::Group", naming: .property("GroupName", lengthMax: 128),
    attributes: ["Arn": "arn:aws:iam::{account}:group{Path|/}{name}"], needsIAMCapability: true)

  let store: IAMStore

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    issues.check(name: properties.GroupName, "GroupName", max: 128)
    issues.check(path: properties.Path)
    properties.given.check(&issues)
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    guard try store.get(IAMGroup.self, step.physicalID, step.scope.account, transaction) == nil
    else { throw IAMGroup.taken(step.physicalID) }
    try apply(
      step,
      to: IAMGroup(
        name: step.physicalID, path: step.properties.Path ?? "/",
        uniqueID: IAMText.uniqueID("AGPA", store.environment.effects.random),
        createdAt: step.now), transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    var group: IAMGroup = try store.existing(step.physicalID, step.scope.account, transaction)
    group.path = step.properties.Path ?? "/"
    try apply(step, to: group, transaction)
  }

  private func apply(
    _ step: ResourceStep<Properties>, to group: IAMGroup, _ transaction: Transaction
  ) throws {
    var group = group
    try step.properties.given.give(
      to: &group, replacing: step.previous?.given, store, step.scope.account, transaction)
    try store.put(group, step.scope.account, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    let account = request.scope.account
    guard var group = try store.get(IAMGroup.self, request.physicalID, account, transaction)
    else { return }
    try typed(request)?.given.take(from: &group)
    try store.deleteGroup(group, account, transaction)
  }

  func physicalIDs(in scope: Scope, _ transaction: Transaction) throws -> Set<String>? {
    try store.names(of: IAMGroup.self, scope.account, transaction)
  }

  /// Policies are shown as far as the template has them.
  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    guard
      let group = try store.get(
        IAMGroup.self, request.physicalID, request.scope.account, transaction)
    else { return nil }
    let given = try typed(request)?.given ?? IAMGivenPolicies(allOf: group)
    return Properties(
      GroupName: group.name, Path: group.path, ManagedPolicyArns: given.live(managedOf: group),
      Policies: try given.live(inlineOf: group))
  }
}

/// `AWS::IAM::UserToGroupAddition`: users that are in a group because of it.
struct IAMUserToGroupAdditionResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var GroupName: String
    var Users: [String]
  }

  static let declaration = ResourceDeclaration(
    "AWS::IAM::UserToGroupAddition", naming: .generated(lengthMax: 128),
    attributes: ["Id": "{id}"], needsIAMCapability: true)

  let store: IAMStore

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let (properties, account) = (step.properties, step.scope.account)
    let group: IAMGroup = try store.existing(properties.GroupName, account, transaction)
    for name in properties.Users {
      var user: IAMUser = try store.existing(name, account, transaction)
      try user.join(group.name)
      try store.put(user, account, transaction)
    }
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    if let previous = step.previous {
      let staying = previous.GroupName == step.properties.GroupName ? step.properties.Users : []
      try remove(
        previous.Users.filter { !staying.contains($0) }, from: previous.GroupName, step.request,
        transaction)
    }
    try create(step, in: transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard let properties = try typed(request) else { return }
    try remove(properties.Users, from: properties.GroupName, request, transaction)
  }

  /// The users of the template that are in the group.
  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    guard let properties = try typed(request) else { return nil }
    let users = try properties.Users.filter {
      try store.get(IAMUser.self, $0, request.scope.account, transaction)?.groups
        .contains(properties.GroupName) == true
    }
    return users.isEmpty ? nil : Properties(GroupName: properties.GroupName, Users: users)
  }

  /// A user that is gone already has left its groups.
  private func remove(
    _ users: [String], from group: String, _ request: ResourceRequest, _ transaction: Transaction
  ) throws {
    let account = request.scope.account
    for name in users {
      guard var user = try store.get(IAMUser.self, name, account, transaction) else { continue }
      user.groups.removeAll { $0 == group }
      try store.put(user, account, transaction)
    }
  }
}
