import NIOCore
import NIOPosix

/// Speaks HTTP/1.1 byte by byte over one connection, so that tests see what is on the wire.
struct RawClient {
  struct Response: Sendable {
    var status: Int
    var headers: [String: String]
    var body: String
  }

  private let inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
  private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  private let reader: Reader

  private final class Reader {
    var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    var buffer: [UInt8] = []
    init(_ iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator) {
      self.iterator = iterator
    }
  }

  private init(
    _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
    _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  ) {
    self.inbound = inbound.makeAsyncIterator()
    self.outbound = outbound
    reader = Reader(self.inbound)
  }

  /// Connects, runs `body` and closes.
  static func connected(to port: Int, _ body: (RawClient) async throws -> Void) async throws {
    let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    try await channel.executeThenClose { inbound, outbound in
      try await body(RawClient(inbound, outbound))
    }
  }

  func send(_ text: String) async throws {
    try await outbound.write(ByteBuffer(string: text))
  }

  /// The next response; nil when the connection has ended.
  func receive(hasBody: Bool = true) async throws -> Response? {
    guard let head = try await readHead() else { return nil }
    let lines = head.split(separator: "\r\n").map(String.init)
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] =
        line[line.index(after: colon)...]
        .drop { $0 == " " }.description
    }
    let status = Int(lines[0].split(separator: " ")[1]) ?? 0
    var response = Response(status: status, headers: headers, body: "")
    if hasBody, status >= 200 {
      response.body = try await readBody(headers)
    }
    return response
  }

  /// True when the server has ended the connection.
  func isClosed() async throws -> Bool { try await !fill() }

  private func fill() async throws -> Bool {
    guard let more = try await reader.iterator.next() else { return false }
    reader.buffer += Array(more.readableBytesView)
    return true
  }

  private func readHead() async throws -> String? {
    while true {
      if let end = Self.find("\r\n\r\n", reader.buffer) {
        let head = String(decoding: reader.buffer[..<end], as: UTF8.self)
        reader.buffer.removeFirst(end + 4)
        return head
      }
      guard try await fill() else { return nil }
    }
  }

  private func readBody(_ headers: [String: String]) async throws -> String {
    if headers["transfer-encoding"] == "chunked" {
      while Self.find("0\r\n\r\n", reader.buffer) == nil { guard try await fill() else { break } }
      defer { reader.buffer = [] }
      return String(decoding: reader.buffer, as: UTF8.self)
    }
    let length = headers["content-length"].flatMap(Int.init) ?? 0
    while reader.buffer.count < length { guard try await fill() else { break } }
    let body = String(decoding: reader.buffer.prefix(length), as: UTF8.self)
    reader.buffer.removeFirst(min(length, reader.buffer.count))
    return body
  }

  private static func find(_ text: String, _ bytes: [UInt8]) -> Int? {
    let needle = Array(text.utf8)
    guard bytes.count >= needle.count else { return nil }
    return (0...bytes.count - needle.count).first { bytes[$0...].starts(with: needle) }
  }
}
