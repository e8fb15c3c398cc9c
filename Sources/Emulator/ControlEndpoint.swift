/// Leat's own HTTP interface under `/_leat/`, for what AWS's APIs can't say.
public protocol ControlEndpoint: Sendable {
  func respond(to request: ControlRequest) async -> ControlResponse
}

public struct ControlRequest: Sendable, Hashable {
  public var method: String
  /// The path after `/_leat/`: `health`, `stacks/plan`.
  public var path: String
  public var query: [String: String]
  public var body: [UInt8]

  public init(method: String, path: String, query: [String: String] = [:], body: [UInt8] = []) {
    self.method = method
    self.path = path
    self.query = query
    self.body = body
  }
}

public struct ControlResponse: Sendable {
  public enum Body: Sendable {
    case bytes([UInt8])
    /// Lines of JSON, sent as they come.
    case lines(AsyncStream<[UInt8]>)
  }
  public var status: Int
  public var contentType: String
  public var body: Body

  public init(status: Int = 200, contentType: String = "application/json", body: Body) {
    self.status = status
    self.contentType = contentType
    self.body = body
  }
}
