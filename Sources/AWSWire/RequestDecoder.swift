import AWSModel
import PropertyTree

/// Turns a wire request into an operation's members, by the protocol that the request speaks.
public enum RequestDecoder {
  /// - Parameters:
  ///   - body: the whole payload; empty for an operation that streams it.
  ///   - wireProtocol: what the dispatcher chose for this request.
  ///   - labels: what the path pattern bound.
  /// - Throws: `SerializationException`, `MalformedXML`, `MalformedQueryString`, or
  ///   `UnsupportedOperation` naming the query key or header that the operation does not read.
  public static func members(
    of request: WireRequest, body: [UInt8], for operation: Operation, wireProtocol: WireProtocol,
    labels: PropertyObject = [:]
  ) throws(ServiceError) -> PropertyValue {
    switch wireProtocol {
    case .json10, .json11: return try json(request, body)
    case .cbor11, .rpcV2CBOR:
      try refuseEncoding(request)
      return .object(try CBORTree(wireProtocol).members(body))
    case .query, .ec2Query:
      let form = isForm(request) ? FormCoding.items(of: String(decoding: body, as: UTF8.self)) : []
      let items = (request.query + form).filter {
        $0.key != "Action" && $0.key != "Version" && !RequestVocabulary.isStandard(query: $0.key)
      }
      return .object(try QueryTree.nest(items))
    case .restJSON, .restXML:
      return try rest(request, body, operation, wireProtocol, labels)
    }
  }

  /// Places where the protocol can't tell one value from a list of one.
  public static func lenientLists(
    for operation: Operation, wireProtocol: WireProtocol
  ) -> LenientLists {
    switch wireProtocol {
    case .json10, .json11, .cbor11, .rpcV2CBOR: return .never
    case .query, .ec2Query, .restXML: return .always
    case .restJSON:
      let bound = (operation.http?.input ?? [:]).filter {
        if case .query = $0.value { true } else { false }
      }
      return bound.isEmpty ? .never : .members(Set(bound.keys))
    }
  }

  /// True when the body is `application/x-www-form-urlencoded`.
  public static func isForm(_ request: WireRequest) -> Bool {
    request.header("content-type")?.lowercased().hasPrefix("application/x-www-form-urlencoded")
      ?? false
  }

  private static func json(_ request: WireRequest, _ body: [UInt8]) throws(ServiceError)
    -> PropertyValue
  {
    try refuseEncoding(request)
    return try document(json: body)
  }

  private static func refuseEncoding(_ request: WireRequest) throws(ServiceError) {
    if let encoding = request.header("content-encoding"), !encoding.isEmpty {
      throw .unsupported("the content encoding \(encoding) of requests")
    }
  }

  private static func document(json body: [UInt8]) throws(ServiceError) -> PropertyValue {
    if body.isEmpty { return .object([:]) }
    do {
      let value = try JSONReader.read(body)
      guard case .object = value else {
        throw ServiceError("SerializationException", "The request must be a JSON object.")
      }
      return value
    } catch let error as JSONReader.Failure {
      throw ServiceError(
        "SerializationException", "\(error.message) (at byte \(error.offset) of the request)")
    } catch let error as ServiceError {
      throw error
    } catch {
      throw ServiceError("SerializationException", "The request is not JSON.")
    }
  }

  private static func document(xml body: [UInt8]) throws(ServiceError) -> PropertyValue {
    do {
      return try XMLReader.read(body).value
    } catch {
      throw ServiceError(
        "MalformedXML",
        "The XML you provided was not well-formed: \(error.message) (at byte \(error.offset))")
    }
  }

