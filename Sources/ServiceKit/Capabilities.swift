import AWSModel
import Effects

/// What one service may ask of another, without knowing it. Registered by the emulator.
public struct Capabilities: Sendable {
  public var objects: any ObjectSink
  public var functions: any FunctionInvoker
  public var logs: any LogSink
  /// Streams to read from; nil where no service offers them.
  public var streams: (any RecordSource)?
  /// Objects to read; nil where no service offers them.
  public var objectSource: (any ObjectSource)?
  /// The parameter store; nil where no service offers one.
  public var parameters: (any ParameterSource)?
  /// The store of secrets; nil where no service offers one.
  public var secrets: (any SecretSource)?

  public init(
    objects: any ObjectSink, functions: any FunctionInvoker, logs: any LogSink,
    streams: (any RecordSource)? = nil, objectSource: (any ObjectSource)? = nil,
    parameters: (any ParameterSource)? = nil, secrets: (any SecretSource)? = nil
  ) {
    self.objects = objects
    self.functions = functions
    self.logs = logs
    self.streams = streams
    self.objectSource = objectSource
    self.parameters = parameters
    self.secrets = secrets
  }
}

/// What one service offers to the others; the emulator asks for it when the service is registered.
public struct CapabilityOffer: Sendable {
  public var objects: (any ObjectSink)?
  public var functions: (any FunctionInvoker)?
  public var logs: (any LogSink)?
  public var streams: (any RecordSource)?
  public var accessKeys: (any AccessKeyDirectory)?
  public var objectSource: (any ObjectSource)?
  public var assets: (any AssetStore)?
  public var parameters: (any ParameterSource)?
  public var secrets: (any SecretSource)?

  public init(
    objects: (any ObjectSink)? = nil, functions: (any FunctionInvoker)? = nil,
    logs: (any LogSink)? = nil, streams: (any RecordSource)? = nil,
    accessKeys: (any AccessKeyDirectory)? = nil, objectSource: (any ObjectSource)? = nil,
    assets: (any AssetStore)? = nil, parameters: (any ParameterSource)? = nil,
    secrets: (any SecretSource)? = nil
  ) {
    self.objects = objects
    self.functions = functions
    self.logs = logs
    self.streams = streams
    self.accessKeys = accessKeys
    self.objectSource = objectSource
    self.assets = assets
    self.parameters = parameters
    self.secrets = secrets
  }
}

/// Writes whole objects (S3), in two steps, so that a caller can commit an object together with
/// its own change.
public protocol ObjectSink: Sendable {
  /// Writes and syncs the bytes under a temporary name. Throws `NoSuchBucket` early.
  func stage(_ bytes: [UInt8], bucket: String, scope: Scope) async throws -> StagedObject
  /// Makes the staged bytes the object `key`, inside the caller's transaction.
  func commit(
    _ staged: StagedObject, key: String, contentType: String, contentEncoding: String?,
    in transaction: Transaction
  ) throws
}

public struct StagedObject: Sendable, Hashable {
  public var bucket: String
  public var scope: Scope
  /// The file's name under the staging folder.
  public var fileName: String
  public var size: Int64
  /// Hex MD5 of the bytes.
  public var md5: String

  public init(bucket: String, scope: Scope, fileName: String, size: Int64, md5: String) {
    self.bucket = bucket
    self.scope = scope
    self.fileName = fileName
    self.size = size
    self.md5 = md5
  }
}

/// Runs functions (Lambda).
public protocol FunctionInvoker: Sendable {
  /// `function` is a name or ARN. Throws `ResourceNotFoundException`, `TooManyRequestsException`…;
  /// a function that fails is a result with `functionError`.
  func invoke(_ function: String, payload: [UInt8], scope: Scope) async throws -> FunctionResult
}

public struct FunctionResult: Sendable, Hashable {
  public var payload: [UInt8]
  /// `Unhandled` or `Handled`; nil on success.
  public var functionError: String?
  /// The last 4 KiB of the log.
  public var logTail: String
  /// `$LATEST` or a version number.
  public var executedVersion: String

  public init(
    payload: [UInt8], functionError: String? = nil, logTail: String = "",
    executedVersion: String = "$LATEST"
  ) {
    self.payload = payload
    self.functionError = functionError
    self.logTail = logTail
    self.executedVersion = executedVersion
  }
}

/// Takes log lines (CloudWatch Logs). Makes the group and the stream where they are missing.
public protocol LogSink: Sendable {
  func append(_ messages: [LogMessage], group: String, stream: String, scope: Scope) async throws
}

public struct LogMessage: Sendable, Hashable, Codable {
  public var timestamp: Timestamp
  public var message: String
  public init(timestamp: Timestamp, message: String) {
    self.timestamp = timestamp
    self.message = message
  }
}
