/// The sender of a request, its account and region, and the address that answers name things by.
public struct RequestContext: Sendable, Hashable {
  public var scope: Scope
  public var requestID: String
  /// The access key id, or empty for an anonymous request.
  public var accessKeyID: String
  /// `http://host:port` as the client addressed the endpoint, without a final slash.
  public var endpoint: String

  public init(
    scope: Scope = .standard, requestID: String = "", accessKeyID: String = "",
    endpoint: String = "http://127.0.0.1:4566"
  ) {
    self.scope = scope
    self.requestID = requestID
    self.accessKeyID = accessKeyID
    self.endpoint = endpoint
  }
}
