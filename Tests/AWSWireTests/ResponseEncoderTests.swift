import AWSModel
import AWSWire
import PropertyTree
import Testing

@Suite struct ResponseEncoderTests {
  static func encode(
    _ output: OperationOutput, _ traits: ServiceTraits, _ trait: HTTPTrait? = nil
  ) -> (response: WireResponse, text: String) {
    let response = ResponseEncoder.encode(
      output, of: RequestDecoderTests.operation(trait), traits: traits,
      wireProtocol: traits.wireProtocol, requestID: "id-1")
    guard case .bytes(let bytes) = response.body else { return (response, "a file") }
    return (response, String(decoding: bytes, as: UTF8.self))
  }

  static let members: PropertyValue = [
    "Name": "a<b", "List": [["K": 1], ["K": 2]], "Empty": .list([]), "Nothing": .null,
    "At": .double(1.5), "Yes": true,
  ]

  @Test func json() {
    let (response, text) = Self.encode(
      OperationOutput(members: ["At": .double(1_700_000_000.5), "L": [1]]),
      RequestDecoderTests.json)
    #expect(text == #"{"At":1700000000.5,"L":[1]}"#)
    #expect(response.header("content-type") == "application/x-amz-json-1.1")
    #expect(response.header("x-amzn-requestid") == "id-1")
  }

  @Test func query() {
    let (response, text) = Self.encode(
      OperationOutput(members: Self.members), RequestDecoderTests.query)
    #expect(
      text == "<OpResponse xmlns=\"urn:iam\"><OpResult><Name>a&lt;b</Name>"
        + "<List><member><K>1</K></member><member><K>2</K></member></List><Empty></Empty>"
        + "<At>1.5</At><Yes>true</Yes></OpResult>"
        + "<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></OpResponse>")
    #expect(response.header("content-type") == "text/xml")
  }

  @Test func restXML() {
    let trait = HTTPTrait(
      "GET", "/{Bucket}", status: 201,
      output: [
        "ETag": .header("ETag"), "Metadata": .headerPrefix("x-amz-meta-"),
      ], outputRoot: "Root")
    let (response, text) = Self.encode(
      OperationOutput(
        members: [
          "ETag": "\"e\"", "Metadata": ["k": "v"], "Contents": [["Key": "1"], ["Key": "2"]],
          "Owner": ["@xsi:type": "User", "ID": "o"],
        ], headers: [("X-Extra", "1")]), RequestDecoderTests.s3, trait)
    #expect(
      text == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Root><Contents><Key>1</Key></Contents>"
        + "<Contents><Key>2</Key></Contents><Owner xsi:type=\"User\"><ID>o</ID></Owner></Root>")
    #expect(response.status == 201)
    #expect(response.header("etag") == "\"e\"")
    #expect(response.header("x-amz-meta-k") == "v")
    #expect(response.header("x-extra") == "1")
    #expect(response.header("x-amz-request-id") == "id-1")
  }

  @Test func rawBodiesReplaceTheDocument() {
    let (response, text) = Self.encode(
      OperationOutput(
        members: ["ExecutedVersion": "$LATEST"], body: .bytes(Array("raw".utf8)),
        headers: [("Content-Type", "application/octet-stream")], status: 202),
      RequestDecoderTests.lambda,
      HTTPTrait("POST", "/", output: ["ExecutedVersion": .header("X-Amz-Executed-Version")]))
    #expect(text == "raw")
    #expect(response.status == 202)
    #expect(response.header("x-amz-executed-version") == "$LATEST")
    #expect(response.headers.count { $0.name == "content-type" } == 1)
  }

  @Test(arguments: [
    (
      WireProtocol.json11,
      #"{"__type":"NoSuchThing","message":"It's <gone>","Key":"k"}"#
    ),
    (
      .restJSON,
      #"{"__type":"NoSuchThing","message":"It's <gone>","Type":"User","Key":"k"}"#
    ),
    (
      .query,
      "<ErrorResponse xmlns=\"urn:x\"><Error><Type>Sender</Type><Code>NoSuchThing</Code>"
        + "<Message>It's &lt;gone&gt;</Message><Key>k</Key></Error>"
        + "<RequestId>id-2</RequestId></ErrorResponse>"
    ),
    (
      .restXML,
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchThing</Code>"
        + "<Message>It's &lt;gone&gt;</Message><Key>k</Key><Resource>/b</Resource>"
        + "<RequestId>id-2</RequestId></Error>"
    ),
  ]) func errors(_ wire: WireProtocol, _ expected: String) {
    let response = ErrorEncoder.encode(
      ServiceError("NoSuchThing", "It's <gone>", status: 404, fields: ["Key": "k"]),
      wireProtocol: wire, xmlNamespace: "urn:x", resource: "/b", requestID: "id-2")
    #expect(response.status == 404)
    guard case .bytes(let bytes) = response.body else {
      Issue.record("an error is a document")
      return
    }
    #expect(String(decoding: bytes, as: UTF8.self) == expected)
  }
}
