import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit

/// The entities that a policy resource is for.
struct IAMPolicyTargets: Sendable {
  var roles: [String]
  var users: [String]
  var groups: [String]

  init(_ roles: [String]?, _ users: [String]?, _ groups: [String]?) {
    self.roles = roles ?? []
    self.users = users ?? []
    self.groups = groups ?? []
  }

  var isEmpty: Bool { roles.isEmpty && users.isEmpty && groups.isEmpty }

  /// Those that are not among others.
  func subtracting(_ others: IAMPolicyTargets) -> IAMPolicyTargets {
    IAMPolicyTargets(
      roles.filter { !others.roles.contains($0) }, users.filter { !others.users.contains($0) },
      groups.filter { !others.groups.contains($0) })
  }

  /// Changes each of them. Throws `NoSuchEntity` where one is missing.
  func change(
    _ store: IAMStore, _ account: AccountID, _ transaction: Transaction,
    _ body: (inout any IAMEntity) throws -> Void
  ) throws {
    func each<Thing: IAMEntity>(_ type: Thing.Type, _ names: [String]) throws {
      for name in names {
        var entity: any IAMEntity = try store.existing(type, name, account, transaction)
        try body(&entity)
        try store.put(entity, account, transaction)
      }
    }
    try each(IAMRole.self, roles)
    try each(IAMUser.self, users)
    try each(IAMGroup.self, groups)
  }

  /// Those that are there and fulfil a condition.
  func filtered(
    _ store: IAMStore, _ account: AccountID, _ transaction: Transaction,
    where holds: (any IAMEntity) throws -> Bool
  ) throws -> IAMPolicyTargets {
    func those<Thing: IAMEntity>(_ type: Thing.Type, _ names: [String]) throws -> [String] {
      try names.filter { name in
        try store.get(type, name, account, transaction).map(holds) ?? false
      }
    }
    return IAMPolicyTargets(
      try those(IAMRole.self, roles), try those(IAMUser.self, users),
      try those(IAMGroup.self, groups))
  }
}

extension [String] {
  /// nil where there are none, as properties leave them out.
  var shown: [String]? { isEmpty ? nil : self }
}
