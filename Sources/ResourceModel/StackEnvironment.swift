import AWSModel

/// Where a stack lives: what pseudo parameters answer from.
public struct StackEnvironment: Sendable, Hashable, Codable {
  public var scope: Scope
  public var stackName: String
  /// The stack's ARN, chosen before the stack exists.
  public var stackID: String

  public init(scope: Scope, stackName: String, stackID: String) {
    self.scope = scope
    self.stackName = stackName
    self.stackID = stackID
  }
}
