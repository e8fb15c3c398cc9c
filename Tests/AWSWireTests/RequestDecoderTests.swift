import AWSModel
import AWSWire
import PropertyTree
import Testing

@Suite struct RequestDecoderTests {
  static let query = ServiceTraits(
    "iam", .query, apiVersion: "2010-05-08", xmlNamespace: "urn:iam")
  static let json = ServiceTraits(
    "kinesis", .json11, targetPrefix: "Kinesis_20131202")
  static let s3 = ServiceTraits("s3", .restXML)
  static let lambda = ServiceTraits("lambda", .restJSON)

  static func operation(_ trait: HTTPTrait? = nil, streams: Bool = false) -> Operation {
    Operation(name: "Op", http: trait, streamsBody: streams) { _, _ in OperationOutput() }
  }

  static func form(_ body: String) throws -> PropertyValue {
    try RequestDecoder.members(
      of: WireRequest(
        method: "POST", path: "/",
        headers: [WireHeader("content-type", "application/x-www-form-urlencoded; charset=utf-8")]),
      body: Array(body.utf8), for: operation(), wireProtocol: .query)
  }

  @Test(arguments: [
    ("Action=X&Version=1&A=b+c%2B", #"{"A":"b c+"}"#),
    (
      "Tags.member.1.Key=a&Tags.member.1.Value=&Tags.member.2.Key=b",
      #"{"Tags":[{"Key":"a","Value":""},{"Key":"b"}]}"#
    ),
    ("Tags.1.Key=a", #"{"Tags":[{"Key":"a"}]}"#),
    ("L.member.3=c&L.member.10=j&L.member.1=a", #"{"L":["a","c","j"]}"#),
    (
      "L.member.1.member.2=b&L.member.1.member.1=a&L.member.2.member.1=c",
      #"{"L":[["a","b"],["c"]]}"#
    ),
    (
      "Filter.1.Name=n&Filter.1.Value.1=a&Filter.1.Value.2=b",
      #"{"Filter":[{"Name":"n","Value":["a","b"]}]}"#
    ),
    (
      "M.entry.2.key=b&M.entry.2.value=2&M.entry.1.key=a&M.entry.1.value.X=1",
      #"{"M":{"a":{"X":"1"},"b":"2"}}"#
    ),
    ("M.entry.1.key=a", #"{"M":{"a":""}}"#),
    ("S.01=a&S.1=b", #"{"S":{"01":"a","1":"b"}}"#), ("S.0=a", #"{"S":{"0":"a"}}"#),
    ("L=", #"{"L":""}"#), ("S.member=1&S.other=2", #"{"S":{"member":"1","other":"2"}}"#),
    ("A=%C3%A9%2", #"{"A":"é%2"}"#),
    ("", "{}"),
  ]) func queryNests(_ body: String, _ expected: String) throws {
    #expect(JSONWriter.compact(try Self.form(body)) == expected)
  }

  @Test(arguments: [
    "A=1&A=2", "A=1&A.b=2", "M.entry.1.value=a", "M.entry.1.key=a&M.entry.2.key=a",
    String(repeating: "a.", count: 40) + "a=1",
  ])
  func damagedQueryIsRefused(_ body: String) {
    #expect { try Self.form(body) } throws: {
      ($0 as? ServiceError)?.code == "MalformedQueryString"
    }
  }

  @Test func queryListsDecodeInNumericOrder() throws {
    struct Input: Codable, Sendable { var Names: [String] }
    let body = (1...12).map { "Names.member.\($0)=n\($0)" }.joined(separator: "&")
    let input = try Self.decode(Input.self, Self.form(body))
    #expect(input.Names == (1...12).map { "n\($0)" })
  }

  static func decode<Input: Decodable>(
    _ type: Input.Type, _ members: PropertyValue, speaking wire: WireProtocol = .query,
    _ trait: HTTPTrait? = nil
  ) throws -> Input {
    try OperationInput(
      members: members,
      lenientLists: RequestDecoder.lenientLists(for: operation(trait), wireProtocol: wire)
    ).decode(type, operation: "X")
  }

  @Test func oneValueIsAListOnlyWhereTheProtocolCannotTell() throws {
    struct Input: Codable, Sendable { var TagKeys: [String] }
    let untag = HTTPTrait("DELETE", "/{ARN}", input: ["TagKeys": .query("tagKeys")])
    let one: PropertyValue = ["TagKeys": "a"]
    for wire in WireProtocol.allCases {
      switch wire {
      case .query, .ec2Query, .restXML:
        #expect(try Self.decode(Input.self, one, speaking: wire).TagKeys == ["a"])
        #expect(try Self.decode(Input.self, ["TagKeys": ""], speaking: wire).TagKeys == [])
      case .json10, .json11, .cbor11, .rpcV2CBOR, .restJSON:
        #expect {
          try Self.decode(Input.self, one, speaking: wire)
        } throws: {
          $0 as? ServiceError == ServiceError("SerializationException", "Expected list or null")
        }
      }
    }
    #expect(try Self.decode(Input.self, one, speaking: .restJSON, untag).TagKeys == ["a"])
  }

  @Test func jsonBodies() throws {
    let request = WireRequest(method: "POST", path: "/")
    func decode(_ body: String) throws -> PropertyValue {
      try RequestDecoder.members(
        of: request, body: Array(body.utf8), for: Self.operation(), wireProtocol: .json11)
    }
    #expect(try decode("") == .object([:]))
    #expect(try decode(#"{"A":[1,2.5]}"#) == ["A": .list([1, .double(2.5)])])
    for body in ["[1]", "{", "nonsense"] {
      #expect { try decode(body) } throws: {
        ($0 as? ServiceError)?.code == "SerializationException"
      }
    }
  }

  @Test func unknownEncodingsAreRefused() {
    let request = WireRequest(
      method: "POST", path: "/", headers: [WireHeader("content-encoding", "gzip")])
    #expect {
      try RequestDecoder.members(
        of: request, body: [1], for: Self.operation(), wireProtocol: .json11)
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
      for: Self.operation(Self.put), wireProtocol: .restXML, labels: ["Bucket": "b", "Key": "a b"])
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
        for: Self.operation(Self.put, streams: true), wireProtocol: .restXML)
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
      wireProtocol: .restJSON, labels: ["FunctionName": "f"])
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
