/// The protocols of AWS's services. `AWSWire` interprets them; a service only names its own.
///
/// <https://smithy.io/2.0/aws/protocols/index.html>
public enum WireProtocol: String, Sendable, Hashable, CaseIterable {
  /// JSON in both directions, the operation in `X-Amz-Target`.
  case json10, json11
  /// A form in, XML out, the operation in `Action`.
  case query
  /// EC2's dialect of Query: lists without `member`, errors of a form of their own.
  case ec2Query
  /// JSON documents, the operation in method and path.
  case restJSON
  /// XML documents, the operation in method and path.
  case restXML
  /// `application/x-amz-cbor-1.1`: JSON 1.1 with CBOR bodies, as the Java SDK and the Kinesis client
  /// library speak it.
  case cbor11
  /// `POST /service/<name>/operation/<name>` with CBOR bodies.
  case rpcV2CBOR

  /// True for the two versions of JSON RPC, which differ by their content type alone.
  public var isJSONRPC: Bool { self == .json10 || self == .json11 }

  /// True for a form whose `Action` names the operation.
  public var isQuery: Bool { self == .query || self == .ec2Query }

  /// True for protocols that find the operation by method and path.
  public var isREST: Bool { self == .restJSON || self == .restXML }

  /// True for CBOR bodies.
  public var isCBOR: Bool { self == .cbor11 || self == .rpcV2CBOR }
}

/// The names and protocols of a service on the wire.
public struct ServiceTraits: Sendable, Hashable {
  /// The name in a signature's scope and in ARNs: `kinesis`, `firehose`, `s3`, `lambda`.
  public var signingName: String
  /// Protocols that the service speaks, never empty; each request chooses. The first is spoken
  /// where a request does not tell.
  public var protocols: [WireProtocol]
  /// JSON protocols: the part of `X-Amz-Target` before the dot (`Kinesis_20131202`); in the paths
  /// of smithy-rpc-v2-cbor the service's name.
  public var targetPrefix: String?
  /// Query protocols: `Version=2010-05-08`.
  public var apiVersion: String?
  /// Query and restXML: the namespace of answers.
  public var xmlNamespace: String?

  /// The first of `protocols`.
  public var wireProtocol: WireProtocol { protocols[0] }

  /// - Parameter alsoSpeaks: further protocols that a request may choose.
  public init(
    _ signingName: String, _ wireProtocol: WireProtocol, alsoSpeaks: [WireProtocol] = [],
    targetPrefix: String? = nil, apiVersion: String? = nil, xmlNamespace: String? = nil
  ) {
    self.signingName = signingName
    protocols = [wireProtocol] + alsoSpeaks
    self.targetPrefix = targetPrefix
    self.apiVersion = apiVersion
    self.xmlNamespace = xmlNamespace
  }
}
