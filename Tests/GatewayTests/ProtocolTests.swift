import AWSModel
import AWSWire
import PropertyTree
import ServiceKit
import Testing

/// One operation, asked and answered in every protocol.
@Suite struct ProtocolTests {
  static let json =
    #"{"Name":"n","Data":"AQI=","At":1.5,"List":[{"K":1},{"K":2}],"Empty":[],"Map":{"a":"1"}}"#
  static let cborDocument =
    "a6644e616d65616e6444617461420102624174c1%@"
    + "644c69737482a1614b01a1614b0265456d70747980634d6170a161616131"

  static func cbor(_ timestamp: String) -> String { cborDocument.replacing("%@", with: timestamp) }

  /// The answer's body, CBOR as hexadecimal, with the request's id cut out.
  static func body(_ response: WireResponse, _ wire: WireProtocol) async throws -> String {
    if wire.isCBOR { return Hex.encode(try await response.bytes) }
    let id = response.header("x-amzn-requestid") ?? response.header("x-amz-request-id") ?? ""
    #expect(id.count == 36)
    return try await response.text.replacing(id, with: "ID")
  }

  @Test(arguments: [
    (WireProtocol.json10, json), (.json11, json), (.restJSON, json),
    (.cbor11, cbor("1905dc")), (.rpcV2CBOR, cbor("fb3ff8000000000000")),
    (
      .query,
      "<EchoResponse xmlns=\"urn:poly\"><EchoResult><Name>n</Name><Data>AQI=</Data><At>1.5</At>"
        + "<List><member><K>1</K></member><member><K>2</K></member></List><Empty></Empty>"
        + "<Map><entry><key>a</key><value>1</value></entry></Map>"
        + "</EchoResult><ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata>"
        + "</EchoResponse>"
    ),
    (
      .ec2Query,
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<EchoResponse xmlns=\"urn:ec2\">"
        + "<requestId>ID</requestId><Name>n</Name><Data>AQI=</Data><At>1.5</At>"
        + "<List><item><K>1</K></item><item><K>2</K></item></List><Empty></Empty>"
        + "<Map><entry><key>a</key><value>1</value></entry></Map></EchoResponse>"
    ),
    (
      .restXML,
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Out><Name>n</Name><Data>AQI=</Data>"
        + "<At>1.5</At><List><K>1</K></List><List><K>2</K></List>"
        + "<Map><entry><key>a</key><value>1</value></entry></Map></Out>"
    ),
  ]) func answers(_ wire: WireProtocol, _ expected: String) async throws {
    try await withEmulator(PolyglotService.all) { emulator in
      let response = await SpokenRequest(wire).send(to: emulator)
      #expect(response.status == 200)
      #expect(response.header("content-type") == ResponseEncoder.contentType(wire))
      #expect(response.header("smithy-protocol") == (wire == .rpcV2CBOR ? "rpc-v2-cbor" : nil))
      let body = try await Self.body(response, wire)
      #expect(body == expected)
    }
  }

  static let jsonFault = #"{"__type":"Throttled","message":"Slow down."}"#
  static let cborFault =
    "a2665f5f74797065695468726f74746c6564676d6573736167656a536c6f7720646f776e2e"

