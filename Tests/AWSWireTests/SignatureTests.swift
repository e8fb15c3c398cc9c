import AWSModel
import AWSWire
import Effects
import Testing

@Suite struct SignatureTests {
  static let header =
    "AWS4-HMAC-SHA256 Credential=123456789012/20261121/eu-west-1/kinesis/aws4_request, "
    + "SignedHeaders=host;x-amz-date, Signature=abc"

  @Test func authorizationHeader() {
    let signature = Signature.parse(authorization: Self.header)
    #expect(
      signature
        == Signature(accessKeyID: "123456789012", region: "eu-west-1", service: "kinesis"))
    #expect(
      Signature.parse(authorization: "AWS AKID:sig")
        == Signature(accessKeyID: "AKID", region: "", service: "s3"))
    #expect(
      Signature.parse(
        authorization: "AWS4-ECDSA-P256-SHA256 Credential=AK/20261121/s3/aws4_request, x=y")
        == Signature(accessKeyID: "AK", region: "", service: "s3"))
  }

  @Test(arguments: [
    "", "Bearer x", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=a/b",
    "AWS4-HMAC-SHA256 Credential=a/b/c/d/e", "AWS4-HMAC-SHA256 Credential=////aws4_request",
  ]) func damagedHeadersNameNobody(_ header: String) {
    #expect(Signature.parse(authorization: header) == nil)
  }

  @Test(arguments: [
    ("123456789012", "123456789012"), ("test", "000000000000"),
    ("AKIAIOSFODNN7EXAMPLE", "000000000000"), ("12345678901", "000000000000"),
    ("١٢٣٤٥٦", "000000000000"),
  ]) func accounts(_ key: String, _ account: String) {
    #expect(Signature.account(ofAccessKey: key).text == account)
  }

  static func presigned(_ query: String) throws -> Signature? {
    try Signature.parse(WireRequest(method: "GET", target: "/b/k?\(query)", host: "localhost"))
  }

  static let scope = "X-Amz-Credential=test%2F20261121%2Fus-east-1%2Fs3%2Faws4_request"

  @Test func presignedRequestsExpire() throws {
    let signature = try #require(
      try Self.presigned("\(Self.scope)&X-Amz-Date=20261121T050000Z&X-Amz-Expires=60"))
    let end = Timestamp(year: 2026, month: 11, day: 21, hour: 5, minute: 1)
    #expect(signature.expires == end)
    try signature.checkExpiry(now: end)
    #expect { try signature.checkExpiry(now: end.adding(milliseconds: 1)) } throws: { error in
      let fault = error as? ServiceError
      return fault?.code == "AccessDenied" && fault?.status == 403
        && fault?.message == "Request has expired"
    }
  }

  @Test func olderPresignedRequestsExpire() throws {
    let signature = try #require(
      try Self.presigned("AWSAccessKeyId=test&Signature=x&Expires=1000"))
    #expect(signature.expires == Timestamp(milliseconds: 1_000_000))
  }

  @Test(arguments: [
    "\(scope)&X-Amz-Date=20261121T050000Z&X-Amz-Expires=604801",
    "\(scope)&X-Amz-Date=20261121&X-Amz-Expires=60", "\(scope)&X-Amz-Expires=60",
    "\(scope)&X-Amz-Date=20261321T050000Z&X-Amz-Expires=60", "X-Amz-Credential=x",
    "AWSAccessKeyId=test&Signature=x", "AWSAccessKeyId=test&Expires=99999999999999999",
  ]) func damagedPresignedRequestsAreRefused(_ query: String) {
    #expect { try Self.presigned(query) } throws: {
      ($0 as? ServiceError)?.code == "AuthorizationQueryParametersError"
    }
  }
}
