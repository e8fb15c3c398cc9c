import AWSModel

/// The home of a stack: pseudo parameters and identities answer from it.
public struct StackEnvironment: Sendable, Hashable, Codable {
  public var scope: Scope
  public var stackName: String
  /// The stack's ARN, chosen before the stack exists.
  public var stackID: String
  /// The address for clients of the environment, without a final slash; part of identities that are
  /// URLs (`Ref` of a queue). Decided anew by each plan, from where the environment is served or
  /// was served last: a stack whose environment has moved to another port plans its URLs anew.
  public var endpoint: String

  /// The id of the stack whose resource this one is; nil for a stack by itself.
  public var parentID: String?
  /// The id of the outermost stack around; nil for a stack by itself.
  public var rootID: String?

  /// The endpoint of an environment that has never been served.
  public static let standardEndpoint = "http://127.0.0.1:4566"

  public init(
    scope: Scope, stackName: String, stackID: String, endpoint: String = standardEndpoint
  ) {
    self.scope = scope
    self.stackName = stackName
    self.stackID = stackID
    self.endpoint = endpoint
  }

  private enum CodingKeys: CodingKey { case scope, stackName, stackID, endpoint, parentID, rootID }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    scope = try container.decode(Scope.self, forKey: .scope)
    stackName = try container.decode(String.self, forKey: .stackName)
    stackID = try container.decode(String.self, forKey: .stackID)
    endpoint =
      try container.decodeIfPresent(String.self, forKey: .endpoint) ?? Self.standardEndpoint
    parentID = try container.decodeIfPresent(String.self, forKey: .parentID)
    rootID = try container.decodeIfPresent(String.self, forKey: .rootID)
  }
}
