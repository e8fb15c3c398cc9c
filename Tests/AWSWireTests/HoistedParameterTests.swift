import AWSWire
import Testing

@Suite struct HoistedParameterTests {
  static let signature =
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=k%2F20261121%2Fus-east-1%2Fs3%2Faws4_request"
    + "&X-Amz-Date=20261121T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=ab"

  static func counted(_ query: String, _ headers: [WireHeader] = []) -> WireRequest {
    WireRequest(
      method: "PUT", target: "/b/k?\(signature)&\(query)", headers: headers, host: "localhost"
    ).countingHoistedParameters()
  }

  @Test(arguments: [
    ("x-amz-meta-colour=dark%20blue", "x-amz-meta-colour", "dark blue"),
    ("X-Amz-Acl=private", "x-amz-acl", "private"),
    ("x-amz-tagging=a%3D1", "x-amz-tagging", "a=1"),
    ("x-amz-server-side-encryption=AES256", "x-amz-server-side-encryption", "AES256"),
    ("x-amz-sdk-checksum-algorithm=CRC32", "x-amz-sdk-checksum-algorithm", "CRC32"),
    ("content-type=image%2Fpng", "content-type", "image/png"),
    ("x-amz-copy-source=%2Fb%2Fa", "x-amz-copy-source", "/b/a"),
  ])
  func parametersOfAPresignedURLCountAsHeaders(_ query: String, _ name: String, _ value: String) {
    let request = Self.counted(query)
    #expect(request.header(name) == value)
    #expect(request.query.count == 6, "the signature's own keys stay")
  }

  @Test func aHeaderWinsOverItsParameter() {
    let request = Self.counted("content-type=a%2Fb", [WireHeader("content-type", "c/d")])
    #expect(request.headers == [WireHeader("content-type", "c/d")])
  }

  @Test func aHoistedChecksumIsNotEnforced() {
    let request = Self.counted("x-amz-checksum-crc32=AAAAAA%3D%3D&versionId=v&x-id=PutObject")
    #expect(request.headers.isEmpty)
    #expect(request.queryValue("versionId") == "v" && request.queryValue("x-id") == "PutObject")
  }
}
