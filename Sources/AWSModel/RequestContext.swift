/// Who asks, for which account and region, and how the answer must name things.
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
