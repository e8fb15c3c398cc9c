import AWSModel

/// An output of a deployed stack, as `Fn::GetStackOutput` names it.
public struct StackOutputReference: Sendable, Hashable {
  public var scope: Scope
  public var stackName: String
  public var output: String

  public init(scope: Scope, stackName: String, output: String) {
    self.scope = scope
    self.stackName = stackName
    self.output = output
  }
}
