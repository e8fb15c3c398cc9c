/// Sends requests to servers that are not Leat's: destinations of deliveries.
public protocol HTTPCaller: Sendable {
  /// Sends one POST request. Redirections are not followed; any status is an answer.
  func post(_ request: HTTPPost) async throws(HTTPFailure) -> HTTPAnswer
}

public struct HTTPPost: Sendable, Hashable {
  public struct Header: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
  }

  /// `http:` or `https:`.
  public var url: String
  public var headers: [Header]
  public var body: [UInt8]
  /// For the whole of it.
  public var timeoutSeconds: Int
  /// A longer answer is a failure.
  public var answerBytesMax: Int

  public init(
    url: String, headers: [Header] = [], body: [UInt8], timeoutSeconds: Int,
    answerBytesMax: Int = 1 << 20
  ) {
    self.url = url
    self.headers = headers
    self.body = body
    self.timeoutSeconds = timeoutSeconds
    self.answerBytesMax = answerBytesMax
  }

  /// The first of that name, whatever its case.
  public subscript(name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }
}

public struct HTTPAnswer: Sendable, Hashable {
  public var status: Int
  public var body: [UInt8]

  public init(status: Int, body: [UInt8] = []) { (self.status, self.body) = (status, body) }
}

/// The reason why there is no answer.
public struct HTTPFailure: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Kind: Sendable, Hashable {
    /// No connection, or one that broke.
    case unreachable
    case timeout
    case certificate
    /// The answer has more bytes than the request allows.
    case tooLarge
    /// This machine can't send requests.
    case noClient
  }

  public var kind: Kind
  public var description: String

  public init(_ kind: Kind, _ description: String) {
    (self.kind, self.description) = (kind, description)
  }
}

/// A caller that reaches nobody: for tests, and for runs that must stay on this machine.
public struct NoNetwork: HTTPCaller {
  public init() {}
  public func post(_ request: HTTPPost) async throws(HTTPFailure) -> HTTPAnswer {
    throw HTTPFailure(.unreachable, "there is no network here")
  }
}
