import AWSModel
import PropertyTree

/// Turns a service's fault into the error document of its protocol.
public enum ErrorEncoder {
  /// - Parameter resource: the path that was asked for; REST-XML errors repeat it.
  public static func encode(
    _ error: ServiceError, wireProtocol: WireProtocol, xmlNamespace: String? = nil,
    resource: String = "/", requestID: String
  ) -> WireResponse {
    var response = WireResponse(
      status: error.status,
      headers: [
        WireHeader("content-type", ResponseEncoder.contentType(wireProtocol)),
        ResponseEncoder.requestIDHeader(requestID, wireProtocol),
      ])
    switch wireProtocol {
    case .json10, .json11, .restJSON, .cbor11, .rpcV2CBOR:
      response.headers.append(WireHeader("x-amzn-errortype", error.code))
      response.body = .bytes(json(error, wireProtocol))
    case .query, .ec2Query:
      response.body = .bytes(query(error, xmlNamespace, requestID))
    case .restXML:
      response.body = .bytes(restXML(error, resource, requestID))
    }
    return response
  }

  /// The JSON document of a fault; `__type` carries the code.
  public static func json(_ error: ServiceError, _ wire: WireProtocol) -> [UInt8] {
    var document = PropertyObject()
    document["__type"] = .string(error.code)
    document["message"] = .string(error.message)
    if wire == .restJSON { document["Type"] = error.status < 500 ? "User" : "Service" }
    for (key, value) in error.fields { document[key] = value }
    return JSONWriter.bytes(.object(document))
  }

  private static func query(
    _ error: ServiceError, _ namespace: String?, _ requestID: String
  ) -> [UInt8] {
    var xml = XMLWriter(wrapsLists: true)
    xml.element("ErrorResponse", namespace: namespace) { xml in
      xml.element("Error") { xml in
        xml.value(error.status < 500 ? "Sender" : "Receiver", named: "Type")
        xml.value(.string(error.code), named: "Code")
        xml.value(.string(error.message), named: "Message")
        xml.members(error.fields)
      }
      xml.value(.string(requestID), named: "RequestId")
    }
    return xml.bytes
  }

  private static func restXML(
    _ error: ServiceError, _ resource: String, _ requestID: String
  ) -> [UInt8] {
    var xml = XMLWriter(wrapsLists: false)
    xml.declaration()
    xml.element("Error") { xml in
      xml.value(.string(error.code), named: "Code")
      xml.value(.string(error.message), named: "Message")
      xml.members(error.fields)
      if error.fields["Resource"] == nil { xml.value(.string(resource), named: "Resource") }
      xml.value(.string(requestID), named: "RequestId")
    }
    return xml.bytes
  }
}
