import AWSModel
import ServiceKit
import Synchronization

/// Binds capabilities late: services are made with it before the services that stand behind it
/// exist, so that Lambda may need Logs and S3 may need Lambda.
final class CapabilityBridge: ObjectSink, FunctionInvoker, LogSink, AccessKeyDirectory {
  private let parts = Mutex(CapabilityOffer())

  var capabilities: Capabilities {
    parts.withLock { parts in
      Capabilities(
        objects: self, functions: self, logs: self, streams: parts.streams,
        objectSource: parts.objectSource, parameters: parts.parameters, secrets: parts.secrets)
    }
  }

  /// Where deployments put what they bring along; nil where no service takes it.
  var assets: (any AssetStore)? { parts.withLock { $0.assets } }

  /// Takes what the service can do for others.
  func adopt(_ service: any Service) {
    let offer = service.offer
    parts.withLock { parts in
      parts.objects = offer.objects ?? parts.objects
      parts.functions = offer.functions ?? parts.functions
      parts.logs = offer.logs ?? parts.logs
      parts.streams = offer.streams ?? parts.streams
      parts.accessKeys = offer.accessKeys ?? parts.accessKeys
      parts.objectSource = offer.objectSource ?? parts.objectSource
      parts.assets = offer.assets ?? parts.assets
      parts.parameters = offer.parameters ?? parts.parameters
      parts.secrets = offer.secrets ?? parts.secrets
    }
  }

  private func objects() throws -> any ObjectSink {
    guard let objects = parts.withLock({ $0.objects }) else {
      throw ServiceError.unsupported("objects: the service S3 is not part of this emulator")
    }
    return objects
  }

  func stage(_ bytes: [UInt8], bucket: String, scope: Scope) async throws -> StagedObject {
    try await objects().stage(bytes, bucket: bucket, scope: scope)
  }

  func commit(
    _ staged: StagedObject, key: String, contentType: String, contentEncoding: String?,
    in transaction: Transaction
  ) throws {
    try objects().commit(
      staged, key: key, contentType: contentType, contentEncoding: contentEncoding,
      in: transaction)
  }

  func invoke(_ function: String, payload: [UInt8], scope: Scope) async throws -> FunctionResult {
    guard let functions = parts.withLock({ $0.functions }) else {
      throw ServiceError.unsupported("functions: the service Lambda is not part of this emulator")
    }
    return try await functions.invoke(function, payload: payload, scope: scope)
  }

  func append(_ messages: [LogMessage], group: String, stream: String, scope: Scope) async throws {
    guard let logs = parts.withLock({ $0.logs }) else {
      throw ServiceError.unsupported(
        "log groups: the service CloudWatch Logs is not part of this emulator")
    }
    try await logs.append(messages, group: group, stream: stream, scope: scope)
  }

  func account(ofAccessKey key: String) -> AccountID? {
    parts.withLock { $0.accessKeys }?.account(ofAccessKey: key)
  }
}
