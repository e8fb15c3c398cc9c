import AWSModel

/// Takes aws-chunked framing off a payload, piece by piece: `<hex size>[;chunk-signature=…]\r\n`
/// before each chunk, a chunk of size 0, then trailers. Chunk signatures are not verified.
public struct ChunkedDecoder: Sendable {
  private enum State: Sendable, Hashable {
    case header
    case content(remaining: Int)
    /// The line end after a chunk's bytes.
    case chunkEnd
    case trailers
    case done
  }

  static let lineBytesMax = 8192
  static let trailersMax = 32

  private var state = State.header
  private var line: [UInt8] = []
  /// Names in lower case; filled when the payload has ended.
  public private(set) var trailers: [WireHeader] = []

  public init() {}

  /// The payload bytes inside `bytes`. Throws `IncompleteBody` and `MalformedTrailerError`.
  public mutating func decode(_ bytes: [UInt8]) throws(ServiceError) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      if case .content(let remaining) = state {
        let count = min(remaining, bytes.count - index)
        out += bytes[index..<(index + count)]
        index += count
        state = count == remaining ? .chunkEnd : .content(remaining: remaining - count)
        continue
      }
      guard state != .done else { throw Self.damaged("bytes after the last chunk") }
      guard let end = bytes[index...].firstIndex(of: 0x0A) else {
        try extendLine(bytes[index...])
        break
      }
      try extendLine(bytes[index..<end])
      index = end + 1
      try takeLine()
    }
    return out
  }

  /// Call when the connection's bytes have ended. Throws `IncompleteBody` when chunks or the
  /// empty line at the end are missing.
  public mutating func finish() throws(ServiceError) {
    switch state {
    case .done: break
    case .trailers: throw Self.damaged("the empty line after the last chunk is missing")
    case .header, .content, .chunkEnd: throw Self.damaged("the last chunk is missing")
    }
  }

  private mutating func extendLine(_ part: ArraySlice<UInt8>) throws(ServiceError) {
    guard line.count + part.count <= Self.lineBytesMax else {
      throw Self.damaged("a chunk header is too long")
    }
    line += part
  }

  private mutating func takeLine() throws(ServiceError) {
    if line.last == 0x0D { line.removeLast() }
    let text = String(decoding: line, as: UTF8.self)
    line.removeAll(keepingCapacity: true)
    switch state {
    case .header:
      let digits = text.prefix { $0 != ";" }
      guard digits.utf8.count <= 12, digits.first?.isHexDigit == true,
        let size = Int(digits, radix: 16)
      else { throw Self.damaged("`\(digits.prefix(20))` is not a chunk size") }
      state = size == 0 ? .trailers : .content(remaining: size)
    case .chunkEnd:
      guard text.isEmpty else { throw Self.damaged("a chunk is longer than its size") }
      state = .header
    case .trailers:
      guard !text.isEmpty else { return state = .done }
      guard trailers.count < Self.trailersMax else { throw Self.damaged("too many trailers") }
      let name = text.prefix { $0 != ":" }
      guard !name.isEmpty, name.endIndex != text.endIndex else {
        throw Self.malformedTrailer("`\(text.prefix(40))` is no header")
      }
      let value = text[name.endIndex...].dropFirst().trimmingSpaces
      trailers.append(WireHeader(String(name[...].trimmingSpaces).lowercased(), String(value)))
    case .content, .done: break
    }
  }

  private static func damaged(_ what: String) -> ServiceError {
    ServiceError(
      "IncompleteBody",
      "The request body terminated unexpectedly: in the aws-chunked body, \(what).")
  }

  static func malformedTrailer(_ what: String) -> ServiceError {
    ServiceError(
      "MalformedTrailerError",
      "The request contained trailing data that was not well-formed or did not conform to our "
        + "published schema: \(what).")
  }
}

extension Substring {
  /// Without spaces and tabs at both ends.
  var trimmingSpaces: Substring {
    var text = self
    while text.first == " " || text.first == "\t" { text.removeFirst() }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return text
  }
}