  @Test(arguments: [
    (WireProtocol.json10, jsonFault), (.json11, jsonFault), (.cbor11, cborFault),
    (.rpcV2CBOR, cborFault),
    (.restJSON, #"{"__type":"Throttled","message":"Slow down.","Type":"User"}"#),
    (
      .query,
      "<ErrorResponse xmlns=\"urn:poly\"><Error><Type>Sender</Type><Code>Throttled</Code>"
        + "<Message>Slow down.</Message></Error><RequestId>ID</RequestId></ErrorResponse>"
    ),
    (
      .ec2Query,
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>"
        + "<Code>Throttled</Code><Message>Slow down.</Message></Error></Errors>"
        + "<RequestID>ID</RequestID></Response>"
    ),
    (
      .restXML,
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>Throttled</Code>"
        + "<Message>Slow down.</Message><Resource>/echo</Resource><RequestId>ID</RequestId></Error>"
    ),
  ]) func faultsAndTheirHeaders(_ wire: WireProtocol, _ expected: String) async throws {
    try await withEmulator(PolyglotService.all) { emulator in
      let response = await SpokenRequest(wire, members: ["Name": "limited"]).send(to: emulator)
      #expect(response.status == 429)
      #expect(response.header("retry-after") == "3")
      #expect(response.header("content-type") == ResponseEncoder.contentType(wire))
      #expect((response.header("x-amz-id-2") != nil) == (wire == .restXML))
      let body = try await Self.body(response, wire)
      #expect(body == expected)
    }
  }

  @Test(arguments: WireProtocol.allCases) func whatIsNotThereIsRefusedInTheSameProtocol(
    _ wire: WireProtocol
  ) async throws {
    try await withEmulator(PolyglotService.all) { emulator in
      let response = await SpokenRequest(wire, operation: "Other").send(to: emulator)
      #expect(response.status == 400)
      #expect(response.header("content-type") == ResponseEncoder.contentType(wire))
      let text = try await response.text
      #expect(text.contains("UnsupportedOperation"))
    }
  }

  /// <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait>
  @Test(arguments: [WireProtocol.json10, .rpcV2CBOR]) func clientsThatThinkInQuerysCodes(
    _ wire: WireProtocol
  ) async throws {
    try await withEmulator(PolyglotService.all) { emulator in
      var spoken = SpokenRequest(wire, members: ["Name": "limited"])
      #expect(await spoken.send(to: emulator).header("x-amzn-query-error") == nil)
      spoken.request.headers.append(WireHeader("x-amzn-query-mode", "true"))
      #expect(await spoken.send(to: emulator).header("x-amzn-query-error") == "Throttled;Sender")
    }
  }

  @Test func anErrorOfHEADHasNoBody() async throws {
    try await withEmulator([FileService(path: "/none")]) { emulator in
      let response = await emulator.handle(
        WireRequest(method: "HEAD", path: "/b/missing"), body: BufferedBody([]))
      #expect(response.status == 404)
      let bytes = try await response.bytes
      #expect(bytes.isEmpty)
    }
  }

  /// A service that does not speak CBOR says so in CBOR.
  @Test func anUnknownProtocolIsRefusedByName() async throws {
    try await withEmulator([EchoService()]) { emulator in
      var spoken = SpokenRequest(.cbor11)
      spoken.request.headers.removeAll { $0.name == "x-amz-target" }
      spoken.request.headers.append(WireHeader("x-amz-target", "Echo_1.Slow"))
      let response = await spoken.send(to: emulator)
      #expect(response.status == 400)
      #expect(response.header("content-type") == "application/x-amz-cbor-1.1")
      let text = try await response.text
      #expect(text.contains("the protocol cbor11 of echo"))
    }
  }

  /// Refuses everything.
  struct Warden: RequestAuthorizer {
    func authorize(_ request: AuthorizedRequest) async throws {
      throw ServiceError.accessDenied(
        "\(request.service):\(request.operation) on \(request.members["Name"]?.stringValue ?? "")"
          + " in \(request.context.scope.region)")
    }
  }

  @Test(arguments: WireProtocol.allCases) func anAuthorizerStandsInTheWay(_ wire: WireProtocol)
    async throws
  {
    let service =
      switch wire {
      case .restJSON: "restjson"
      case .restXML: "restxml"
      case .ec2Query: "ec2"
      default: "poly"
      }
    let code =
      switch wire {
      case .query, .restXML: "AccessDenied"
      case .ec2Query: "UnauthorizedOperation"
      default: "AccessDeniedException"
      }
    try await withEmulator(PolyglotService.all, authorizer: Warden()) { emulator in
      let response = await SpokenRequest(wire).send(to: emulator)
      #expect(response.status == 403)
      let text = try await response.text
      #expect(text.contains(code))
      #expect(text.contains("\(service):Echo on n in eu-west-1"))
    }
  }

  @Test func noHotWayLeadsPastAnAuthorizer() async throws {
    try await withEmulator([EchoService()]) { #expect(!$0.hotOperations.isEmpty) }
    try await withEmulator([EchoService()], authorizer: Warden()) {
      #expect($0.hotOperations.isEmpty)
    }
  }
}
