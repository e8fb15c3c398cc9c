import NIOCore
import NIOHTTP1
import ServiceKit

/// One connection of a function process: reads requests of the Runtime API, whole, one at a time.
final class RuntimeRequestHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  /// AWS's limit of a response: 6 MiB and some room for its envelope.
  static let bodyBytesMax = 6_291_556

  private let exchange: InvocationExchange
  private var head: HTTPRequestHead?
  private var body: [UInt8] = []
  /// All that came, also what was not kept because of the limit.
  private var bodyCount = 0

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
      bodyCount = 0
    case .body(let buffer):
      bodyCount += buffer.readableBytes
      if bodyCount <= Self.bodyBytesMax { body += buffer.readableBytesView } else { body = [] }
    case .end:
      guard let head else { return }
      self.head = nil
      answer(head, context)
      body = []
    }
  }

  private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let parts = head.uri.split(separator: "/")
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
      post(path[2], requestID: path[1], context)
    default:
      refuse(.notFound, "UnknownOperation", "No such path in the Runtime API.", context)
    }
  }

  private func post(_ kind: Substring, requestID: Substring, _ context: ChannelHandlerContext) {
    let isTooLarge = bodyCount > Self.bodyBytesMax
    let answer: FunctionAnswer
    switch kind {
    case "response": answer = isTooLarge ? .tooLarge(byteCount: bodyCount) : .response(body)
    case "error": answer = isTooLarge ? .tooLarge(byteCount: bodyCount) : .error(body)
    default:
      return refuse(.notFound, "UnknownOperation", "No such path in the Runtime API.", context)
    }
    guard exchange.answered(requestID, answer) == .accepted else {
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
      Self.write(.ok, fields, invocation.payload, to: channel)
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
    Self.write(status, fields, bytes, to: context.channel)
  }

  /// From any thread.
  private static func write(
    _ status: HTTPResponseStatus, _ fields: [(String, String)], _ bytes: [UInt8],
    to channel: any Channel
  ) {
    var headers = HTTPHeaders(fields)
    headers.add(name: "Content-Length", value: String(bytes.count))
    let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
    channel.eventLoop.execute {
      channel.write(HTTPServerResponsePart.head(head), promise: nil)
      channel.write(
        HTTPServerResponsePart.body(.byteBuffer(channel.allocator.buffer(bytes: bytes))),
        promise: nil)
      channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
    }
  }
}
