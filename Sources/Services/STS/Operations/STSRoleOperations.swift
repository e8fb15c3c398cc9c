import AWSModel
import Effects
import ServiceKit

/// Sessions of roles.
/// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
extension STSService {
  var roleOperations: [Operation] {
    [.typed("AssumeRole") { try await self.assumeRole($0, $1) }]
  }

  struct AssumeRoleInput: Codable, Sendable {
    var RoleArn: String
    var RoleSessionName: String
    var PolicyArns: [PolicyDescriptor]?
    var Policy: String?
    var DurationSeconds: Int?
    var Tags: [ValuedTag]?
    var TransitiveTagKeys: [String]?
    var ExternalId: String?
    var SerialNumber: String?
    var TokenCode: String?
    var SourceIdentity: String?
  }

  struct AssumedUser: Codable, Sendable {
    var AssumedRoleId: String
    var Arn: String
  }

  struct AssumeRoleOutput: Codable, Sendable {
    var Credentials: Credentials
    var AssumedRoleUser: AssumedUser
    var PackedPolicySize: Int?
    var SourceIdentity: String?
  }

  private func assumeRole(_ input: AssumeRoleInput, _ context: RequestContext) async throws
    -> AssumeRoleOutput
  {
    let caller = try caller(context)
    let role = try assumable(input.RoleArn, "sts:AssumeRole", caller)
    if input.SerialNumber != nil || input.TokenCode != nil { throw Self.noDevice }
    let seconds = try Self.seconds(input.DurationSeconds, role, caller)
    var narrowed = try scopeDown(
      policy: input.Policy, arns: input.PolicyArns, tags: input.Tags,
      transitive: input.TransitiveTagKeys, in: context.scope.account)
    try Self.inherit(caller, &narrowed)
    if let mine = caller.session?.sourceIdentity, let asked = input.SourceIdentity, mine != asked {
      throw STSFaults.notAuthorized(caller, "sts:SetSourceIdentity", input.RoleArn)
    }
    var session = begin(role, named: input.RoleSessionName)
    session.scopeDown = narrowed
    session.externalID = input.ExternalId
    session.sourceIdentity = input.SourceIdentity ?? caller.session?.sourceIdentity
    return AssumeRoleOutput(
      Credentials: try await issue(session, seconds: seconds),
      AssumedRoleUser: AssumedUser(AssumedRoleId: session.userID, Arn: session.arn),
      PackedPolicySize: narrowed.packedPercent, SourceIdentity: session.sourceIdentity)
  }

  /// There is no device that a code could come from.
  static let noDevice = ServiceError.accessDenied(
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial "
      + "number is valid and associated with this user.")

  /// The role that an ARN names. Throws `AccessDenied` where there is none.
  func assumable(_ text: String, _ action: String, _ caller: STSCaller?) throws
    -> RoleDescription
  {
    guard let arn = ARN(parsing: text), arn.service == "iam", arn.resource.hasPrefix("role/")
    else { throw STSFaults.validation("\(text) is invalid") }
    let roles = try self.roles
    let role = try environment.database.read {
      try roles.role(named: arn.leaf, account: AccountID(arn.account), $0)
    }
    guard let role, role.arn == arn else {
      var fault = STSFaults.notAuthorized(caller, action, text)
      fault.message += " (Leat: there is no such role)"
      throw fault
    }
    return role
  }

  /// The length of a role's session: an hour at most where a role's session asks for it.
  static func seconds(_ asked: Int?, _ role: RoleDescription, _ caller: STSCaller?)
    throws(ServiceError) -> Int
  {
    let seconds = asked ?? 3600
    if caller?.session?.kind == .role, seconds > 3600 {
      throw STSFaults.validation(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role "
          + "chaining.")
    }
    guard seconds <= role.sessionSecondsMax else {
      throw STSFaults.validation(
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    }
    return seconds
  }

  /// Takes over the tags that the caller's session hands on; none of them can be given anew.
  private static func inherit(_ caller: STSCaller, _ narrowed: inout STSSession.ScopeDown)
    throws(ServiceError)
  {
    let inherited = caller.session?.transitiveTags ?? []
    let keys = Set(narrowed.tags.map { $0.Key.lowercased() })
    if let tag = inherited.first(where: { keys.contains($0.Key.lowercased()) }) {
      throw ServiceError(
        "InvalidParameterValue",
        "One of the specified transitive tag keys can't be set because it conflicts with a "
          + "transitive tag key from the calling session. (\(tag.Key))")
    }
    narrowed.tags += inherited
    narrowed.transitiveKeys += inherited.map(\.Key)
  }

  /// A session of a role, before its credentials are made.
  func begin(_ role: RoleDescription, named name: String) -> STSSession {
    let account = role.arn.account
    var session = session(
      .role, AccountID(account),
      arn: "arn:aws:sts::\(account):assumed-role/\(role.arn.leaf)/\(name)",
      userID: "\(role.uniqueID):\(name)")
    session.roleARN = role.arn.description
    return session
  }
}
