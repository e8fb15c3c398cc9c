/// The bytes of a request as they arrive, already freed from aws-chunked framing.
public protocol RequestBody: Sendable {
  /// The announced length of the payload, where the client gave one.
  var length: Int64? { get }
  /// The next chunk, or nil at the end. Throws `ServiceError` when the payload is damaged
  /// (`IncompleteBody`, `XAmzContentSHA256Mismatch`, `BadDigest`).
  mutating func next() async throws -> [UInt8]?
  /// Trailers of an aws-chunked payload (`x-amz-checksum-crc32`), names in lower case; complete
  /// once `next` has answered nil.
  var trailers: [(name: String, value: String)] { get }
}

extension RequestBody {
  public var trailers: [(name: String, value: String)] { [] }

  /// The value of a trailing header (lower-case name), once `next` has answered nil; nil where
  /// the transfer had none.
  public func trailer(_ name: String) -> String? {
    trailers.first { $0.name == name }?.value
  }

  /// All of it, up to `limit` bytes; more is `RequestEntityTooLarge`, 413.
  public mutating func collect(upTo limit: Int) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    while let chunk = try await next() {
      guard bytes.count + chunk.count <= limit else {
        throw ServiceError(
          "RequestEntityTooLarge", "The request is larger than \(limit) bytes.", status: 413)
      }
      bytes += chunk
    }
    return bytes
  }
}

/// A payload that is in memory already.
public struct BufferedBody: RequestBody {
  private var bytes: [UInt8]?
  public let length: Int64?
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    length = Int64(bytes.count)
  }
  public mutating func next() async throws -> [UInt8]? {
    defer { bytes = nil }
    return bytes
  }
}

/// The bytes of an answer.
public enum ResponseBody: Sendable {
  case bytes([UInt8])
  /// `count` bytes of the file at `path`, from `offset`.
  case file(path: String, offset: Int64, count: Int64)
  /// Pieces that come as they are made, each sent before the next one is asked for.
  case stream(ByteStream)
}
