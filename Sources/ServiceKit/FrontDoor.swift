import AWSModel

/// A way in for requests that speak no AWS protocol and are found by host or path: the stages of an
/// API, the URL of a function, a bucket's website. It comes before every protocol.
public protocol FrontDoor: Sendable {
  /// Places at which requests for this door arrive.
  var places: [FrontDoorPlace] { get }
  /// The name that signed requests through this door carry in their scope: `execute-api`, `lambda`,
  /// `s3`.
  var signingName: String { get }
  /// Answers one request. Throws a `ServiceError`, which clients get as `{"message": …}`.
  func respond(to request: FrontDoorRequest) async throws -> FrontDoorResponse
}

/// The place of a front door.
public enum FrontDoorPlace: Sendable, Hashable {
  /// Hosts in which names stand before this label: `execute-api` takes
  /// `a1b2.execute-api.localhost:4566`, `a1b2.execute-api.eu-west-1.amazonaws.com` and, as older
  /// endpoints have it, `a1b2.execute-api-eu-west-1.amazonaws.com`.
  case host(label: String)
  /// Paths that begin with these segments, `{name}` standing for any one:
  /// `/restapis/{api}/{stage}/_user_request_`. Requests that are signed for another service pass by.
  case path(String)
}

/// One request through a front door.
public struct FrontDoorRequest: Sendable {
  public var method: String
  /// The path below the door, still percent-encoded; begins with `/`.
  public var path: String
  /// The query as it was sent, without `?`.
  public var rawQuery: String
  /// The query's pairs in order, decoded.
  public var query: [(key: String, value: String)]
  /// Names in lower case, in the order of the message.
  public var headers: [(name: String, value: String)]
  /// The `Host` header, with its port.
  public var host: String
  public var body: any RequestBody
  /// The texts for the place's `{name}`s, percent-decoded; for a host `name`, the labels before the
  /// door's.
  public var captures: [String: String]
  /// Account of the signature, region of the host or the signature.
  public var context: RequestContext

  public init(
    method: String, path: String, rawQuery: String = "",
    query: [(key: String, value: String)] = [], headers: [(name: String, value: String)] = [],
    host: String = "localhost", body: any RequestBody = BufferedBody([]),
    captures: [String: String] = [:], context: RequestContext = RequestContext()
  ) {
    self.method = method
    self.path = path
    self.rawQuery = rawQuery
    self.query = query
    self.headers = headers
    self.host = host
    self.body = body
    self.captures = captures
    self.context = context
  }
}

/// The answer of a front door, sent as it is.
public struct FrontDoorResponse: Sendable {
  public var status: Int
  public var headers: [(name: String, value: String)]
  public var body: ResponseBody

  public init(
    status: Int = 200, headers: [(name: String, value: String)] = [],
    body: ResponseBody = .bytes([])
  ) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}