  private static func rest(
    _ request: WireRequest, _ body: [UInt8], _ operation: Operation, _ wire: WireProtocol,
    _ labels: PropertyObject
  ) throws(ServiceError) -> PropertyValue {
    let trait = operation.http ?? HTTPTrait(request.method, request.path)
    var members = PropertyObject()
    let payload = trait.input.first { $0.value == .payload }?.key
    if !operation.streamsBody, !body.isEmpty {
      let value = try wire == .restXML ? document(xml: body) : document(json: body)
      if let payload {
        members[payload] = value
      } else if let object = value.objectValue {
        members = object
      }
    }
    bind(request, trait, into: &members)
    for (name, label) in labels { members[name] = label }
    try refuseUnread(request, operation, trait)
    return .object(members)
  }

  private static func bind(
    _ request: WireRequest, _ trait: HTTPTrait, into members: inout PropertyObject
  ) {
    for (member, binding) in trait.input.sorted(by: { $0.key < $1.key }) {
      switch binding {
      case .query(let key):
        let values = request.query.filter { $0.key == key }.map { PropertyValue.string($0.value) }
        if let only = values.first {
          members[member] = values.count == 1 ? only : .list(values)
        }
      case .header(let name):
        if let value = request.header(name.lowercased()) { members[member] = .string(value) }
      case .headerPrefix(let prefix):
        let lower = prefix.lowercased()
        let pairs = request.headers.filter { $0.name.hasPrefix(lower) && $0.name != lower }
          .map { (String($0.name.dropFirst(lower.count)), PropertyValue.string($0.value)) }
        if !pairs.isEmpty { members[member] = .object(PropertyObject(pairs)) }
      case .payload, .status: break
      }
    }
  }

  /// Refuses members that a request carries and its operation does not bind; none is dropped.
  private static func refuseUnread(
    _ request: WireRequest, _ operation: Operation, _ trait: HTTPTrait
  ) throws(ServiceError) {
    var keys = Set(trait.requiredQuery.keys)
    var names = Set(trait.requiredHeaders.map { $0.lowercased() })
    var prefixes: [String] = []
    for binding in trait.input.values {
      switch binding {
      case .query(let key): keys.insert(key)
      case .header(let name): names.insert(name.lowercased())
      case .headerPrefix(let prefix): prefixes.append(prefix.lowercased())
      case .payload, .status: break
      }
    }
    for item in request.query
    where !keys.contains(item.key) && !RequestVocabulary.isStandard(query: item.key) {
      throw .unsupported("the query parameter `\(item.key)` of \(operation.name)")
    }
    for header in request.headers
    where header.name.hasPrefix("x-amz-") && !names.contains(header.name)
      && !RequestVocabulary.isStandard(header: header.name)
      && !prefixes.contains(where: { header.name.hasPrefix($0) })
    {
      throw .unsupported("the header `\(header.name)` of \(operation.name)")
    }
  }
}

/// Query keys and headers that belong to the transport, not to any operation.
enum RequestVocabulary {
  private static let headers: Set<String> = [
    "x-amz-date", "x-amz-content-sha256", "x-amz-security-token", "x-amz-user-agent",
    "x-amz-decoded-content-length", "x-amz-trailer", "x-amz-sdk-checksum-algorithm",
    "x-amz-checksum-mode", "x-amz-target", "x-amz-api-version", "x-amz-te",
    "x-amz-checksum-algorithm", "x-amz-region-set", "x-amz-retry", "x-amz-invocation-id",
  ]

  static func isStandard(header name: String) -> Bool {
    headers.contains(name) || name.hasPrefix("x-amz-sdk-")
      || PayloadChecksum(header: name) != nil
  }

  private static let keys: Set<String> = [
    "x-id", "AWSAccessKeyId", "Signature", "Expires", "SignatureVersion", "SignatureMethod",
    "Timestamp", "x-amz-security-token", "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date",
    "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature", "X-Amz-Security-Token",
    "X-Amz-Content-Sha256", "X-Amz-User-Agent", "x-amz-checksum-mode", "X-Amz-Checksum-Mode",
  ]

  static func isStandard(query key: String) -> Bool { keys.contains(key) }
}
