import AWSModel
import ServiceKit

/// Managed policies of roles, users and groups, and permissions boundaries.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html
extension IAMService {
  var attachmentOperations: [Operation] {
    attachments(of: RoleNamed.self) + attachments(of: UserNamed.self)
      + attachments(of: GroupNamed.self) + boundaries(of: RoleNamed.self)
      + boundaries(of: UserNamed.self)
  }

  private func attachments<Name: IAMNameMember>(of name: Name.Type) -> [Operation]
  where Name.Named: IAMEntity {
    let word = Name.Named.word
    return [
      .typed("Attach\(word)Policy") { (input: With<Name, PolicyInput>, context) in
        try await self.attachPolicy(input, context)
      },
      .typed("Detach\(word)Policy") { (input: With<Name, PolicyInput>, context) in
        try await self.detachPolicy(input, context)
      },
      .typed("ListAttached\(word)Policies") { (input: With<Name, PathPageInput>, context) in
        let (members, entity) = (
          input.rest, try self.find(Name.Named.self, input.name, context)
        )
        let policies = entity.managedPolicies.sorted()
          .filter { IAMPolicyARN.path(of: $0).hasPrefix(members.PathPrefix ?? "/") }
        let (items, next) = members.page.cut(policies, by: \.self)
        return ListAttachedOutput(
          AttachedPolicies: items.map { AttachedPolicy($0) }, IsTruncated: next != nil,
          Marker: next)
      },
    ]
  }

  struct AttachedPolicy: Codable, Sendable {
    var PolicyName: String
    var PolicyArn: String

    init(_ arn: String) {
      PolicyName = IAMPolicyARN.name(of: arn)
      PolicyArn = arn
    }
  }

  struct ListAttachedOutput: Codable, Sendable {
    var AttachedPolicies: [AttachedPolicy]
    var IsTruncated: Bool
    var Marker: String?
  }

  private func attachPolicy<Name: IAMNameMember>(
    _ input: With<Name, PolicyInput>, _ context: RequestContext
  ) async throws -> EmptyOutput where Name.Named: IAMEntity {
    let (store, account, arn) = (store, context.scope.account, input.rest.PolicyArn)
    try await environment.database.write { transaction in
      try store.checkAttachable(arn, account, transaction)
      var entity = try store.existing(Name.Named.self, input.name, account, transaction)
      try (entity as? IAMRole)?.checkModifiable()
      try entity.attach(arn)
      try store.put(entity, account, transaction)
    }
    return EmptyOutput()
  }

  private func detachPolicy<Name: IAMNameMember>(
    _ input: With<Name, PolicyInput>, _ context: RequestContext
  ) async throws -> EmptyOutput where Name.Named: IAMEntity {
    try await change(Name.Named.self, input.name, context) { entity in
      try (entity as? IAMRole)?.checkModifiable()
      guard let index = entity.managedPolicies.firstIndex(of: input.rest.PolicyArn) else {
        throw IAMFaults.noSuchEntity("Policy \(input.rest.PolicyArn) was not found.")
      }
      entity.managedPolicies.remove(at: index)
    }
    return EmptyOutput()
  }

  // MARK: Boundaries

  private func boundaries<Name: IAMNameMember>(of name: Name.Type) -> [Operation]
  where Name.Named: IAMBounded {
    let word = Name.Named.word
    return [
      .typed("Put\(word)PermissionsBoundary") { (input: With<Name, BoundaryMember>, context) in
        try await self.putBoundary(input, context)
      },
      .typed("Delete\(word)PermissionsBoundary") { (input: Name, context) in
        try await self.change(Name.Named.self, input.name, context) { entity in
          try (entity as? IAMRole)?.checkModifiable()
          guard entity.permissionsBoundary != nil else {
            throw IAMFaults.noSuchEntity(
              "\(word) \(entity.name) does not have a permissions boundary")
          }
          entity.permissionsBoundary = nil
        }
        return EmptyOutput()
      },
    ]
  }

  struct BoundaryMember: Codable, Sendable { var PermissionsBoundary: String }

  private func putBoundary<Name: IAMNameMember>(
    _ input: With<Name, BoundaryMember>, _ context: RequestContext
  ) async throws -> EmptyOutput where Name.Named: IAMBounded {
    let (store, account, arn) = (store, context.scope.account, input.rest.PermissionsBoundary)
    try await environment.database.write { transaction in
      try store.checkBoundary(arn, account, transaction)
      var entity = try store.existing(Name.Named.self, input.name, account, transaction)
      try (entity as? IAMRole)?.checkModifiable()
      entity.permissionsBoundary = arn
      try store.put(entity, account, transaction)
    }
    return EmptyOutput()
  }

  /// A boundary as the API shows it.
  struct BoundaryShape: Codable, Sendable {
    var PermissionsBoundaryType = "Policy"
    var PermissionsBoundaryArn: String

    init?(_ arn: String?) {
      guard let arn else { return nil }
      PermissionsBoundaryArn = arn
    }
  }
}
