import AWSModel
import AWSWire
import Effects
import PropertyTree
import ServiceKit

extension Emulator {
  /// Answers one HTTP request. Never throws: every failure is an error document of the protocol.
  ///
  /// - Parameter bodyBytesMax: the longest body of an operation that does not stream it.
  public func handle(
    _ request: WireRequest, body: any RequestBody, bodyBytesMax: Int = 16 << 20
  ) async -> WireResponse {
    let requestID = environment.effects.random.uuid()
    if let match = frontDoor(request) {
      return await answer(request, body, through: match, requestID)
    }
    var style = ErrorStyle(request)
    var facts: WireFacts?
    do {
      let signature = try Signature.parse(request)
      try signature?.checkExpiry(now: environment.effects.clock.now)
      let scope = try scope(of: signature, in: request)
      var request = request
      if signature?.expires != nil, signature?.service == "s3" {
        request = request.countingHoistedParameters()
      }
      let context = RequestContext(
        scope: scope, requestID: requestID,
        accessKeyID: signature?.accessKeyID ?? "", endpoint: "http://\(request.host)",
        page: request.header("origin").map { WebPage(origin: $0, method: request.method) },
        traceID: request.header("x-amzn-trace-id"))
      var body = body
      var collected: [UInt8]?
      if request.method == "POST", RequestDecoder.isForm(request) {
        collected = try await body.collect(upTo: bodyBytesMax)
      }
      let found = try dispatch(request, collected ?? [], signature)
      style = ErrorStyle(found.wireProtocol, found.traits.xmlNamespace)
      facts = WireFacts(service: found.traits.signingName, operation: found.operation.name)
      if let collected { body = BufferedBody(collected) }
      let input = try await input(found, facts, body, bodyBytesMax)
      try await authorize(found, input.members, context)
      let output = try await found.operation.invoke(input, context)
      return ResponseEncoder.encode(
        output, of: found.operation, traits: found.traits, wireProtocol: found.wireProtocol,
        facts: facts, requestID: requestID)
    } catch let failure as DispatchFailure {
      style = ErrorStyle(failure.wireProtocol, failure.xmlNamespace)
      return encode(failure.error, style, request, requestID)
    } catch {
      let fault = serviceError(error, request)
      return encode(facts?.error(fault) ?? fault, style, request, requestID)
    }
  }

  /// The account and region that a signature acts in. Throws `AuthorizationHeaderMalformed` for a
  /// region that can't be one: regions become part of keys and paths.
  public func scope(of signature: Signature?) throws(ServiceError) -> Scope {
    guard let signature else { return .standard }
    let region = signature.region
    guard region.utf8.count <= 32,
      region.utf8.allSatisfy({
        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
      })
    else {
      // Clients that sign for an old name of a region (`US`) read the right one here and try again.
      let expected = Region.standard.text
      throw ServiceError(
        "AuthorizationHeaderMalformed",
        "The authorization header is malformed; the region '\(region)' is wrong; expecting "
          + "'\(expected)'",
        fields: signature.service == "s3" ? ["Region": .string(expected)] : [:])
    }
    let account =
      signature.isHandedOut
      ? try account(ofKeyIn: signature) ?? .standard
      : Signature.account(ofAccessKey: signature.accessKeyID)
    return Scope(account: account, region: region.isEmpty ? .standard : Region(region))
  }

  /// The scope of a request. A fault of its credentials is told as the service's clients know it.
  private func scope(of signature: Signature?, in request: WireRequest) throws -> Scope {
    do { return try scope(of: signature) } catch {
      let traits = signature.flatMap { Self.traits(of: $0.service) }
      let wire = request.spokenProtocol ?? traits?.wireProtocol ?? .restXML
      let fault = Self.credentialFault(error, service: signature?.service, wire)
      guard fault != error || error.code == AccessKeyFaults.expired.code else { throw error }
      throw DispatchFailure(
        error: fault, wireProtocol: wire,
        xmlNamespace: wire == .query ? traits?.xmlNamespace : nil)
    }
  }

