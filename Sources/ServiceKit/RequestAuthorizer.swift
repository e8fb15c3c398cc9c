import AWSModel
import PropertyTree

/// Decides whether a request may reach its operation. It stands after the request is decoded, so
/// that it sees what an IAM policy can name, and before the operation does anything.
///
/// An emulator without one allows everything.
public protocol RequestAuthorizer: Sendable {
  /// Throws `ServiceError.accessDenied`, or another fault, for a request that may not pass.
  func authorize(_ request: AuthorizedRequest) async throws
}

/// A decoded request that waits for its permission.
public struct AuthorizedRequest: Sendable {
  public var context: RequestContext
  /// The service's signing name, `kinesis`.
  public var service: String
  public var operation: String
  public var members: PropertyValue

  public init(
    context: RequestContext, service: String, operation: String, members: PropertyValue
  ) {
    self.context = context
    self.service = service
    self.operation = operation
    self.members = members
  }
}
