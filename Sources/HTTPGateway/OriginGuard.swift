import AWSModel
import AWSWire

/// Keeps web pages of other sites from using the endpoint through a person's browser: it listens
/// on the loopback interface, where every page can send to.
struct OriginGuard {
  /// The host that the gateway listens on.
  var host: String

  /// The refusal, or nil for a request that may pass.
  ///
  /// - A request to `/_leat/` that changes something must come without `Origin`, and its `Host`
  ///   must be an address or a loopback name: another name there is DNS rebinding.
  /// - An unsigned request with an `Origin` may only read.
  func refusal(_ request: WireRequest, isControl: Bool) -> WireResponse? {
    let changes = !["GET", "HEAD", "OPTIONS"].contains(request.method)
    let hasOrigin = request.header("origin") != nil
    if isControl {
      if changes, hasOrigin { return refuse("requests from web pages are refused") }
      if !isTrusted(request.host) { return refuse("the host \(request.host) is not this machine") }
      return nil
    }
    let isSigned =
      request.header("authorization") != nil
      || request.query.contains { ["X-Amz-Signature", "Signature"].contains($0.key) }
    if changes, hasOrigin, !isSigned {
      return refuse("unsigned requests from web pages are refused")
    }
    return nil
  }

  private func refuse(_ reason: String) -> WireResponse {
    ErrorEncoder.encode(
      ServiceError("AccessDenied", "Access denied: \(reason).", status: 403),
      wireProtocol: .restJSON, requestID: "")
  }

  private func isTrusted(_ authority: String) -> Bool {
    if authority.hasPrefix("[") { return true }
    let name = (authority.split(separator: ":").first ?? "").lowercased()
    return name == host || name == "localhost" || name.hasSuffix(".localhost")
      || name.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
  }
}
