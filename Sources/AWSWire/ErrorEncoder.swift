import AWSModel
import PropertyTree

/// Turns a service's fault into the error document of the protocol that the request spoke.
public enum ErrorEncoder {
  /// - Parameter resource: the path that was asked for; REST-XML errors repeat it.
  public static func encode(
    _ error: ServiceError, wireProtocol: WireProtocol, xmlNamespace: String? = nil,
    resource: String = "/", requestID: String
  ) -> WireResponse {
    var response = WireResponse(
      status: error.status,
      headers: [WireHeader("content-type", ResponseEncoder.contentType(wireProtocol))]
        + ResponseEncoder.requestIDHeaders(requestID, wireProtocol))
    switch wireProtocol {
    case .json10, .json11, .restJSON:
      response.headers.append(WireHeader("x-amzn-errortype", error.code))
      response.body = .bytes(json(error, wireProtocol))
    case .cbor11:
      response.headers.append(WireHeader("x-amzn-errortype", error.code))
      response.body = .bytes(CBORTree(wireProtocol).bytes(document(error), shape: .plain))
    case .rpcV2CBOR:
      response.headers.append(ResponseEncoder.rpcHeader)
      response.body = .bytes(CBORTree(wireProtocol).bytes(document(error), shape: .plain))
    case .query:
      response.body = .bytes(query(error, xmlNamespace, requestID))
    case .ec2Query:
      response.body = .bytes(ec2(error, requestID))
    case .restXML:
      response.body = .bytes(restXML(error, resource, requestID))
    }
    for (name, value) in error.headers.sorted(by: { $0.key < $1.key }) {
      response.setHeader(name.lowercased(), value)
    }
    return response
  }

  /// The JSON document of a fault; `__type` carries the code.
  public static func json(_ error: ServiceError, _ wire: WireProtocol) -> [UInt8] {
    var more = PropertyObject()
    if wire == .restJSON { more["Type"] = error.status < 500 ? "User" : "Service" }
    return JSONWriter.bytes(document(error, more))
  }

  private static func document(
    _ error: ServiceError, _ more: PropertyObject = PropertyObject()
  ) -> PropertyValue {
    var document: PropertyObject = [
      "__type": .string(error.code), "message": .string(error.message),
    ]
    for (key, value) in more { document[key] = value }
    for (key, value) in error.fields { document[key] = value }
    return .object(document)
  }

  private static func query(
    _ error: ServiceError, _ namespace: String?, _ requestID: String
  ) -> [UInt8] {
    var xml = XMLWriter(listElement: "member")
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

  /// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>
  private static func ec2(_ error: ServiceError, _ requestID: String) -> [UInt8] {
    var xml = XMLWriter(listElement: "item")
    xml.declaration()
    xml.element("Response") { xml in
      xml.element("Errors") { xml in
        xml.element("Error") { xml in
          xml.value(.string(error.code), named: "Code")
          xml.value(.string(error.message), named: "Message")
          xml.members(error.fields)
        }
      }
      xml.value(.string(requestID), named: "RequestID")
    }
    return xml.bytes
  }

  private static func restXML(
    _ error: ServiceError, _ resource: String, _ requestID: String
  ) -> [UInt8] {
    var xml = XMLWriter()
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
