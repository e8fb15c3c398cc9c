/// Choices about a stack that are none of its template, kept and shown.
public struct StackSettings: Sendable, Hashable, Codable {
  /// True where the stack can't be deleted.
  public var isProtected: Bool?
  /// The role that CloudFormation would assume: kept and shown, as the engine needs no permission.
  public var roleARN: String?
  /// Minutes that a creation may take on AWS: kept and shown.
  public var timeoutInMinutes: Int?

  public init(isProtected: Bool? = nil, roleARN: String? = nil, timeoutInMinutes: Int? = nil) {
    self.isProtected = isProtected
    self.roleARN = roleARN
    self.timeoutInMinutes = timeoutInMinutes
  }
}