  private func dispatch(
    _ request: WireRequest, _ form: [UInt8], _ signature: Signature?
  ) throws -> DispatchedOperation {
    try routes.dispatch(
      request, form: FormCoding.items(of: String(decoding: form, as: UTF8.self)),
      signature: signature)
  }

  private func input(
    _ found: DispatchedOperation, _ facts: WireFacts?, _ body: any RequestBody,
    _ bodyBytesMax: Int
  ) async throws -> OperationInput {
    var request = found.request
    var body = body
    if found.wireProtocol == .restXML {
      body = try PayloadBody(body, request: request, for: found.operation)
      request.dropChunkedEncoding()
    }
    let bytes = found.operation.streamsBody ? [] : try await body.collect(upTo: bodyBytesMax)
    var members = try RequestDecoder.members(
      of: request, body: bytes, for: found.operation, wireProtocol: found.wireProtocol,
      labels: found.labels)
    var lenience = RequestDecoder.lenientLists(
      for: found.operation, wireProtocol: found.wireProtocol)
    if let facts, !found.operation.isRefusal {
      members = try facts.input(members, found.wireProtocol)
      // The model has told lists from single values.
      lenience = .never
    }
    return OperationInput(
      members: members, body: found.operation.streamsBody ? body : BufferedBody([]),
      lenientLists: lenience)
  }

  /// Asks the authorizer, and gives a refusal the code that the protocol's clients know.
  private func authorize(
    _ found: DispatchedOperation, _ members: PropertyValue, _ context: RequestContext
  ) async throws {
    guard let authorizer else { return }
    do {
      try await authorizer.authorize(
        AuthorizedRequest(
          context: context, service: found.traits.signingName, operation: found.operation.name,
          members: members))
    } catch var fault as ServiceError where fault.code == ServiceError.accessDenied("").code {
      switch found.wireProtocol {
      case .query, .restXML: break
      case .ec2Query: fault.code = "UnauthorizedOperation"
      case .json10, .json11, .restJSON, .cbor11, .rpcV2CBOR: fault.code = "AccessDeniedException"
      }
      throw fault
    }
  }

  func serviceError(_ error: any Error, _ request: WireRequest) -> ServiceError {
    if let failure = StorageFailure(error) {
      environment.storage.note(failure)
      return failure.serviceError
    }
    if let error = error as? ServiceError { return error }
    environment.report("\(request.method) \(request.path) failed: \(error)")
    return .internalFailure("\(error)")
  }

  private func encode(
    _ error: ServiceError, _ style: ErrorStyle, _ request: WireRequest, _ requestID: String
  ) -> WireResponse {
    var response = ErrorEncoder.encode(
      error, wireProtocol: style.wireProtocol, xmlNamespace: style.xmlNamespace,
      resource: request.path, requestID: requestID)
    // Clients of services that once spoke Query alone go on telling errors by Query's codes.
    if request.header("x-amzn-query-mode") == "true", response.header("x-amzn-query-error") == nil {
      let side = error.status < 500 ? "Sender" : "Receiver"
      response.setHeader("x-amzn-query-error", "\(error.code);\(side)")
    }
    if request.method == "HEAD" { response.body = .bytes([]) }
    return response
  }
}

/// The form of errors, before it is known which service a client means, and after.
private struct ErrorStyle {
  var wireProtocol: WireProtocol
  var xmlNamespace: String?

  init(_ wireProtocol: WireProtocol, _ xmlNamespace: String?) {
    self.wireProtocol = wireProtocol
    self.xmlNamespace = xmlNamespace
  }

  init(_ request: WireRequest) { self.init(request.spokenProtocol ?? .restXML, nil) }
}

extension WireRequest {
  /// `aws-chunked` is framing, gone by now; what else `Content-Encoding` says belongs to the object.
  fileprivate mutating func dropChunkedEncoding() {
    guard let value = header("content-encoding") else { return }
    let kept = value.split(separator: ",").map { String($0.filter { $0 != " " }) }
      .filter { $0 != "aws-chunked" }
    headers.removeAll { $0.name == "content-encoding" }
    if !kept.isEmpty { headers.append(WireHeader("content-encoding", kept.joined(separator: ","))) }
  }
}
