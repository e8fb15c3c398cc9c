import NIOCore
import NIOHTTP1
import PropertyTree
import ServiceKit

/// One connection of a function process: reads requests of the Runtime API, whole, one at a time.
final class RuntimeRequestHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  /// AWS's limit of a response: 6 MiB and some room for its envelope.
  static let bodyBytesMax = 6_291_556
  /// AWS's limit of a streamed response: 200 MiB.
  static let streamBytesMax = 209_715_200

  private let exchange: InvocationExchange
  private var head: HTTPRequestHead?
  private var body: [UInt8] = []
  /// All that came, also what was not kept because of the limit.
  private var bodyCount = 0
  /// Takes the body as it comes, where it is a response that somebody waits for as a stream.
  private var stream: ResponseStream?
  /// An answer is written and not sent: what follows may go along.
  private var isUnsent = false

  init(_ exchange: InvocationExchange) { self.exchange = exchange }

  func channelActive(context: ChannelHandlerContext) {
    exchange.connected(context.channel)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    exchange.disconnected(context.channel)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // A broken request or connection ends the connection; the process's end follows from it.
    context.close(promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body = []
      if let length = head.headers.first(name: "Content-Length").flatMap({ Int($0) }) {
        // A large answer is not moved as it grows.
        body.reserveCapacity(min(max(0, length), Self.bodyBytesMax))
      }
      bodyCount = 0
      stream = responseStream(head)
      stream?.begin(
        contentType: head.headers.first(name: "content-type") ?? "application/octet-stream")
      // curl asks before it sends more than a megabyte.
      if head.headers[canonicalForm: "expect"].contains("100-continue") {
        let goOn = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(goOn)), promise: nil)
      }
    case .body(let buffer): take(buffer, context)
    case .end(let trailers):
      guard let head else { return }
      self.head = nil
      if let stream {
        endStream(stream, head, trailers, context)
      } else {
        answer(head, trailers, context)
      }
      body = []
      stream = nil
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    if isUnsent {
      isUnsent = false
      context.flush()
    }
    context.fireChannelReadComplete()
  }

  private func take(_ buffer: ByteBuffer, _ context: ChannelHandlerContext) {
    bodyCount += buffer.readableBytes
    guard let stream else {
      if bodyCount <= Self.bodyBytesMax {
        buffer.withUnsafeReadableBytes { body.append(contentsOf: $0) }
      } else {
        body = []
      }
      return
    }
    guard bodyCount <= Self.streamBytesMax else { return }
    let channel = context.channel
    let hasRoom = stream.write(Array(buffer.readableBytesView)) {
      channel.setOption(.autoRead, value: true).whenSuccess { channel.read() }
    }
    if !hasRoom {
      channel.setOption(.autoRead, value: false).whenFailure { _ in channel.close(promise: nil) }
    }
  }

  // MARK: Streamed responses

  private static let modeHeader = "Lambda-Runtime-Function-Response-Mode"
  private static let errorTypeTrailer = "Lambda-Runtime-Function-Error-Type"
  private static let errorBodyTrailer = "Lambda-Runtime-Function-Error-Body"

  private static func isStreamed(_ head: HTTPRequestHead) -> Bool {
    head.headers.first(name: modeHeader)?.lowercased() == "streaming"
  }

  /// The stream of the call that a streamed response answers; nil for any other request.
  private func responseStream(_ head: HTTPRequestHead) -> ResponseStream? {
    let parts = head.uri.split(separator: "/")
    guard Self.isStreamed(head), head.method == .POST, parts.count == 5, parts[4] == "response"
    else { return nil }
    return exchange.stream(of: parts[3])
  }

  /// The error that a response's trailers tell, which came up after its first bytes.
  private static func error(in trailers: HTTPHeaders?) -> FunctionAnswer? {
    guard let type = trailers?.first(name: errorTypeTrailer) else { return nil }
    let document = trailers?.first(name: errorBodyTrailer).flatMap { Base64.decode($0) }
    return .brokenOff(
      type: type, document: document ?? Array(#"{"errorType":"\#(type)"}"#.utf8))
  }

  private func endStream(
    _ stream: ResponseStream, _ head: HTTPRequestHead, _ trailers: HTTPHeaders?,
    _ context: ChannelHandlerContext
  ) {
    let answer: FunctionAnswer =
      bodyCount > Self.streamBytesMax
      ? .tooLarge(byteCount: bodyCount) : Self.error(in: trailers) ?? .streamed
    let requestID = head.uri.split(separator: "/")[3]
    accept(exchange.answered(requestID, answer), bodyCount > Self.streamBytesMax, context)
  }

  private func answer(
    _ head: HTTPRequestHead, _ trailers: HTTPHeaders?, _ context: ChannelHandlerContext
  ) {
    let parts = head.uri.split(separator: "/")
    if let name = Self.refusedInterfaces[parts.prefix(2).joined(separator: "/")] {
      return refuse(
        .forbidden, "Extension.NotSupported", "Leat does not implement Lambda's \(name).", context)
    }
    guard parts.first == "2018-06-01", parts.dropFirst().first == "runtime" else {
      return refuse(.notFound, "UnknownOperation", "No such path in the Runtime API.", context)
    }
    switch (head.method, Array(parts.dropFirst(2))) {
    case (.GET, ["invocation", "next"]): next(context)
    case (.POST, ["init", "error"]):
      exchange.failedToStart(body)
      send(
        .accepted, [("Content-Type", "application/json")], Array(#"{"status":"OK"}"#.utf8), context)
    case (.POST, let path) where path.count == 3 && path[0] == "invocation":
      post(path[2], requestID: path[1], Self.error(in: trailers), context)
    default:
      refuse(.notFound, "UnknownOperation", "No such path in the Runtime API.", context)
    }
  }

  /// Interfaces of extensions, by the beginnings of their paths.
  private static let refusedInterfaces = [
    "2020-01-01/extension": "Extensions API", "2020-08-15/logs": "Logs API",
    "2022-07-01/telemetry": "Telemetry API",
  ]

  private func post(
    _ kind: Substring, requestID: Substring, _ failure: FunctionAnswer?,
    _ context: ChannelHandlerContext
  ) {
    let isTooLarge = bodyCount > Self.bodyBytesMax
    let answer: FunctionAnswer
    switch kind {
    case "response":
      answer = isTooLarge ? .tooLarge(byteCount: bodyCount) : failure ?? .response(body)
    case "error": answer = isTooLarge ? .tooLarge(byteCount: bodyCount) : .error(body)
    default:
      return refuse(.notFound, "UnknownOperation", "No such path in the Runtime API.", context)
    }
    accept(exchange.answered(requestID, answer), isTooLarge, context)
  }

  private func accept(
    _ acceptance: InvocationExchange.Acceptance, _ isTooLarge: Bool,
    _ context: ChannelHandlerContext
  ) {
    guard acceptance == .accepted else {
      return refuse(.badRequest, "InvalidRequestID", "Invalid request ID", context)
    }
    if isTooLarge {
      return refuse(
        .payloadTooLarge, "RequestEntityTooLarge",
        "Exceeded maximum allowed payload size (\(Self.bodyBytesMax) bytes).", context)
    }
    send(
      .accepted, [("Content-Type", "application/json")], Array(#"{"status":"OK"}"#.utf8), context)
  }

  private func next(_ context: ChannelHandlerContext) {
    let channel = context.channel
    // A process that asks for more in the same breath as it answers need not wake for the answer's
    // answer: the next invocation brings it along.
    isUnsent = false
    exchange.next(on: channel) { invocation in
      var fields: [(String, String)] = [
        ("Content-Type", "application/json"),
        ("Lambda-Runtime-Aws-Request-Id", invocation.requestID),
        ("Lambda-Runtime-Deadline-Ms", String(invocation.deadlineMilliseconds)),
        ("Lambda-Runtime-Invoked-Function-Arn", invocation.functionARN),
        ("Lambda-Runtime-Trace-Id", invocation.traceID),
      ]
      if let client = invocation.clientContext {
        fields.append(("Lambda-Runtime-Client-Context", client))
      }
      if let identity = invocation.cognitoIdentity {
        fields.append(("Lambda-Runtime-Cognito-Identity", identity))
      }
      if let now = invocation.nowMilliseconds { fields.append(("Leat-Now-Ms", String(now))) }
      let head = Self.head(.ok, fields, invocation.payload)
      channel.eventLoop.execute {
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        channel.write(
          HTTPServerResponsePart.body(
            .byteBuffer(channel.allocator.buffer(bytes: invocation.payload))), promise: nil)
        channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
      }
    }
  }

  private func refuse(
    _ status: HTTPResponseStatus, _ type: String, _ message: String,
    _ context: ChannelHandlerContext
  ) {
    let document = #"{"errorType":"\#(type)","errorMessage":"\#(message)"}"#
    send(status, [("Content-Type", "application/json")], Array(document.utf8), context)
  }

  private func send(
    _ status: HTTPResponseStatus, _ fields: [(String, String)], _ bytes: [UInt8],
    _ context: ChannelHandlerContext
  ) {
    context.write(wrapOutboundOut(.head(Self.head(status, fields, bytes))), promise: nil)
    context.write(
      wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(bytes: bytes)))),
      promise: nil)
    context.write(wrapOutboundOut(.end(nil)), promise: nil)
    isUnsent = true
  }

  private static func head(
    _ status: HTTPResponseStatus, _ fields: [(String, String)], _ bytes: [UInt8]
  ) -> HTTPResponseHead {
    var headers = HTTPHeaders(fields)
    headers.add(name: "Content-Length", value: String(bytes.count))
    return HTTPResponseHead(version: .http1_1, status: status, headers: headers)
  }
}
