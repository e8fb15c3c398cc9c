import AWSModel
import ServiceKit

/// The member by which requests and answers name a thing of some kind.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html
protocol IAMNameMember: Codable, Sendable {
  associatedtype Named: IAMStored
  var name: String { get }
  init(_ name: String)
}

struct RoleNamed: IAMNameMember {
  typealias Named = IAMRole
  var RoleName: String
  var name: String { RoleName }
  init(_ name: String) { RoleName = name }
}

struct UserNamed: IAMNameMember {
  typealias Named = IAMUser
  var UserName: String
  var name: String { UserName }
  init(_ name: String) { UserName = name }
}

struct GroupNamed: IAMNameMember {
  typealias Named = IAMGroup
  var GroupName: String
  var name: String { GroupName }
  init(_ name: String) { GroupName = name }
}

struct InstanceProfileNamed: IAMNameMember {
  typealias Named = IAMInstanceProfile
  var InstanceProfileName: String
  var name: String { InstanceProfileName }
  init(_ name: String) { InstanceProfileName = name }
}

/// A request or an answer that names a thing beside other members.
struct With<Name: IAMNameMember, Rest: Codable & Sendable>: Codable, Sendable {
  var named: Name
  var rest: Rest

  var name: String { named.name }

  init(_ name: String, _ rest: Rest) {
    named = Name(name)
    self.rest = rest
  }

  init(from decoder: any Decoder) throws {
    named = try Name(from: decoder)
    rest = try Rest(from: decoder)
  }

  func encode(to encoder: any Encoder) throws {
    try named.encode(to: encoder)
    try rest.encode(to: encoder)
  }
}

/// The members of a request for a part of a list.
struct PageMembers: Codable, Sendable {
  var Marker: String?
  var MaxItems: Int?

  var page: IAMPage { IAMPage(marker: Marker, max: MaxItems) }
}

/// A request for things below a path.
struct PathPageInput: Codable, Sendable {
  var PathPrefix: String?
  var Marker: String?
  var MaxItems: Int?

  var page: IAMPage { IAMPage(marker: Marker, max: MaxItems) }
}

extension IAMService {
  /// Changes a thing in one transaction. Throws `NoSuchEntity` where it is missing.
  @discardableResult
  func change<Thing: IAMStored>(
    _ type: Thing.Type, _ name: String, _ context: RequestContext,
    _ body: @escaping @Sendable (inout Thing) throws -> Void
  ) async throws -> Thing {
    let (store, account) = (store, context.scope.account)
    return try await environment.database.write { transaction in
      var thing = try store.existing(type, name, account, transaction)
      try body(&thing)
      try store.put(thing, account, transaction)
      return thing
    }
  }

  /// Reads a thing. Throws `NoSuchEntity` where it is missing.
  func find<Thing: IAMStored>(
    _ type: Thing.Type, _ name: String, _ context: RequestContext
  ) throws -> Thing {
    try environment.database.read { try store.existing(type, name, context.scope.account, $0) }
  }

  /// Reads a thing. Throws `NoSuchEntity` where it is missing.
  func find<Thing: IAMStored>(_ name: String, _ context: RequestContext) throws -> Thing {
    try find(Thing.self, name, context)
  }

  /// A page of things below a path, names ascending.
  func list<Thing: IAMNamed>(
    _ type: Thing.Type, _ input: PathPageInput, _ context: RequestContext
  ) throws -> (items: [Thing], next: String?) {
    let things = try environment.database.read {
      try store.all(type, context.scope.account, after: input.Marker ?? "", $0)
    }
    return input.page.cut(
      things.filter { $0.path.hasPrefix(input.PathPrefix ?? "/") }, by: \.name)
  }

  /// The user whom a request without a name means: the caller. Throws `ValidationError` where the
  /// caller is no user.
  func userName(_ given: String?, _ context: RequestContext) throws(ServiceError) -> String {
    if let given { return given }
    guard let entry = store.keys.entry(context.accessKeyID) else {
      throw IAMFaults.validation("Must specify userName when calling with non-User credentials")
    }
    return entry.userName
  }
}
