import AWSModel
import PropertyTree

/// A request's payload, freed from aws-chunked framing and checked against what the headers and
/// trailers announce: length, SHA-256, MD5, and S3's flexible checksums.
public struct PayloadBody: RequestBody {
  public let length: Int64?
  /// Trailers of an aws-chunked payload, names in lower case; complete once `next` answered nil.
  public private(set) var trailers: [(name: String, value: String)] = []

  private var base: any RequestBody
  private var decoder: ChunkedDecoder?
  private var checks: [Check]
  /// The trailers that the request announces, names in lower case.
  private let announced: [String]
  private var received: Int64 = 0
  private var isFinished = false

  private struct Check: Sendable {
    var checksum: PayloadChecksum
    /// The name of the trailer that will bring the value, where it is not known yet.
    var trailer: String?
    var expected: String?
    var isHex = false
    var code = "BadDigest"
  }

  /// Reads `base` as the request's headers say.
  ///
  /// - Parameter operation: what will read the payload. Checksums whose headers it binds are its
  ///   own to verify: the whole object's, on CompleteMultipartUpload, is not the payload's.
  public init(
    _ base: any RequestBody, request: WireRequest, for operation: Operation? = nil
  ) throws(ServiceError) {
    self.base = base
    let contentHash = request.header("x-amz-content-sha256") ?? ""
    let isChunked =
      contentHash.hasPrefix("STREAMING-")
      || (request.header("content-encoding") ?? "").split(separator: ",")
        .contains { $0.trimmingSpaces == "aws-chunked" }
    if isChunked {
      decoder = ChunkedDecoder()
      length = request.header("x-amz-decoded-content-length").flatMap(Int64.init)
      guard length != nil else {
        throw ServiceError(
          "MissingContentLength",
          "You must provide the Content-Length HTTP header: `x-amz-decoded-content-length` is "
            + "missing or not a number.", status: 411)
      }
    } else {
      length = base.length
    }
    checks = []
    if contentHash.utf8.count == 64 {
      checks.append(
        Check(
          checksum: .sha256, expected: contentHash, isHex: true,
          code: "XAmzContentSHA256Mismatch"))
    }
    var bound: Set<String> = []
    for case .header(let name) in (operation?.http?.input ?? [:]).values {
      bound.insert(name.lowercased())
    }
    // A document's digest is the payload's, whoever else binds it.
    let isDocument = operation?.streamsBody == false
    if let md5 = request.header("content-md5"), isDocument || !bound.contains("content-md5") {
      checks.append(Check(checksum: .md5, expected: md5))
    }
    for header in request.headers where !bound.contains(header.name) {
      if let checksum = PayloadChecksum(header: header.name) {
        checks.append(Check(checksum: checksum, expected: header.value))
      }
    }
    announced = (request.header("x-amz-trailer") ?? "").split(separator: ",").map {
      $0.trimmingSpaces.lowercased()
    }
    for trailer in announced {
      guard let checksum = PayloadChecksum(header: trailer) else {
        throw ServiceError(
          "InvalidRequest", "The value specified in the x-amz-trailer header is not supported")
      }
      if bound.contains("x-amz-trailer"), !isDocument { continue }
      checks.append(Check(checksum: checksum, trailer: trailer))
    }
  }

  public mutating func next() async throws -> [UInt8]? {
    while !isFinished {
      guard let raw = try await base.next() else {
        try finish()
        return nil
      }
      let bytes = try decoder == nil ? raw : decode(raw)
      if bytes.isEmpty { continue }
      received += Int64(bytes.count)
      if let length, received > length { throw Self.incomplete }
      for index in checks.indices { checks[index].checksum.update(bytes) }
      return bytes
    }
    return nil
  }

  private mutating func decode(_ raw: [UInt8]) throws(ServiceError) -> [UInt8] {
    try decoder?.decode(raw) ?? raw
  }

  private mutating func finish() throws(ServiceError) {
    isFinished = true
    try decoder?.finish()
    trailers = decoder?.trailers.map { ($0.name, $0.value) } ?? []
    try checkTrailers()
    if let length, received != length { throw Self.incomplete }
    for check in checks {
      let expected = check.expected ?? trailers.first { $0.name == check.trailer }?.value
      guard let expected else { continue }
      let digest = check.checksum.finish()
      let actual = check.isHex ? Hex.encode(digest) : Base64.encode(digest)
      guard actual == (check.isHex ? expected.lowercased() : expected) else {
        throw ServiceError(
          check.code, "The payload does not match the checksum that the request announces.")
      }
    }
  }

  /// The trailers that come must be those announced, beside the signature over them.
  private func checkTrailers() throws(ServiceError) {
    let sent = trailers.map(\.name).filter { $0 != "x-amz-trailer-signature" }
    for name in sent where !announced.contains(name) {
      throw ChunkedDecoder.malformedTrailer("the trailer `\(name.prefix(60))` was not announced")
    }
    for name in announced where sent.count(where: { $0 == name }) != 1 {
      throw ChunkedDecoder.malformedTrailer("the trailer `\(name)` was announced")
    }
  }

  private static let incomplete = ServiceError(
    "IncompleteBody",
    "You did not provide the number of bytes specified by the Content-Length HTTP header")
}
