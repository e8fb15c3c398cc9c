import AWSModel
import ServiceKit
import Synchronization

/// Binds capabilities late: services are made with it before the services that stand behind it
/// exist, so that Lambda may need Logs and S3 may need Lambda.
final class CapabilityBridge: ObjectSink, FunctionInvoker, LogSink, AccessKeyDirectory {
  private struct Parts: Sendable {
    var objects: (any ObjectSink)?
    var functions: (any FunctionInvoker)?
    var logs: (any LogSink)?
    var accessKeys: (any AccessKeyDirectory)?
  }

  private let parts = Mutex(Parts())

  var capabilities: Capabilities { Capabilities(objects: self, functions: self, logs: self) }

  /// Takes what the service can do for others.
  func adopt(_ service: any Service) {
    parts.withLock { parts in
      if let objects = service as? any ObjectSink { parts.objects = objects }
      if let functions = service as? any FunctionInvoker { parts.functions = functions }
      if let logs = service as? any LogSink { parts.logs = logs }
      if let keys = service as? any AccessKeyDirectory { parts.accessKeys = keys }
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
