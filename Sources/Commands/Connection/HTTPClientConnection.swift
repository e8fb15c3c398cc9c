import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// One keep-alive HTTP/1.1 connection to an endpoint on this machine; one request at a time.
/// There is no TLS here, because the endpoint is on loopback.
final class HTTPClientConnection: Sendable {
  struct Answer: Sendable {
    var status: Int
    var headers: [(name: String, value: String)]
    /// The body's chunks as they come.
    var chunks: AsyncThrowingStream<[UInt8], any Error>

    func collect() async throws -> [UInt8] {
      var bytes: [UInt8] = []
      for try await chunk in chunks { bytes += chunk }
      return bytes
    }
  }

  private let channel: any Channel
  private let host: String

  private init(channel: any Channel, host: String) {
    self.channel = channel
    self.host = host
  }

  /// - Parameter endpoint: `http://127.0.0.1:4566`.
  static func connect(to endpoint: String) async throws -> HTTPClientConnection {
    guard let address = EndpointAddress(endpoint) else {
      throw EndpointFailure("`\(endpoint)` is not an address of the form http://host:port")
    }
    let channel: any Channel
    do {
      channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .channelOption(.socketOption(.tcp_nodelay), value: 1)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHTTPClientHandlers()
            try channel.pipeline.syncOperations.addHandler(AnswerHandler())
          }
        }
        .connect(host: address.host, port: address.port).get()
    } catch {
      throw EndpointFailure("no answer from \(endpoint): \(error)")
    }
    return HTTPClientConnection(channel: channel, host: "\(address.host):\(address.port)")
  }

  func request(
    _ method: String, _ path: String, headers: [(String, String)] = [], body: [UInt8] = []
  ) async throws -> Answer {
    var head = HTTPRequestHead(version: .http1_1, method: HTTPMethod(rawValue: method), uri: path)
    head.headers.add(name: "host", value: host)
    head.headers.add(name: "content-length", value: String(body.count))
    for (name, value) in headers { head.headers.add(name: name, value: value) }
    let request = OutgoingRequest(head: head, body: channel.allocator.buffer(bytes: body))
    return try await withCheckedThrowingContinuation { continuation in
      request.onHead = { continuation.resume(with: $0) }
      // A connection that is closed already has nobody left in it who would answer.
      channel.writeAndFlush(request).whenFailure { _ in
        request.answer(.failure(EndpointFailure("the server closed the connection")))
      }
    }
  }

  func close() async {
    // A connection that is closed already is what we want.
    try? await channel.close()
  }
}

/// The reason why an endpoint could not be asked.
struct EndpointFailure: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}

struct EndpointAddress {
  var host: String
  var port: Int

  init?(_ endpoint: String) {
    guard endpoint.hasPrefix("http://") else { return nil }
    let rest = endpoint.dropFirst(7).prefix { $0 != "/" }
    guard let colon = rest.lastIndex(of: ":"), let port = Int(rest[rest.index(after: colon)...])
    else { return nil }
    host = String(rest[..<colon])
    self.port = port
  }
}

/// Travels down the pipeline; answered through `onHead`, once.
final class OutgoingRequest: Sendable {
  let head: HTTPRequestHead
  let body: ByteBuffer
  private let callback = Mutex<
    (@Sendable (Result<HTTPClientConnection.Answer, any Error>) -> Void)?
  >(nil)

  init(head: HTTPRequestHead, body: ByteBuffer) {
    self.head = head
    self.body = body
  }

  var onHead: (@Sendable (Result<HTTPClientConnection.Answer, any Error>) -> Void)? {
    get { callback.withLock { $0 } }
    set { callback.withLock { $0 = newValue } }
  }

  func answer(_ result: Result<HTTPClientConnection.Answer, any Error>) {
    let callback = callback.withLock { callback in
      defer { callback = nil }
      return callback
    }
    callback?(result)
  }
}

private final class AnswerHandler: ChannelDuplexHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundIn = OutgoingRequest
  typealias OutboundOut = HTTPClientRequestPart

  private var current: OutgoingRequest?
  private var chunks: AsyncThrowingStream<[UInt8], any Error>.Continuation?

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let request = unwrapOutboundIn(data)
    current = request
    context.write(wrapOutboundOut(.head(request.head)), promise: nil)
    if request.body.readableBytes > 0 {
      context.write(wrapOutboundOut(.body(.byteBuffer(request.body))), promise: nil)
    }
    context.write(wrapOutboundOut(.end(nil)), promise: promise)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      let (stream, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
      chunks = continuation
      let headers = head.headers.map { (name: $0.name.lowercased(), value: $0.value) }
      current?.answer(
        .success(.init(status: Int(head.status.code), headers: headers, chunks: stream)))
      current = nil
    case .body(let buffer): chunks?.yield(Array(buffer.readableBytesView))
    case .end:
      chunks?.finish()
      chunks = nil
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    fail(error)
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    fail(EndpointFailure("the server closed the connection"))
  }

  private func fail(_ error: any Error) {
    current?.answer(.failure(error))
    current = nil
    chunks?.finish(throwing: error)
    chunks = nil
  }
}
