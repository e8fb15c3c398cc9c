import AWSModel
import PropertyTree

/// An access control list. It is kept and reported as far as the bucket's ownership lets lists count;
/// nobody is kept out by it.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>
struct S3AccessControl: Codable, Sendable, Hashable {
  struct Grantee: Codable, Sendable, Hashable {
    /// `CanonicalUser` or `Group`.
    var `Type`: String
    var ID: String?
    var URI: String?
    var DisplayName: String?
  }

  struct Grant: Codable, Sendable, Hashable {
    var Grantee: S3AccessControl.Grantee
    var Permission: String
  }

  var Grants: [Grant]

  /// Its key among a bucket's settings and an object's attributes.
  static let member = "AccessControl"
  private static let groups = "http://acs.amazonaws.com/groups/"
  private static let everyone = "\(groups)global/AllUsers"
  private static let authenticated = "\(groups)global/AuthenticatedUsers"
  private static let logDelivery = "\(groups)s3/LogDelivery"
  private static let permissions = ["FULL_CONTROL", "READ", "READ_ACP", "WRITE", "WRITE_ACP"]

  /// The owner's full control: what there is where nobody set anything.
  static func owned(by owner: String) -> S3AccessControl {
    S3AccessControl(Grants: [
      Grant(Grantee: Grantee(Type: "CanonicalUser", ID: owner), Permission: "FULL_CONTROL")
    ])
  }

  private static func group(_ uri: String, _ permission: String) -> Grant {
    Grant(Grantee: Grantee(Type: "Group", URI: uri), Permission: permission)
  }

  /// True where it gives something to everyone, or to everyone with an account.
  var isPublic: Bool {
    Grants.contains { [Self.everyone, Self.authenticated].contains($0.Grantee.URI) }
  }

  /// A canned list by its name in the API; nil for one that AWS does not know.
  ///
  /// All objects belong to the bucket's owner here, so that the two lists for him are the owner's.
  static func canned(_ name: String, owner: String, isBucket: Bool) throws(ServiceError)
    -> S3AccessControl?
  {
    var list = owned(by: owner)
    switch name {
    case "private", "bucket-owner-full-control", "bucket-owner-read": break
    case "public-read": list.Grants.append(group(everyone, "READ"))
    case "public-read-write":
      list.Grants += [group(everyone, "READ"), group(everyone, "WRITE")]
    case "authenticated-read": list.Grants.append(group(authenticated, "READ"))
    case "log-delivery-write" where isBucket:
      list.Grants += [group(logDelivery, "WRITE"), group(logDelivery, "READ_ACP")]
    case "aws-exec-read": throw ServiceError.unsupported("the access control list `\(name)`")
    default: return nil
    }
    return list
  }

  /// A document's or a header's list. Throws `MalformedACLError`.
  func checked() throws -> S3AccessControl {
    guard Grants.count <= 100 else { throw Self.malformed }
    for grant in Grants {
      guard Self.permissions.contains(grant.Permission) else { throw Self.malformed }
      switch grant.Grantee.`Type` {
      case "CanonicalUser":
        guard let id = grant.Grantee.ID, id.count == 64, id.allSatisfy(\.isHexDigit) else {
          throw ServiceError.invalidArgument(
            "CanonicalUser/ID", grant.Grantee.ID ?? "", "Invalid id")
        }
      case "Group":
        guard
          [Self.everyone, Self.authenticated, Self.logDelivery].contains(grant.Grantee.URI)
        else {
          throw ServiceError.invalidArgument(
            "Group/URI", grant.Grantee.URI ?? "", "Invalid group uri")
        }
      case "AmazonCustomerByEmail":
        throw ServiceError.unsupported("grants to e-mail addresses")
      default: throw Self.malformed
      }
    }
    return self
  }

  private static let malformed = ServiceError(
    "MalformedACLError",
    "The XML you provided was not well-formed or did not validate against our published schema")

