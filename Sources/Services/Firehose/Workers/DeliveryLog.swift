import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// Tells delivery errors to CloudWatch Logs, where the delivery stream asks for it.
struct DeliveryLog: Sendable {
  private let model: DeliveryStreamModel
  private let scope: Scope
  private let environment: ServiceEnvironment
  private let capabilities: Capabilities

  init(
    _ model: DeliveryStreamModel, _ scope: Scope, _ environment: ServiceEnvironment,
    _ capabilities: Capabilities
  ) {
    self.model = model
    self.scope = scope
    self.environment = environment
    self.capabilities = capabilities
  }

  func write(code: String, message: String) async {
    guard let options = model.destination.CloudWatchLoggingOptions, options.Enabled == true,
      let group = options.LogGroupName, let stream = options.LogStreamName
    else { return }
    let line: PropertyValue = [
      "deliveryStreamARN": .string(model.arn(in: scope)),
      "destination": .string(model.destination.BucketARN ?? ""),
      "deliveryStreamVersionId": .int(Int64(model.version)),
      "message": .string(message),
      "errorCode": .string(code),
    ]
    let entry = LogMessage(
      timestamp: environment.effects.clock.now, message: JSONWriter.compact(line))
    do {
      try await capabilities.require(.logs).append(
        [entry], group: group, stream: stream, scope: scope)
    } catch {
      environment.report("firehose: \(model.name): its error log can't be written: \(error)")
    }
  }
}
