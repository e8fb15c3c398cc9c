import AWSModel
import AWSWire
import PropertyTree
import Testing

/// Requests and answers in the form of the model, and back, in each protocol.
@Suite struct ShapingTests {
  static func input(_ operation: String, _ json: String, _ wire: WireProtocol) throws
    -> PropertyValue
  {
    try ValidationTests.facts(operation).input(try JSONReader.read(json), wire)
  }

  /// Trees as the protocols leave them, and what the operation gets.
  @Test(
    arguments: [
      ("kinesis.ListShards", #"{"MaxResults":5,"NextToken":null}"#, .json11, #"{"MaxResults":5}"#),
      (
        "kinesis.ListShards", #"{"StreamName":"s","StreamCreationTimestamp":1.5}"#, .json11,
        #"{"StreamName":"s","StreamCreationTimestamp":1.5}"#
      ),
      (
        "iam.ListRoles", #"{"MaxItems":"7","PathPrefix":"/a/"}"#, .query,
        #"{"MaxItems":7,"PathPrefix":"/a/"}"#
      ),
      (
        "iam.TagRole",
        #"{"RoleName":"r","Tags":{"member":{"2":{"Key":"b","Value":""},"1":{"Key":"a","Value":"x"}}}}"#,
        .query, #"{"RoleName":"r","Tags":[{"Key":"a","Value":"x"},{"Key":"b","Value":""}]}"#
      ),
      (
        "iam.UntagRole", #"{"RoleName":"r","TagKeys":""}"#, .query,
        #"{"RoleName":"r","TagKeys":[]}"#
      ),
      (
        "lambda.UntagResource",
        #"{"Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","TagKeys":"one"}"#,
        .restJSON,
        #"{"Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","TagKeys":["one"]}"#
      ),
      ("lambda.ListFunctions", #"{"MaxItems":"3"}"#, .restJSON, #"{"MaxItems":3}"#),
    ] as [(String, String, WireProtocol, String)])
  func inputs(_ operation: String, _ tree: String, _ wire: WireProtocol, _ members: String) throws {
    #expect(JSONWriter.compact(try Self.input(operation, tree, wire)) == members)
  }

  @Test func aMemberThatTheModelLacksIsRefusedByName() {
    #expect(throws: ServiceError.unsupported("the parameter `Odd` of ListShards")) {
      try Self.input("kinesis.ListShards", #"{"StreamName":"s","Odd":1}"#, .json11)
    }
  }

  @Test(
    arguments: [
      (
        "kinesis.ListShards", #"{"MaxResults":"5"}"#, .json11,
        "STRING_VALUE can not be converted to an Integer"
      ),
      (
        "kinesis.ListShards", #"{"StreamName":5}"#, .json11,
        "NUMBER_VALUE can not be converted to a String"
      ),
      (
        "kinesis.ListShards", #"{"StreamName":["s"]}"#, .json11,
        "Start of list found where not expected"
      ),
      (
        "kinesis.ListShards", #"{"StreamName":{}}"#, .json11,
        "Start of structure or map found where not expected"
      ),
      (
        "kinesis.ListShards", #"{"StreamCreationTimestamp":"now"}"#, .json11,
        "STRING_VALUE can not be converted to milliseconds since epoch"
      ),
      ("kinesis.RemoveTagsFromStream", #"{"TagKeys":"a"}"#, .json11, "Expected list or null"),
      ("kinesis.AddTagsToStream", #"{"Tags":["a"]}"#, .json11, "Expected map or null"),
      (
        "iam.ListRoles", #"{"MaxItems":"many"}"#, .query,
        "STRING_VALUE can not be converted to an Integer"
      ),
    ] as [(String, String, WireProtocol, String)])
  func valuesOfAnotherKind(
    _ operation: String, _ tree: String, _ wire: WireProtocol, _ message: String
  ) throws {
    #expect {
      _ = try Self.input(operation, tree, wire)
    } throws: { error in
      let fault = error as? ServiceError
      return fault?.message == message
        && fault?.code == (wire == .query ? "MalformedInput" : "SerializationException")
    }
  }

  static func answer(
    _ operation: String, _ json: String, _ traits: ServiceTraits, _ http: HTTPTrait? = nil
  ) throws -> WireResponse {
    let facts = try ValidationTests.facts(operation)
    var body = Operation(name: facts.operation.name) { _, _ in OperationOutput() }
    body.http = http ?? HTTPTrait(facts.operation, isAmbiguous: false)
    return ResponseEncoder.encode(
      OperationOutput(members: try JSONReader.read(json)), of: body, traits: traits,
      wireProtocol: traits.wireProtocol, facts: facts,
      requestID: "id-1")
  }

  static func text(_ response: WireResponse) -> String {
    guard case .bytes(let bytes) = response.body else { return "a file" }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func queryAnswersWrapListsAndWriteMoments() throws {
    let response = try Self.answer(
      "iam.ListRoleTags",
      #"{"Tags":[{"Key":"a","Value":"1"},{"Key":"b","Value":"2"}],"IsTruncated":false}"#,
      RequestDecoderTests.query)
    #expect(
      Self.text(response).contains(
        "<ListRoleTagsResult><Tags><member><Key>a</Key><Value>1</Value></member><member>"
          + "<Key>b</Key><Value>2</Value></member></Tags><IsTruncated>false</IsTruncated>"
          + "</ListRoleTagsResult>"))
    let role = try Self.answer(
      "iam.GetRole", #"{"Role":{"RoleName":"r","CreateDate":1700000000}}"#,
      RequestDecoderTests.query)
    #expect(Self.text(role).contains("<CreateDate>2023-11-14T22:13:20Z</CreateDate>"))
  }

  @Test func xmlAnswersNameElementsAndFlattenLists() throws {
    let buckets = try Self.answer(
      "s3.ListBuckets",
      #"{"Buckets":[{"Name":"a","CreationDate":1700000000.5},{"Name":"b"}]}"#,
      RequestDecoderTests.s3)
    #expect(
      Self.text(buckets).contains(
        "<Buckets><Bucket><Name>a</Name><CreationDate>2023-11-14T22:13:20.500Z</CreationDate>"
          + "</Bucket><Bucket><Name>b</Name></Bucket></Buckets>"))
    let objects = try Self.answer(
      "s3.ListObjectsV2", #"{"Contents":[{"Key":"a"},{"Key":"b"}]}"#, RequestDecoderTests.s3)
    #expect(
      Self.text(objects).contains(
        "<Contents><Key>a</Key></Contents><Contents><Key>b</Key></Contents>"))
    let deleted = try Self.answer(
      "s3.DeleteObjects", #"{"Errors":[{"Key":"a","Code":"AccessDenied"}]}"#,
      RequestDecoderTests.s3)
    #expect(Self.text(deleted).contains("<Error><Key>a</Key><Code>AccessDenied</Code></Error>"))
  }

  @Test func headersAreWrittenAsHeaders() throws {
    let head = try Self.answer(
      "s3.HeadObject",
      #"{"LastModified":1700000000,"ETag":"\"e\"","Metadata":{"k":"v"},"ContentLength":3}"#,
      RequestDecoderTests.s3)
    #expect(head.header("last-modified") == "Tue, 14 Nov 2023 22:13:20 GMT")
    #expect(head.header("etag") == "\"e\"")
    #expect(head.header("x-amz-meta-k") == "v")
    #expect(head.header("content-length") == "3")
    let created = try Self.answer(
      "lambda.CreateFunction", #"{"FunctionName":"f"}"#, RequestDecoderTests.lambda)
    #expect(created.status == 201)
    #expect(Self.text(created) == #"{"FunctionName":"f"}"#)
  }

  @Test func jsonAnswersStayAsTheyAre() throws {
    let json = #"{"StreamDescriptionSummary":{"StreamCreationTimestamp":1700000000.5,"Odd":[1]}}"#
    let response = try Self.answer("kinesis.DescribeStreamSummary", json, RequestDecoderTests.json)
    #expect(Self.text(response) == json)
  }
}
