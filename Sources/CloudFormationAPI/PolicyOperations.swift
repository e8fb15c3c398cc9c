import AWSModel
import ServiceKit
import StackModel

/// GetStackPolicy, SetStackPolicy.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_SetStackPolicy.html
extension CloudFormationService {
  var policyOperations: [Operation] {
    [operation("GetStackPolicy", getPolicy), operation("SetStackPolicy", setPolicy)]
  }

  private struct GetInput: Decodable, Sendable { var StackName: String }
  private struct GetOutput: Encodable, Sendable { var StackPolicyBody: String? }

  private func getPolicy(_ input: GetInput, _ context: RequestContext) async throws -> GetOutput {
    let head = try engine.database.read { try findHead(input.StackName, in: context.scope, $0) }
    guard let head else { throw Self.validation("Stack [\(input.StackName)] does not exist") }
    return GetOutput(StackPolicyBody: head.settings?.policy)
  }

  private struct SetInput: Decodable, Sendable {
    var StackName: String
    var StackPolicyBody: String?
    var StackPolicyURL: String?
  }

  private func setPolicy(_ input: SetInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await engine.database.write { [self] transaction in
      guard var head = try findHead(input.StackName, in: context.scope, transaction),
        head.status != .deleteComplete
      else { throw Self.validation("Stack [\(input.StackName)] does not exist") }
      let text = try policyText(
        input.StackPolicyBody, input.StackPolicyURL, in: context.scope, transaction)
      guard let text else {
        throw Self.validation("Either StackPolicyBody or StackPolicyURL must be specified.")
      }
      head.changeSettings { $0.policy = text }
      try engine.stacks.saveHead(head, transaction)
      return EmptyOutput()
    }
  }

  /// Throws where a text is no stack policy.
  func checkPolicy(_ text: String) throws {
    do { _ = try StackPolicy(text) } catch let fault as StackPolicy.Malformed {
      throw Self.validation("Error validating stack policy: Invalid stack policy: \(fault)")
    }
  }
}
