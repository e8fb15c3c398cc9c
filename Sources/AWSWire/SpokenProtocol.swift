import AWSModel

extension WireRequest {
  /// The protocol that a request speaks by its headers alone; nil where they fit several services'
  /// REST interfaces.
  public var spokenProtocol: WireProtocol? {
    if header("smithy-protocol") == "rpc-v2-cbor" { return .rpcV2CBOR }
    let type = header("content-type") ?? ""
    if header("x-amz-target") != nil {
      if type.contains("x-amz-cbor-1.1") { return .cbor11 }
      return type.contains("json-1.0") ? .json10 : .json11
    }
    return RequestDecoder.isForm(self) || queryValue("Action") != nil ? .query : nil
  }

  /// The protocol among a service's in which a request is to be read and answered; nil where it
  /// speaks one that the service does not.
  ///
  /// The versions of JSON RPC stand for one another: a service that speaks one of them answers in
  /// the one that it is asked in.
  public func chosenProtocol(of traits: ServiceTraits) -> WireProtocol? {
    guard let spoken = spokenProtocol else { return traits.protocols.first { $0.isREST } }
    if traits.protocols.contains(spoken) { return spoken }
    if spoken.isJSONRPC {
      guard let declared = traits.protocols.first(where: \.isJSONRPC) else { return nil }
      return header("content-type")?.contains("x-amz-json-1.") ?? false ? spoken : declared
    }
    return spoken == .query && traits.protocols.contains(.ec2Query) ? .ec2Query : nil
  }
}

/// The names in `/service/<service>/operation/<operation>`, as smithy-rpc-v2-cbor addresses
/// operations.
///
/// <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>
public struct RPCPath: Sendable, Hashable {
  public var service: String
  public var operation: String

  /// nil for any other path. What stands before `/service/` counts for nothing.
  public init?(_ path: String) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).suffix(4)
    guard parts.count == 4, let first = parts.first, first == "service" else { return nil }
    let start = parts.startIndex
    guard parts[start + 2] == "operation", !parts[start + 1].isEmpty, !parts[start + 3].isEmpty
    else { return nil }
    service = FormCoding.decode(parts[start + 1])
    operation = FormCoding.decode(parts[start + 3])
  }
}
