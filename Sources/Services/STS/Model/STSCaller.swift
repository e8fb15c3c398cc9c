import AWSModel

/// The sender of a request: the account's root, a user, or who began a session.
struct STSCaller: Sendable {
  var account: String
  var arn: String
  var userID: String
  /// nil for the account's root and for users.
  var session: STSSession?
  var isRoot: Bool

  /// Throws `AccessDenied` for a caller who has a session already.
  func checkLongLived(_ operation: String) throws(ServiceError) {
    guard session == nil else {
      throw .accessDenied("Cannot call \(operation) with session credentials")
    }
  }
}

/// STS's errors.
enum STSFaults {
  static func validation(_ message: String) -> ServiceError {
    ServiceError("ValidationError", message)
  }

  static func invalidToken(_ message: String) -> ServiceError {
    ServiceError("InvalidIdentityToken", message)
  }

  /// AWS does not tell what is missing from what is forbidden.
  static func notAuthorized(_ caller: STSCaller?, _ action: String, _ role: String)
    -> ServiceError
  {
    let who = caller.map { "User: \($0.arn) is not authorized" } ?? "Not authorized"
    return .accessDenied("\(who) to perform: \(action) on resource: \(role)")
  }
}
