import AWSModel

extension Capability<any FunctionInvoker> {
  public static var functions: Self { Self("functions", offeredBy: "Lambda") }
}

/// Runs functions (Lambda).
public protocol FunctionInvoker: Sendable {
  /// `function` is a name or ARN. Throws `ResourceNotFoundException`, `TooManyRequestsException`…;
  /// a function that fails is a result with `functionError`.
  func invoke(_ function: String, payload: [UInt8], scope: Scope) async throws -> FunctionResult
}

/// Runs functions for people who look at what they do (Lambda).
public protocol FunctionWorkbench: Sendable {
  /// Runs a function once and tells all of it. Throws as `FunctionInvoker` does, and
  /// `ResourceNotFoundException` where a failed event is wanted and none is kept.
  func observe(_ request: ObservedCall, scope: Scope) async throws -> ObservedResult
}

extension Capability<any FunctionWorkbench> {
  public static var workbench: Self { Self("observed calls of functions", offeredBy: "Lambda") }
}

/// A call of a function that somebody watches.
public struct ObservedCall: Codable, Sendable, Hashable {
  /// A debugger that the process waits for.
  public struct Debugger: Codable, Sendable, Hashable {
    public enum Kind: String, Codable, Sendable { case inspect, debugpy }
    public var kind: Kind
    /// Of 127.0.0.1.
    public var port: Int

    public init(kind: Kind, port: Int) {
      self.kind = kind
      self.port = port
    }
  }

  /// A name or an ARN, with or without qualifier.
  public var function: String
  /// JSON text; nil for the last event that the function failed on.
  public var payload: String?
  /// A process of its own, which waits for a debugger; time and memory are not limited.
  public var debugger: Debugger?

  public init(function: String, payload: String?, debugger: Debugger? = nil) {
    self.function = function
    self.payload = payload
    self.debugger = debugger
  }
}

/// All that is known of a watched call.
public struct ObservedResult: Codable, Sendable, Hashable {
  public var requestID: String
  /// The event that the function was called with, as JSON text.
  public var event: String
  /// The answer's text.
  public var payload: String
  /// `Unhandled` or `Handled`; nil on success.
  public var functionError: String?
  public var executedVersion: String
  /// Lines of the log, its own and Lambda's, without their line ends.
  public var log: [String]
  /// The time of the call, and that of the process's start where it was new.
  public var milliseconds: Double?
  public var startMilliseconds: Double?
  public var peakBytes: Int64?

  public init(requestID: String, event: String, result: FunctionResult, log: [String]) {
    self.requestID = requestID
    self.event = event
    payload = String(decoding: result.payload, as: UTF8.self)
    functionError = result.functionError
    executedVersion = result.executedVersion
    self.log = log
    milliseconds = result.measures?.milliseconds
    startMilliseconds = result.measures?.startMilliseconds
    peakBytes = result.measures?.peakBytes
  }
}

/// Time and memory that a call took.
public struct FunctionMeasures: Sendable, Hashable {
  public var milliseconds: Double
  /// Of the process's start, where it was new.
  public var startMilliseconds: Double?
  public var peakBytes: Int64

  public init(milliseconds: Double, startMilliseconds: Double?, peakBytes: Int64) {
    self.milliseconds = milliseconds
    self.startMilliseconds = startMilliseconds
    self.peakBytes = peakBytes
  }
}

public struct FunctionResult: Sendable, Hashable {
  public var payload: [UInt8]
  /// `Unhandled` or `Handled`; nil on success.
  public var functionError: String?
  /// The last 4 KiB of the log.
  public var logTail: String
  /// `$LATEST` or a version number.
  public var executedVersion: String
  /// nil where no process took the call.
  public var measures: FunctionMeasures?

  public init(
    payload: [UInt8], functionError: String? = nil, logTail: String = "",
    executedVersion: String = "$LATEST", measures: FunctionMeasures? = nil
  ) {
    self.payload = payload
    self.functionError = functionError
    self.logTail = logTail
    self.executedVersion = executedVersion
    self.measures = measures
  }
}
