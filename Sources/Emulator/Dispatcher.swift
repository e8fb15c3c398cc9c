import APIFacts
import AWSModel
import AWSWire
import PropertyTree

/// An operation that was found for a request.
struct DispatchedOperation: Sendable {
  var traits: ServiceTraits
  /// The protocol of this request and its answer, one of the service's.
  var wireProtocol: WireProtocol
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
  /// Finds the operation: by smithy-rpc-v2's path, by `X-Amz-Target`, by the Query protocol's
  /// `Action`, by the signature's service, by path, and for the rest S3.
  ///
  /// - Parameter form: the pairs of an url-encoded form body.
  func dispatch(_ request: WireRequest, form: [QueryItem], signature: Signature?)
    throws(DispatchFailure) -> DispatchedOperation
  {
    if request.spokenProtocol == .rpcV2CBOR { return try byRPCPath(request) }
    if let target = request.header("x-amz-target") { return try byTarget(target, request) }
    let action = request.queryValue("Action") ?? form.first { $0.key == "Action" }?.value
    if let action {
      let version = request.queryValue("Version") ?? form.first { $0.key == "Version" }?.value
      return try byAction(action, version, request, signature)
    }
    let service = signature?.service ?? ""
    if !service.isEmpty, service != "s3" { return try byService(service, request) }
    if service.isEmpty {
      for entry in entries where entry.traits.protocols.contains(.restJSON) {
        if let found = entry.find(request, .restJSON) { return found }
      }
    }
    return try bucketRequest(request, isSigned: service == "s3")
  }

  private func byRPCPath(_ request: WireRequest) throws(DispatchFailure) -> DispatchedOperation {
    guard request.method == "POST", let path = RPCPath(request.path) else {
      throw DispatchFailure(
        error: .unsupported("\(request.method) \(request.path) of smithy-rpc-v2-cbor"),
        wireProtocol: .rpcV2CBOR)
    }
    return try byName(path.operation, of: path.service, request, .rpcV2CBOR)
  }

  private func byTarget(_ target: String, _ request: WireRequest) throws(DispatchFailure)
    -> DispatchedOperation
  {
    let parts = target.split(separator: ".")
    return try byName(
      parts.last.map(String.init) ?? "", of: parts.dropLast().joined(separator: "."), request,
      request.spokenProtocol ?? .json11)
  }

  /// An operation of the service with that target prefix.
  private func byName(
    _ name: String, of prefix: String, _ request: WireRequest, _ spoken: WireProtocol
  ) throws(DispatchFailure) -> DispatchedOperation {
    let service =
      prefix.isEmpty ? "any service" : ServiceNames.name(targetPrefix: prefix) ?? prefix
    guard let entry = entries.first(where: { $0.traits.targetPrefix == prefix }) else {
      throw DispatchFailure(
        error: .unsupported("the operation \(name) of \(service)"), wireProtocol: spoken)
    }
    guard let wire = request.chosenProtocol(of: entry.traits) else {
      throw DispatchFailure(
        error: .unsupported("the protocol \(spoken.rawValue) of \(entry.traits.signingName)"),
        wireProtocol: spoken)
    }
    return try entry.named(name, request, wire)
  }

  /// EC2's errors have a form of their own, signed or not.
  private static let versionOfEC2 = "2016-11-15"

  private func byAction(
    _ action: String, _ version: String?, _ request: WireRequest, _ signature: Signature?
  ) throws(DispatchFailure) -> DispatchedOperation {
    let candidates = entries.filter { $0.traits.protocols.contains(where: \.isQuery) }
    let named = candidates.first {
      $0.traits.signingName == signature?.service
        && (version == nil || $0.traits.apiVersion == version)
    }
    guard let entry = named ?? candidates.first(where: { $0.traits.apiVersion == version }),
      let wire = entry.traits.protocols.first(where: \.isQuery)
    else {
      let isEC2 = signature.map { $0.service == "ec2" } ?? (version == Self.versionOfEC2)
      let service =
        isEC2 ? "EC2" : signature.map { ServiceNames.name(signing: $0.service) ?? $0.service }
      let what = service ?? version.map { "the API version \($0)" } ?? "any service"
      throw DispatchFailure(
        error: .unsupported("the operation \(action) of \(what)"),
        wireProtocol: isEC2 ? .ec2Query : .query)
    }
    return try entry.named(action, request, wire)
  }

  private func byService(_ service: String, _ request: WireRequest) throws(DispatchFailure)
    -> DispatchedOperation
  {
    let candidates = entries.filter { $0.traits.signingName == service }
    for entry in candidates {
      guard let wire = entry.traits.protocols.first(where: \.isREST) else { continue }
      if let found = entry.find(request, wire) { return found }
    }
    let what = "\(request.method) \(request.path) of \(service)"
    throw candidates.first?.unsupported(what, request)
      ?? DispatchFailure(
        error: .unsupported(
          "the service \(ServiceNames.name(signing: service) ?? service) "
            + "(\(request.method) \(request.path))"),
        // These read XML, and know errors in the form that the Query protocol gives them.
        wireProtocol: ["route53", "cloudfront"].contains(service) ? .query : .restJSON)
  }

  private func bucketRequest(
    _ request: WireRequest, isSigned: Bool
  ) throws(DispatchFailure) -> DispatchedOperation {
    var request = request
    switch VirtualHost(
      request.host, isSignedForS3: isSigned, services: Set(entries.map(\.traits.signingName)),
      doors: frontDoors.hostLabels)
    {
    case .endpoint: break
    case .bucket(let bucket): request.path = "/\(FormCoding.encode(bucket))\(request.path)"
    case .foreign:
      throw DispatchFailure(
        error: .unsupported("the host \(request.host): no service here answers to it"),
        wireProtocol: .restJSON)
    }
    guard let entry = entries.first(where: { $0.traits.signingName == "s3" }) else {
      throw DispatchFailure(
        error: .unsupported("the service s3 (\(request.method) \(request.path))"),
        wireProtocol: .restXML)
    }
    guard let found = entry.find(request, .restXML) else {
      let keys = request.query.map(\.key).joined(separator: "&")
      throw entry.unsupported(
        "\(request.method) \(request.path)\(keys.isEmpty ? "" : "?\(keys)") of s3", request)
    }
    return found
  }
}

extension RoutingTable.Entry {
  /// The operation of that name; refused by its name where the service has none.
  fileprivate func named(_ name: String, _ request: WireRequest, _ wire: WireProtocol)
    throws(DispatchFailure) -> DispatchedOperation
  {
    guard let operation = operations[name] else {
      throw DispatchFailure(
        error: .unsupported("the operation \(name) of \(traits.signingName)"), wireProtocol: wire,
        xmlNamespace: traits.xmlNamespace)
    }
    return DispatchedOperation(
      traits: traits, wireProtocol: wire, operation: operation, labels: [:], request: request)
  }

  /// The operation of that method and path.
  fileprivate func find(_ request: WireRequest, _ wire: WireProtocol) -> DispatchedOperation? {
    guard let match = match(request) else { return nil }
    return DispatchedOperation(
      traits: traits, wireProtocol: wire, operation: match.operation, labels: match.labels,
      request: request)
  }

  fileprivate func unsupported(_ what: String, _ request: WireRequest) -> DispatchFailure {
    DispatchFailure(
      error: .unsupported(what),
      wireProtocol: request.chosenProtocol(of: traits) ?? traits.wireProtocol,
      xmlNamespace: traits.xmlNamespace)
  }
}
