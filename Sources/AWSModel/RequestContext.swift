/// The sender of a request, its account and region, and the address that answers name things by.
public struct RequestContext: Sendable, Hashable {
  public var scope: Scope
  public var requestID: String
  /// The access key id, or empty for an anonymous request.
  public var accessKeyID: String
  /// `http://host:port` as the client addressed the endpoint, without a final slash.
  public var endpoint: String
  /// The web page that asks, where a browser says so.
  public var page: WebPage?
  /// The `X-Amzn-Trace-Id` that the request came with: `Root=1-…;Parent=…;Sampled=1`.
  public var traceID: String?

  public init(
    scope: Scope = .standard, requestID: String = "", accessKeyID: String = "",
    endpoint: String = "http://127.0.0.1:4566", page: WebPage? = nil, traceID: String? = nil
  ) {
    self.scope = scope
    self.requestID = requestID
    self.accessKeyID = accessKeyID
    self.endpoint = endpoint
    self.page = page
    self.traceID = traceID
  }
}

/// A request that a browser sends for a page of some origin, which may read the answer only where
/// the service lets it.
public struct WebPage: Sendable, Hashable {
  /// `https://example.com`
  public var origin: String
  /// HTTP's method, in capitals.
  public var method: String

  public init(origin: String, method: String) {
    self.origin = origin
    self.method = method
  }
}