  /// A `x-amz-grant-…` header: `id="…", uri="…"`.
  static func grants(header: String, _ permission: String) throws -> [Grant] {
    try header.split(separator: ",").map { part in
      let pair = part.split(separator: "=", maxSplits: 1)
      let kind = pair.first.map { $0.filter { $0 != " " } } ?? ""
      let value = pair.count == 2 ? pair[1].filter { $0 != "\"" && $0 != " " } : ""
      switch kind {
      case "id":
        return Grant(Grantee: Grantee(Type: "CanonicalUser", ID: value), Permission: permission)
      case "uri": return group(value, permission)
      case "emailAddress": throw ServiceError.unsupported("grants to e-mail addresses")
      default:
        throw ServiceError.invalidArgument(
          "x-amz-grant-\(permission.lowercased())", header,
          "Argument format not recognized")
      }
    }
  }
}

/// The list that a request asks for, before it is known whether the bucket takes it.
struct S3AccessRequest: Sendable {
  /// The canned name, where there was one.
  let canned: String?
  let list: S3AccessControl

  private static let headers: [(member: String, permission: String)] = [
    ("GrantFullControl", "FULL_CONTROL"), ("GrantRead", "READ"), ("GrantReadACP", "READ_ACP"),
    ("GrantWrite", "WRITE"), ("GrantWriteACP", "WRITE_ACP"),
  ]

  /// Throws `InvalidArgument` for a name that AWS does not know.
  init(canned: String, owner: String, isBucket: Bool) throws(ServiceError) {
    guard let list = try S3AccessControl.canned(canned, owner: owner, isBucket: isBucket) else {
      throw ServiceError.invalidArgument("x-amz-acl", canned, "")
    }
    self.canned = canned
    self.list = list
  }

  private init(_ list: S3AccessControl) {
    canned = nil
    self.list = list
  }

  /// nil where the request says nothing of it. Throws `InvalidRequest` where it says two things.
  init?(_ members: inout S3Members, owner: String, isBucket: Bool) throws {
    let canned = try members.text("ACL")
    let document = members.value("AccessControlPolicy")
    var grants: [S3AccessControl.Grant] = []
    for header in Self.headers {
      guard let text = try members.text(header.member) else { continue }
      grants += try S3AccessControl.grants(header: text, header.permission)
    }
    guard [canned != nil, document != nil, !grants.isEmpty].count(where: { $0 }) <= 1 else {
      throw ServiceError(
        "InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed")
    }
    if let canned {
      try self.init(canned: canned, owner: owner, isBucket: isBucket)
    } else if let document {
      self.init(try Self.list(document, owner: owner))
    } else if !grants.isEmpty {
      self.init(try S3AccessControl(Grants: grants).checked())
    } else {
      return nil
    }
  }

  private static func list(_ document: PropertyValue, owner: String) throws -> S3AccessControl {
    guard document["Owner"]?["ID"]?.scalarText == owner else {
      throw ServiceError("AccessDenied", "Access Denied", status: 403)
    }
    do {
      let grants: PropertyValue = ["Grants": document["Grants"] ?? .list([])]
      return try TreeDecoder().decode(S3AccessControl.self, from: grants).checked()
    } catch is DecodingError {
      throw ServiceError(
        "MalformedACLError",
        "The XML you provided was not well-formed or did not validate against our published schema")
    }
  }

  /// The list to keep; nil for the owner's alone.
  ///
  /// - Parameters:
  ///   - owned: canned names that mean the owner's control, which every bucket takes.
  /// - Throws: `AccessControlListNotSupported` where the bucket's owner owns everything,
  ///   `AccessDenied` for a public list where those are blocked.
  func kept(by settings: PropertyObject, owner: String, owned: Set<String>) throws
    -> S3AccessControl?
  {
    let ownership = try settings.configuration(S3OwnershipControls.self)
    let isOwnersAlone = list == .owned(by: owner)
    if ownership?.Rules.first?.ObjectOwnership == S3OwnershipControls.enforced {
      let isTaken = canned.map(owned.contains) ?? isOwnersAlone
      guard isTaken else {
        throw ServiceError("AccessControlListNotSupported", "The bucket does not allow ACLs")
      }
      return nil
    }
    let block = try settings.configuration(S3PublicAccessBlock.self)
    if list.isPublic, block?.BlockPublicAcls ?? false {
      throw ServiceError(
        "AccessDenied",
        "Access Denied: public access control lists are prevented by the BlockPublicAcls setting "
          + "in S3 Block Public Access.", status: 403)
    }
    return isOwnersAlone ? nil : list
  }
}
