import AWSModel
import PropertyTree

/// Turns an operation's output into a wire response, by the protocol that the request spoke.
public enum ResponseEncoder {
  /// - Parameter facts: the operation's model; nil for one that is no part of AWS's API.
  public static func encode(
    _ output: OperationOutput, of operation: Operation, traits: ServiceTraits,
    wireProtocol: WireProtocol, facts: WireFacts? = nil, requestID: String
  ) -> WireResponse {
    var output = output
    var operation = operation
    if let facts {
      output.members = facts.output(output.members, wireProtocol)
      operation.outputShape = facts.outputShape(wireProtocol)
    }
    var response = document(output, operation, traits, facts, wireProtocol, requestID)
    if let events = output.events {
      stream(events, after: output.members, of: operation, wireProtocol, in: &response)
    }
    if let body = output.body { response.body = body }
    for header in output.headers { response.setHeader(header.name.lowercased(), header.value) }
    response.headers += requestIDHeaders(requestID, wireProtocol)
    if let status = output.status { response.status = status }
    return response
  }

  /// `x-amz-request-id` and `x-amz-id-2` for REST-XML, `x-amzn-requestid` for the others.
  public static func requestIDHeaders(_ requestID: String, _ wire: WireProtocol) -> [WireHeader] {
    guard wire == .restXML else { return [WireHeader("x-amzn-requestid", requestID)] }
    // Opaque to clients, who only report it.
    return [
      WireHeader("x-amz-request-id", requestID),
      WireHeader("x-amz-id-2", Base64.encode(Array(requestID.utf8))),
    ]
  }

  static let rpcHeader = WireHeader("smithy-protocol", "rpc-v2-cbor")

  /// Puts an event stream in the document's place. RPC protocols tell the members in a first
  /// message, REST protocols in headers only.
  private static func stream(
    _ events: EventStream, after members: PropertyValue, of operation: Operation,
    _ wire: WireProtocol, in response: inout WireResponse
  ) {
    let encoder = EventStreamEncoder(
      events: events, wireProtocol: wire,
      initialResponse: wire.isREST ? nil : (members, operation.outputShape))
    response.setHeader("content-type", EventStreamEncoder.contentType)
    response.body = .stream(ByteStream(encoder))
  }

  public static func contentType(_ wire: WireProtocol) -> String {
    switch wire {
    case .json10: "application/x-amz-json-1.0"
    case .json11: "application/x-amz-json-1.1"
    case .query, .ec2Query: "text/xml"
    case .restJSON: "application/json"
    case .restXML: "application/xml"
    case .cbor11: "application/x-amz-cbor-1.1"
    case .rpcV2CBOR: "application/cbor"
    }
  }

  private static func document(
    _ output: OperationOutput, _ operation: Operation, _ traits: ServiceTraits,
    _ facts: WireFacts?, _ wire: WireProtocol, _ requestID: String
  ) -> WireResponse {
    let type = WireHeader("content-type", contentType(wire))
    switch wire {
    case .cbor11, .rpcV2CBOR:
      let bytes = CBORTree(wire).bytes(output.members, shape: operation.outputShape)
      return WireResponse(
        status: 200, headers: wire == .rpcV2CBOR ? [type, rpcHeader] : [type],
        body: .bytes(bytes))
    case .json10, .json11:
      return WireResponse(
        status: 200, headers: [type], body: .bytes(JSONWriter.bytes(output.members)))
    case .ec2Query:
      var xml = XMLWriter(listElement: facts == nil ? "item" : nil)
      xml.declaration()
      xml.element("\(operation.name)Response", namespace: traits.xmlNamespace) { xml in
        xml.value(.string(requestID), named: "requestId")
        xml.members(
          output.members.objectValue ?? PropertyObject(), shape: operation.outputShape)
      }
      return WireResponse(status: 200, headers: [type], body: .bytes(xml.bytes))
    case .query:
      // The model's form has the elements around lists already.
      var xml = XMLWriter(listElement: facts == nil ? "member" : nil)
      xml.element("\(operation.name)Response", namespace: traits.xmlNamespace) { xml in
        xml.value(
          output.members, named: facts?.operation.resultWrapper ?? "\(operation.name)Result",
          shape: operation.outputShape)
        xml.element("ResponseMetadata") { $0.value(.string(requestID), named: "RequestId") }
      }
      return WireResponse(status: 200, headers: [type], body: .bytes(xml.bytes))
    case .restJSON, .restXML:
      return rest(output, operation, traits, wire, type)
    }
  }

  private static func rest(
    _ output: OperationOutput, _ operation: Operation, _ traits: ServiceTraits,
    _ wire: WireProtocol, _ type: WireHeader
  ) -> WireResponse {
    let trait = operation.http
    var response = WireResponse(status: trait?.successStatus ?? 200)
    var document = PropertyObject()
    var payload: (name: String, value: PropertyValue)?
    let members = output.members.objectValue ?? PropertyObject()
    for (name, value) in members where value != .null {
      switch trait?.output[name] {
      case nil, .query: document[name] = value
      case .header(let header):
        if let text = value.scalarText {
          response.headers.append(WireHeader(header.lowercased(), text))
        }
      case .headerPrefix(let prefix):
        for (key, item) in value.objectValue ?? PropertyObject() {
          if let text = item.scalarText {
            response.headers.append(WireHeader((prefix + key).lowercased(), text))
          }
        }
      case .payload: payload = (name, value)
      case .status: response.status = value.integerValue.map(Int.init) ?? response.status
      }
    }
    guard output.body == nil, output.events == nil else { return response }
    let bytes = restDocument(document, payload, operation, traits, wire)
    if !bytes.isEmpty, response.status != 204 {
      response.headers.append(type)
      response.body = .bytes(bytes)
    }
    return response
  }

  private static func restDocument(
    _ document: PropertyObject, _ payload: (name: String, value: PropertyValue)?,
    _ operation: Operation, _ traits: ServiceTraits, _ wire: WireProtocol
  ) -> [UInt8] {
    if wire == .restJSON {
      if let payload { return JSONWriter.bytes(payload.value) }
      return JSONWriter.bytes(.object(document))
    }
    guard
      let root = operation.http?.outputRoot ?? payload?.name ?? (document.isEmpty ? nil : "Result")
    else { return [] }
    var xml = XMLWriter()
    xml.declaration()
    xml.element(root, namespace: traits.xmlNamespace) { xml in
      let content = payload?.value ?? .object(document)
      if let object = content.objectValue {
        xml.members(
          object,
          shape: payload.map { operation.outputShape.member($0.name) } ?? operation.outputShape)
      } else {
        xml.text(content.scalarText ?? "")
      }
    }
    return xml.bytes
  }
}
