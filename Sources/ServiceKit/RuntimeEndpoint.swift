/// Opens Lambda Runtime API endpoints, one for each function process.
public protocol FunctionEndpointProvider: Sendable {
  /// Listens on a free port of the loopback interface.
  func open() async throws -> any FunctionEndpoint
  /// Serves a socket that listens already, in a network that has nothing else.
  ///
  /// - Parameters:
  ///   - listener: closed with the endpoint, or where this throws.
  ///   - address: the one that the process knows.
  func open(on listener: Int32, address: String) async throws -> any FunctionEndpoint
  /// Carries what connects to a socket to this machine's own network, byte by byte.
  ///
  /// - Parameter listener: closed with the bridge, or where this throws.
  func bridge(_ listener: Int32, to host: String, port: Int) async throws -> any NetworkBridge
}

/// A way out of a network that has none.
public protocol NetworkBridge: Sendable {
  /// Ends its connections.
  func close()
}

/// The Runtime API as one function process sees it. At most one invocation is under way at a time.
public protocol FunctionEndpoint: Sendable {
  /// `127.0.0.1:port`, for `AWS_LAMBDA_RUNTIME_API`.
  var address: String { get }

  /// Returns when the process has asked for its first invocation, reported that it can't start, or
  /// the endpoint was closed.
  func started() async -> FunctionStart

  /// Hands an invocation to the process and waits for its answer. `onDelivery` runs right before
  /// the process gets it.
  ///
  /// - Parameter stream: takes the bytes of a response that the process streams, as they come; such
  ///   a response is collected where it is nil.
  func invoke(
    _ invocation: FunctionInvocation, stream: ResponseStream?,
    onDelivery: @escaping @Sendable () -> Void
  ) async -> FunctionAnswer

  /// Stops listening and ends every wait with `closed`. Also for when the process has died.
  func close()
}

extension FunctionEndpoint {
  /// An invocation whose response is wanted whole.
  public func invoke(
    _ invocation: FunctionInvocation, onDelivery: @escaping @Sendable () -> Void
  ) async -> FunctionAnswer {
    await invoke(invocation, stream: nil, onDelivery: onDelivery)
  }
}

public enum FunctionStart: Sendable, Hashable {
  case ready
  /// The error document that the process posted (`errorType`, `errorMessage`, `stackTrace`).
  case failed([UInt8])
  case closed
}

/// One call of a function, as `GET …/invocation/next` answers it.
public struct FunctionInvocation: Sendable, Hashable {
  public var requestID: String
  public var payload: [UInt8]
  /// The moment at which the function runs out of time, milliseconds since 1970.
  public var deadlineMilliseconds: Int64
  public var functionARN: String
  /// `Root=1-…;Parent=…;Sampled=0`
  public var traceID: String
  /// The client context as JSON, if the caller gave one.
  public var clientContext: String?
  /// The caller's identity of Amazon Cognito as JSON, if there is one.
  public var cognitoIdentity: String?
  /// The time that the process is to see, milliseconds since 1970; nil for the machine's.
  public var nowMilliseconds: Int64?

  public init(
    requestID: String, payload: [UInt8], deadlineMilliseconds: Int64, functionARN: String,
    traceID: String, clientContext: String? = nil
  ) {
    self.requestID = requestID
    self.payload = payload
    self.deadlineMilliseconds = deadlineMilliseconds
    self.functionARN = functionARN
    self.traceID = traceID
    self.clientContext = clientContext
  }
}

public enum FunctionAnswer: Sendable, Hashable {
  case response([UInt8])
  /// All of a streamed response went to the stream of the call.
  case streamed
  /// The error document that the process posted.
  case error([UInt8])
  /// A streamed response that broke off, with the type and the document of the error that its
  /// trailers told.
  case brokenOff(type: String, document: [UInt8])
  /// The response was larger than the limit.
  case tooLarge(byteCount: Int)
  /// The process ended before it asked for the invocation: another one may have it.
  case undelivered
  case closed
}
