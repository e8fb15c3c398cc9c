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
