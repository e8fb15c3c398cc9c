import AWSModel
import AWSWire
import PropertyTree

/// An operation that was found for a request.
struct DispatchedOperation: Sendable {
  var traits: ServiceTraits
  var operation: Operation
  var labels: PropertyObject
  /// The request, with a virtual host's bucket moved into its path.
  var request: WireRequest
}

/// A request that means no operation, and the protocol in which to say so.
struct DispatchFailure: Error {
  var error: ServiceError
  var wireProtocol: WireProtocol
  var xmlNamespace: String?
}

extension RoutingTable {
  /// Finds the operation: by `X-Amz-Target`, by the Query protocol's `Action`, by the signature's
  /// service, by path, and for the rest S3.
  ///
  /// - Parameter form: the pairs of an url-encoded form body.
  func dispatch(_ request: WireRequest, form: [QueryItem], signature: Signature?)
    throws(DispatchFailure) -> DispatchedOperation
  {
    if let target = request.header("x-amz-target") { return try byTarget(target, request) }
    let action = request.queryValue("Action") ?? form.first { $0.key == "Action" }?.value
    if let action {
      let version = request.queryValue("Version") ?? form.first { $0.key == "Version" }?.value
      return try byAction(action, version, request, signature)
    }
    let service = signature?.service ?? ""
    if !service.isEmpty, service != "s3" { return try byService(service, request) }
    if service.isEmpty {
      for entry in entries where entry.traits.wireProtocol == .restJSON {
        if let match = entry.match(request) {
          return DispatchedOperation(
            traits: entry.traits, operation: match.operation, labels: match.labels,
            request: request)
        }
      }
    }
    return try bucketRequest(request)
  }

  private func byTarget(_ target: String, _ request: WireRequest) throws(DispatchFailure)
    -> DispatchedOperation
  {
    let is10 = request.header("content-type")?.contains("json-1.0") ?? false
    let parts = target.split(separator: ".")
    let name = parts.last.map(String.init) ?? ""
    let prefix = parts.dropLast().joined(separator: ".")
    guard let entry = entries.first(where: { $0.traits.targetPrefix == prefix }) else {
      throw DispatchFailure(
        error: .unsupported("the operation \(name) of \(prefix.isEmpty ? "any service" : prefix)"),
        wireProtocol: is10 ? .json10 : .json11)
    }
    guard let operation = entry.operations[name] else {
      throw entry.unsupported("the operation \(name) of \(entry.traits.signingName)")
    }
    return DispatchedOperation(
      traits: entry.traits, operation: operation, labels: [:], request: request)
  }

  private func byAction(
    _ action: String, _ version: String?, _ request: WireRequest, _ signature: Signature?
  ) throws(DispatchFailure) -> DispatchedOperation {
    let candidates = entries.filter { $0.traits.wireProtocol == .query }
    let named = candidates.first {
      $0.traits.signingName == signature?.service
        && (version == nil || $0.traits.apiVersion == version)
    }
    guard let entry = named ?? candidates.first(where: { $0.traits.apiVersion == version }) else {
      let service = signature?.service ?? version.map { "the API version \($0)" } ?? "any service"
      throw DispatchFailure(
        error: .unsupported("the operation \(action) of \(service)"), wireProtocol: .query)
    }
    guard let operation = entry.operations[action] else {
      throw entry.unsupported("the operation \(action) of \(entry.traits.signingName)")
    }
    return DispatchedOperation(
      traits: entry.traits, operation: operation, labels: [:], request: request)
  }

  private func byService(_ service: String, _ request: WireRequest) throws(DispatchFailure)
    -> DispatchedOperation
  {
    let candidates = entries.filter { $0.traits.signingName == service }
    for entry in candidates {
      if let match = entry.match(request) {
        return DispatchedOperation(
          traits: entry.traits, operation: match.operation, labels: match.labels, request: request)
      }
    }
    let what = "\(request.method) \(request.path) of \(service)"
    throw candidates.first?.unsupported(what)
      ?? DispatchFailure(
        error: .unsupported("the service \(service) (\(request.method) \(request.path))"),
        // These read XML, and know errors in the form that the Query protocol gives them.
        wireProtocol: ["route53", "cloudfront"].contains(service) ? .query : .restJSON)
  }

  private func bucketRequest(_ request: WireRequest) throws(DispatchFailure) -> DispatchedOperation
  {
    var request = request
    if let bucket = VirtualHost.bucket(ofHost: request.host) {
      request.path = "/\(FormCoding.encode(bucket))\(request.path)"
    }
    guard let entry = entries.first(where: { $0.traits.signingName == "s3" }) else {
      throw DispatchFailure(
        error: .unsupported("the service s3 (\(request.method) \(request.path))"),
        wireProtocol: .restXML)
    }
    guard let match = entry.match(request) else {
      let keys = request.query.map(\.key).joined(separator: "&")
      throw entry.unsupported(
        "\(request.method) \(request.path)\(keys.isEmpty ? "" : "?\(keys)") of s3")
    }
    return DispatchedOperation(
      traits: entry.traits, operation: match.operation, labels: match.labels, request: request)
  }
}

extension RoutingTable.Entry {
  func unsupported(_ what: String) -> DispatchFailure {
    DispatchFailure(
      error: .unsupported(what), wireProtocol: traits.wireProtocol,
      xmlNamespace: traits.xmlNamespace)
  }
}

/// Buckets that stand in the host's name.
enum VirtualHost {
  /// `b` for `b.s3.localhost:4566`, `b.s3.us-east-1.amazonaws.com`, `b.s3-eu-west-1.amazonaws.com`
  /// and `b.localhost`; nil for `s3.…`, plain hosts and addresses.
  static func bucket(ofHost host: String) -> String? {
    let name = host.split(separator: ":", omittingEmptySubsequences: false).first ?? ""
    let labels = name.lowercased().split(separator: ".", omittingEmptySubsequences: false)
    if let index = labels.lastIndex(where: { $0 == "s3" || $0.hasPrefix("s3-") }) {
      // `s3` is the service only when a domain follows it.
      guard index > 0, index < labels.count - 1 else { return nil }
      return labels[..<index].joined(separator: ".")
    }
    guard labels.count > 1, labels.last == "localhost" else { return nil }
    return labels.dropLast().joined(separator: ".")
  }
}
