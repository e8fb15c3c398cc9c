import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit
import StackModel

/// SignalResource.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_SignalResource.html
extension CloudFormationService {
  var signalOperations: [Operation] { [operation("SignalResource", signal)] }

  private struct Input: Decodable, Sendable {
    var StackName: String
    var LogicalResourceId: String
    var UniqueId: String
    var Status: String
  }

  /// A signal that was sent before, by its unique id, counts once.
  private func signal(_ input: Input, _ context: RequestContext) async throws -> EmptyOutput {
    let id = LogicalID(input.LogicalResourceId)
    let environment = try engine.database.read { transaction in
      guard let head = try findHead(input.StackName, in: context.scope, transaction) else {
        throw Self.validation("Stack [\(input.StackName)] does not exist")
      }
      let environment = head.environment
      guard
        let resource = try engine.stacks.resource(id, ofStack: environment.stackID, transaction)
      else {
        throw Self.validation(
          "Resource \(id) does not exist for stack \(environment.stackName)")
      }
      guard resource.status == .createInProgress || resource.status == .updateInProgress else {
        throw Self.validation(
          "Resource \(id) is in \(resource.status.rawValue) state and cannot be signaled")
      }
      return environment
    }
    let signal: PropertyValue = [
      "Status": .string(input.Status), "UniqueId": .string(input.UniqueId),
    ]
    guard try await sendSignal(signal, id, environment) else {
      throw Self.validation("Resource \(id) has no CreationPolicy and cannot be signaled")
    }
    return EmptyOutput()
  }
}
