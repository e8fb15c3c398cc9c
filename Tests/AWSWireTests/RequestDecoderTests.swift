import AWSModel
import AWSWire
import PropertyTree
import Testing

@Suite struct RequestDecoderTests {
  static let query = ServiceTraits(
    signingName: "iam", wireProtocol: .query, apiVersion: "2010-05-08", xmlNamespace: "urn:iam")
  static let json = ServiceTraits(
    signingName: "kinesis", wireProtocol: .json11, targetPrefix: "Kinesis_20131202")
  static let s3 = ServiceTraits(signingName: "s3", wireProtocol: .restXML)
  static let lambda = ServiceTraits(signingName: "lambda", wireProtocol: .restJSON)

  static func operation(_ trait: HTTPTrait? = nil, streams: Bool = false) -> Operation {
    Operation(name: "Op", http: trait, streamsBody: streams) { _, _ in OperationOutput() }
  }

  static func form(_ body: String) throws -> PropertyValue {
    try RequestDecoder.members(
      of: WireRequest(
        method: "POST", path: "/",
        headers: [WireHeader("content-type", "application/x-www-form-urlencoded; charset=utf-8")]),
      body: Array(body.utf8), for: operation(), traits: query)
  }

  @Test(arguments: [
    ("Action=X&Version=1&A=b+c%2B", #"{"A":"b c+"}"#),
    (
      "Tags.member.1.Key=a&Tags.member.1.Value=&Tags.member.2.Key=b",
      #"{"Tags":{"member":{"1":{"Key":"a","Value":""},"2":{"Key":"b"}}}}"#
    ),
    ("Tags.1.Key=a", #"{"Tags":{"1":{"Key":"a"}}}"#),
    ("A=%C3%A9%2", #"{"A":"é%2"}"#),
    ("", "{}"),
  ]) func queryNests(_ body: String, _ expected: String) throws {
    #expect(JSONWriter.compact(try Self.form(body)) == expected)
  }

  @Test(arguments: ["A=1&A=2", "A=1&A.b=2", String(repeating: "a.", count: 40) + "a=1"])
  func damagedQueryIsRefused(_ body: String) {
    #expect { try Self.form(body) } throws: {
      ($0 as? ServiceError)?.code == "MalformedQueryString"
    }
  }

  @Test func queryListsDecodeInNumericOrder() throws {
    struct Input: Codable, Sendable { var Names: [String] }
    let body = (1...12).map { "Names.member.\($0)=n\($0)" }.joined(separator: "&")
    let input = try Operation.decodeInput(Input.self, from: Self.form(body), operation: "X")
    #expect(input.Names == (1...12).map { "n\($0)" })
  }

  @Test func jsonBodies() throws {
    let request = WireRequest(method: "POST", path: "/")
    func decode(_ body: String) throws -> PropertyValue {
      try RequestDecoder.members(
        of: request, body: Array(body.utf8), for: Self.operation(), traits: Self.json)
    }
    #expect(try decode("") == .object([:]))
    #expect(try decode(#"{"A":[1,2.5]}"#) == ["A": .list([1, .double(2.5)])])
    for body in ["[1]", "{", "nonsense"] {
      #expect { try decode(body) } throws: {
        ($0 as? ServiceError)?.code == "SerializationException"
      }
    }
  }

  @Test(arguments: [
    [WireHeader("content-type", "application/x-amz-cbor-1.1")],
    [WireHeader("content-encoding", "gzip")],
  ]) func unknownEncodingsAreRefused(_ headers: [WireHeader]) {
    #expect {
      try RequestDecoder.members(
        of: WireRequest(method: "POST", path: "/", headers: headers), body: [1],
        for: Self.operation(), traits: Self.json)
    } throws: { ($0 as? ServiceError)?.code == "UnsupportedOperation" }
  }

  static let put = HTTPTrait(
    "PUT", "/{Bucket}/{Key+}",
    input: [
      "ContentType": .header("Content-Type"), "Metadata": .headerPrefix("x-amz-meta-"),
      "VersionId": .query("versionId"), "TagKeys": .query("tagKeys"), "Tagging": .payload,
    ])

  @Test func restBindsLabelsQueryHeadersAndPayload() throws {
    let members = try RequestDecoder.members(
      of: WireRequest(
        method: "PUT", target: "/b/a%20b?versionId=7&tagKeys=x&tagKeys=y&x-id=Put",
        headers: [
          WireHeader("content-type", "text/plain"), WireHeader("x-amz-meta-color", "red"),
          WireHeader("x-amz-date", "20261121T000000Z"), WireHeader("amz-sdk-request", "attempt=1"),
        ], host: "h"),
      body: Array("<Tagging><TagSet><Tag><Key>k</Key></Tag></TagSet></Tagging>".utf8),
      for: Self.operation(Self.put), traits: Self.s3, labels: ["Bucket": "b", "Key": "a b"])
    #expect(
      members == [
        "Tagging": ["TagSet": ["Tag": ["Key": "k"]]], "ContentType": "text/plain",
        "Metadata": ["color": "red"], "VersionId": "7", "TagKeys": ["x", "y"], "Bucket": "b",
        "Key": "a b",
      ])
  }

  @Test(
    arguments: [
      ("/b/k?acl", [], "the query parameter `acl`"),
      ("/b/k", [WireHeader("x-amz-acl", "private")], "the header `x-amz-acl`"),
    ] as [(String, [WireHeader], String)])
  func whatNobodyReadsIsRefusedByName(
    _ target: String, _ headers: [WireHeader], _ named: String
  ) {
    #expect {
      try RequestDecoder.members(
        of: WireRequest(method: "PUT", target: target, headers: headers, host: "h"), body: [],
        for: Self.operation(Self.put, streams: true), traits: Self.s3)
    } throws: { error in
      let fault = error as? ServiceError
      return fault?.code == "UnsupportedOperation" && fault?.message.contains(named) == true
    }
  }

  @Test func restJSONMergesBodyAndLabels() throws {
    let members = try RequestDecoder.members(
      of: WireRequest(method: "PUT", path: "/2015-03-31/functions/f/code"),
      body: Array(#"{"Publish":true,"FunctionName":"other"}"#.utf8),
      for: Self.operation(HTTPTrait("PUT", "/2015-03-31/functions/{FunctionName}/code")),
      traits: Self.lambda, labels: ["FunctionName": "f"])
    #expect(members == ["Publish": true, "FunctionName": "f"])
  }

  @Test func trailingSlashesAndEncodedSlashes() {
    let object = PathPattern("/{Bucket}/{Key+}")
    #expect(object.match("/b/x/y%2Fz/") == ["Bucket": "b", "Key": "x/y/z/"])
    #expect(object.match("/b//x") == ["Bucket": "b", "Key": "/x"])
    #expect(object.match("/b/") == nil)
    #expect(PathPattern("/{Bucket}").match("/b/") == ["Bucket": "b"])
    #expect(PathPattern("/{Bucket}").match("/") == nil)
    #expect(PathPattern("/").match("/") == [:])
    #expect(PathPattern("/a/{X}/c").match("/a/b%2Fb/c") == ["X": "b/b"])
    #expect(PathPattern("/a/{X}/c").match("/a/b") == nil)
  }
}
