import AWSModel
import AWSWire
import Testing

@Suite struct PayloadTests {
  /// Hands out bytes in pieces of a given size.
  struct Pieces: RequestBody {
    var bytes: ArraySlice<UInt8>
    var size: Int
    var length: Int64? { nil }

    mutating func next() async throws -> [UInt8]? {
      guard !bytes.isEmpty else { return nil }
      defer { bytes = bytes.dropFirst(size) }
      return Array(bytes.prefix(size))
    }
  }

  static func read(
    _ text: String, pieces: Int, _ headers: [WireHeader]
  ) async throws -> (text: String, trailers: [String]) {
    var body = try PayloadBody(
      Pieces(bytes: Array(text.utf8)[...], size: pieces),
      request: WireRequest(method: "PUT", path: "/b/k", headers: headers))
    let bytes = try await body.collect(upTo: 1000)
    return (
      String(decoding: bytes, as: UTF8.self), body.trailers.map { "\($0.name)=\($0.value)" }
    )
  }

  static let trailer = [
    WireHeader("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
    WireHeader("content-encoding", "aws-chunked"),
    WireHeader("x-amz-trailer", "x-amz-checksum-crc32"),
    WireHeader("x-amz-decoded-content-length", "9"),
  ]

  /// The CRC-32 of `123456789` is CBF43926.
  static let chunked =
    "4\r\n1234\r\n5;chunk-signature=ab\r\n56789\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n"

  @Test(arguments: 1...100) func chunksInPiecesOfAnySize(_ pieces: Int) async throws {
    let (text, trailers) = try await Self.read(Self.chunked, pieces: pieces, Self.trailer)
    #expect(text == "123456789")
    #expect(trailers == ["x-amz-checksum-crc32=y/Q5Jg=="])
  }

  @Test func everyCutIsIncomplete() async {
    for count in 0..<Self.chunked.utf8.count - 1 {
      await #expect(throws: ServiceError.self, "cut at \(count)") {
        // By bytes: a line end is one character and two bytes.
        let cut = String(decoding: Array(Self.chunked.utf8.prefix(count)), as: UTF8.self)
        return try await Self.read(cut, pieces: 7, Self.trailer)
      }
    }
  }

  @Test(arguments: [
    ("x-amz-checksum-crc32", "y/Q5Jg=="), ("x-amz-checksum-crc32c", "4waSgw=="),
    ("x-amz-checksum-crc64nvme", "rosUhgp5mIg="),
    ("x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
    ("x-amz-checksum-sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
    ("content-md5", "JfnnlDI7RTiF9RgfG2JNCw=="),
  ]) func checksumsAreVerified(_ name: String, _ value: String) async throws {
    let (good, _) = try await Self.read("123456789", pieces: 4, [WireHeader(name, value)])
    #expect(good == "123456789")
    await #expect {
      _ = try await Self.read("12345678x", pieces: 4, [WireHeader(name, value)])
    } throws: { ($0 as? ServiceError)?.code == "BadDigest" }
  }

  @Test func boundChecksumsAreLeftToTheOperation() async throws {
    let operation = RequestDecoderTests.operation(
      HTTPTrait("POST", "/{Bucket}", input: ["ChecksumCRC32": .header("x-amz-checksum-crc32")]))
    var body = try PayloadBody(
      BufferedBody(Array("<xml/>".utf8)),
      request: WireRequest(
        method: "POST", path: "/b", headers: [WireHeader("x-amz-checksum-crc32", "y/Q5Jg==")]),
      for: operation)
    #expect(try await body.collect(upTo: 10) == Array("<xml/>".utf8))
  }

  @Test func aDocumentsDigestIsVerifiedThoughItsOperationBindsIt() async throws {
    let operation = RequestDecoderTests.operation(
      HTTPTrait("PUT", "/{Bucket}", input: ["ContentMD5": .header("content-md5")]))
    var body = try PayloadBody(
      BufferedBody(Array("12345678x".utf8)),
      request: WireRequest(
        method: "PUT", path: "/b",
        headers: [WireHeader("content-md5", "JfnnlDI7RTiF9RgfG2JNCw==")]), for: operation)
    await #expect {
      _ = try await body.collect(upTo: 10)
    } throws: { ($0 as? ServiceError)?.code == "BadDigest" }
  }

  @Test func contentHashIsVerified() async throws {
    let hash = "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"
    let headers = [WireHeader("x-amz-content-sha256", hash)]
    #expect(try await Self.read("123456789", pieces: 9, headers).text == "123456789")
    await #expect {
      _ = try await Self.read("x", pieces: 9, headers)
    } throws: { ($0 as? ServiceError)?.code == "XAmzContentSHA256Mismatch" }
  }

  @Test func lengthsAreVerified() async {
    var headers = Self.trailer
    headers[3].value = "10"
    await #expect {
      _ = try await Self.read(Self.chunked, pieces: 9, headers)
    } throws: { ($0 as? ServiceError)?.code == "IncompleteBody" }
  }

  @Test(arguments: [
    "zz\r\n", "-4\r\n1234\r\n", "4\r\n12345\r\n0\r\n\r\n", "fffffffffffff\r\n", "0\r\n\r\nmore",
  ])
  func damagedChunksAreRefused(_ text: String) async {
    await #expect {
      _ = try await Self.read(
        text, pieces: 50,
        [
          WireHeader("content-encoding", "aws-chunked"),
          WireHeader("x-amz-decoded-content-length", "4"),
        ])
    } throws: { ($0 as? ServiceError)?.code == "IncompleteBody" }
  }

  /// Each is the end of `9\r\n123456789\r\n0\r\n` with a checksum announced.
  @Test(arguments: [
    ("\r\n", "MalformedTrailerError"), (":y/Q5Jg==\r\n\r\n", "MalformedTrailerError"),
    ("x-amz-checksum-crc32\r\n\r\n", "MalformedTrailerError"),
    ("x-amz-checksum-sha1:98O8HYCOBHMq32eZZczDTKeuNEE=\r\n\r\n", "MalformedTrailerError"),
    (
      "x-amz-checksum-crc32:y/Q5Jg==\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n",
      "MalformedTrailerError"
    ),
    ("x-amz-checksum-crc32:y/Q5Jg==\r\n", "IncompleteBody"), ("", "IncompleteBody"),
    ("x-amz-checksum-crc32:AAAAAA==\r\n\r\n", "BadDigest"),
    (
      "x-amz-checksum-crc32:y/Q5Jg==\r\nx-amz-trailer-signature:00ff\r\n\r\n", nil
    ),
  ])
  func trailersAreTheAnnouncedOnes(_ end: String, _ code: String?) async throws {
    let text = "9\r\n123456789\r\n0\r\n" + end
    guard let code else {
      return #expect(try await Self.read(text, pieces: 50, Self.trailer).text == "123456789")
    }
    await #expect {
      _ = try await Self.read(text, pieces: 50, Self.trailer)
    } throws: { ($0 as? ServiceError)?.code == code }
  }

  @Test func aTrailerThatNobodyAnnouncedIsRefused() async {
    let headers = Self.trailer.filter { $0.name != "x-amz-trailer" }
    await #expect {
      _ = try await Self.read(Self.chunked, pieces: 50, headers)
    } throws: { ($0 as? ServiceError)?.code == "MalformedTrailerError" }
  }

  @Test func theLengthOfAChunkedPayloadIsTold() async {
    let headers = Self.trailer.filter { $0.name != "x-amz-decoded-content-length" }
    await #expect {
      _ = try await Self.read(Self.chunked, pieces: 50, headers)
    } throws: { ($0 as? ServiceError)?.status == 411 }
  }
}
