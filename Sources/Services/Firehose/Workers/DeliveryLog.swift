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
    await write([entry(code: code, message: message)])
  }

  /// Tells of records that are in the error output: a line for each kind of failure.
  func write(_ failures: [FailedRecord]) async {
    var entries: [PropertyObject] = []
    for failure in failures {
      var line = entry(code: failure.code, message: failure.message)
      if let function = failure.function { line["processor"] = .string(function) }
      if !entries.contains(line) { entries.append(line) }
    }
    if !entries.isEmpty { await write(entries) }
  }

  private func entry(code: String, message: String) -> PropertyObject {
    [
      "deliveryStreamARN": .string(model.arn(in: scope)),
      "destination": .string(model.place),
      "deliveryStreamVersionId": .int(Int64(model.version)),
      "message": .string(message),
      "errorCode": .string(code),
    ]
  }

  private func write(_ entries: [PropertyObject]) async {
    guard let options = model.logging, options.Enabled == true,
      let group = options.LogGroupName, let stream = options.LogStreamName
    else { return }
    let now = environment.effects.clock.now
    let messages = entries.map {
      LogMessage(timestamp: now, message: JSONWriter.compact(.object($0)))
    }
    do {
      try await capabilities.require(.logs).append(
        messages, group: group, stream: stream, scope: scope)
    } catch {
      environment.report("firehose: \(model.name): its error log can't be written: \(error)")
    }
  }
}
