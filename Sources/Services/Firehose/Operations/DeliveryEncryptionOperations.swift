import AWSModel
import ServiceKit

/// Server-side encryption of delivery streams: kept and shown, with nothing to wait for.
/// https://docs.aws.amazon.com/firehose/latest/APIReference/API_StartDeliveryStreamEncryption.html
struct DeliveryEncryptionOperations: Sendable {
  let catalog: DeliveryCatalog

  var all: [Operation] {
    [.typed("StartDeliveryStreamEncryption", start), .typed("StopDeliveryStreamEncryption", stop)]
  }

  struct StartInput: Decodable, Sendable {
    var DeliveryStreamName: String
    var DeliveryStreamEncryptionConfigurationInput: StreamEncryptionInput?
  }

  private func start(_ input: StartInput, _ context: RequestContext) async throws -> EmptyOutput {
    let wanted =
      input.DeliveryStreamEncryptionConfigurationInput
      ?? StreamEncryptionInput(KeyType: StreamEncryptionInput.owned)
    if let fault = wanted.fault { throw FirehoseError.invalid(fault) }
    try await change(input.DeliveryStreamName, context, to: wanted.encryption)
    return EmptyOutput()
  }

  struct StopInput: Decodable, Sendable { var DeliveryStreamName: String }

  private func stop(_ input: StopInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await change(input.DeliveryStreamName, context, to: nil)
    return EmptyOutput()
  }

  private func change(_ name: String, _ context: RequestContext, to encryption: StreamEncryption?)
    async throws
  {
    try await catalog.change(name, in: context.scope) { model, _ in
      guard model.type == .directPut else {
        throw FirehoseError.invalid(
          "This operation is not permitted on KinesisStreamAsSource delivery stream type.")
      }
      model.encryption = encryption
    }
  }
}
