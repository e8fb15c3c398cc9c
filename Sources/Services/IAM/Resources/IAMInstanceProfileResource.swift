import AWSModel
import Effects
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::IAM::InstanceProfile`
struct IAMInstanceProfileResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var InstanceProfileName: String?
    var Path: String?
    var Roles: [String]
  }

  static let declaration = ResourceDeclaration(
    "AWS::IAM::InstanceProfile", naming: .property("InstanceProfileName", lengthMax: 128),
    attributes: ["Arn": "arn:aws:iam::{account}:instance-profile{Path|/}{name}"],
    needsIAMCapability: true)

  let store: IAMStore

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    issues.check(name: properties.InstanceProfileName, "InstanceProfileName", max: 128)
    issues.check(path: properties.Path)
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let profile = IAMInstanceProfile(
      name: step.physicalID, path: step.properties.Path ?? "/",
      uniqueID: IAMText.uniqueID("AIPA", store.environment.effects.random), createdAt: step.now)
    try store.make(profile, step.scope.account, transaction)
    try fill(step, transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    try fill(step, transaction)
  }

  private func fill(_ step: ResourceStep<Properties>, _ transaction: Transaction) throws {
    let account = step.scope.account
    var profile: IAMInstanceProfile = try store.existing(step.physicalID, account, transaction)
    profile.role = nil
    for name in step.properties.Roles {
      let role: IAMRole = try store.existing(name, account, transaction)
      try role.checkModifiable()
      try profile.add(role.name)
    }
    try store.put(profile, account, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    let account = request.scope.account
    guard
      let profile = try store.get(
        IAMInstanceProfile.self, request.physicalID, account, transaction)
    else { return }
    try store.delete(profile, account, transaction)
  }

  func physicalIDs(in scope: Scope, _ transaction: Transaction) throws -> Set<String>? {
    try store.names(of: IAMInstanceProfile.self, scope.account, transaction)
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    try store.get(
      IAMInstanceProfile.self, request.physicalID, request.scope.account, transaction
    ).map {
      Properties(InstanceProfileName: $0.name, Path: $0.path, Roles: $0.role.map { [$0] } ?? [])
    }
  }
}
