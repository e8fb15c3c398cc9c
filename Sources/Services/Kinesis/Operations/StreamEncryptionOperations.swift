import AWSModel
import ServiceKit

/// Switching a stream's encryption on and off. The key is kept and shown; records are stored as
/// they come.
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StartStreamEncryption.html
struct StreamEncryptionOperations: Sendable {
  let catalog: StreamCatalog

  var all: [Operation] {
    [.typed("StartStreamEncryption", start), .typed("StopStreamEncryption", stop)]
  }

  struct Input: Decodable, Sendable, StreamReference {
    var StreamName: String?
    var StreamARN: String?
    var EncryptionType: String
    var KeyId: String
  }

  /// Throws for what is no encryption: by template as by call.
  static func validate(_ type: String) throws(ServiceError) {
    guard type == StreamModel.encryptionByKMS else {
      throw KinesisError.invalid("Encryption type cannot be \(type).")
    }
  }

  private func start(_ input: Input, _ context: RequestContext) async throws -> EmptyOutput {
    try Self.validate(input.EncryptionType)
    let now = catalog.environment.effects.clock.now
    try await catalog.change(input, context) { model, _ in model.setEncryption(input.KeyId, now) }
    return EmptyOutput()
  }

  private func stop(_ input: Input, _ context: RequestContext) async throws -> EmptyOutput {
    try Self.validate(input.EncryptionType)
    let now = catalog.environment.effects.clock.now
    try await catalog.change(input, context) { model, _ in model.setEncryption(nil, now) }
    return EmptyOutput()
  }
}
