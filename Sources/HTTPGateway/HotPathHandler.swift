import AWSModel
import AWSWire
import Emulator
import NIOCore
import NIOHTTP1

/// Answers hot operations on the event loop: collects the body, calls the operation with bytes and
/// writes what it replies, without a task or a tree. Everything else passes through untouched.
///
/// Order is kept: a request is taken only while no other of this connection is unanswered, and
/// what arrives while one is being answered waits in `waiting`.
final class HotPathHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private enum State {
    /// Nothing taken.
    case idle
    /// Taken; `body` is arriving.
    case collecting(HotOperation, HTTPRequestHead)
    /// Called; the reply is awaited.
    case answering
    /// A part of the reply has been sent, the head before it.
    case sending
  }

  private let path: HotPath
  private var connection: HotConnection
  private var state = State.idle
  /// Stands outside of the state: what a state holds is copied when it is taken out and added to.
  private var body: [UInt8] = []
  /// Requests passed on whose responses have not ended.
  private var passedOn = 0
  private var context: ChannelHandlerContext?
  private var waiting = CircularBuffer<HTTPServerRequestPart>()
  private var heldEvents: [Any] = []
  private var isReadHeld = false

  init(_ path: HotPath) {
    self.path = path
    connection = HotConnection(path.effects.random)
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelInactive(context: ChannelHandlerContext) {
    self.context = nil
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let part = unwrapInboundIn(data)
    if isBusy {
      waiting.append(part)
    } else {
      take(part, context)
    }
  }

  /// Called and not answered to the end.
  private var isBusy: Bool {
    switch state {
    case .answering, .sending: true
    case .idle, .collecting: false
    }
  }

  private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
    switch (state, part) {
    case (.idle, .head(let head)):
      if passedOn == 0, let operation = hotOperation(head) {
        state = .collecting(operation, head)
        body.reserveCapacity(min(path.bodyBytesReserved, Self.length(of: head) ?? 0))
      } else {
        passedOn += 1
        context.fireChannelRead(wrapInboundOut(part))
      }
    case (.collecting, .body(let chunk)):
      chunk.withUnsafeReadableBytes { body.append(contentsOf: $0) }
    case (.collecting(let operation, let head), .end):
      let document = body
      body = []
      call(operation, head, document, context)
    default:
      context.fireChannelRead(wrapInboundOut(part))
    }
  }

  private func hotOperation(_ head: HTTPRequestHead) -> HotOperation? {
    guard head.method == .POST, head.uri == "/",
      let target = head.headers.first(name: "x-amz-target"),
      let operation = path.environment.hotOperation(target),
      let length = Self.length(of: head), (0...path.bodyBytesMax).contains(length),
      !head.headers.contains(name: "expect"),
      !head.headers.contains(name: "content-encoding"), !head.headers.contains(name: "origin"),
      head.headers.first(name: "content-type").map(Self.isJSON) ?? false
    else { return nil }
    return operation
  }

  /// Another type of JSON takes the general path.
  private static func isJSON(_ contentType: String) -> Bool {
    contentType.utf8.starts(with: "application/x-amz-json-1.".utf8)
  }

  private static func length(of head: HTTPRequestHead) -> Int? {
    head.headers.first(name: "content-length").flatMap(Int.init)
  }

  private func call(
    _ operation: HotOperation, _ head: HTTPRequestHead, _ document: [UInt8],
    _ context: ChannelHandlerContext
  ) {
    state = .answering
    // A stream of HTTP/2 has one request and knows no header about its connection.
    let isKeepAlive = head.version.major > 1 || head.isKeepAlive
    let wire = Self.version(of: head, operation.traits)
    let loop = context.eventLoop
    let handler = NIOLoopBound(self, eventLoop: loop)
    do throws(ServiceError) {
      let requestContext = try connection.context(
        authorization: head.headers.first(name: "authorization") ?? "",
        host: head.headers.first(name: "host") ?? "localhost", emulator: path.emulator)
      let requestID = requestContext.requestID
      let reply = HotReply { part in
        handler.value.send(part, wire, requestID, isKeepAlive)
      } end: { result in
        if loop.inEventLoop {
          handler.value.answer(result, wire, requestID, isKeepAlive)
        } else {
          loop.execute { handler.value.answer(result, wire, requestID, isKeepAlive) }
        }
      }
      operation.invoke(document, requestContext, reply)
    } catch {
      let fault = Emulator.credentialFault(
        error, service: operation.traits.signingName, wire)
      answer(.failure(fault), wire, path.effects.random.uuid(), isKeepAlive)
    }
  }

  /// Whichever version of JSON RPC was asked in; they differ by their content type alone.
  private static func version(of head: HTTPRequestHead, _ traits: ServiceTraits) -> WireProtocol {
    switch head.headers.first(name: "content-type") {
    case "application/x-amz-json-1.0": .json10
    case "application/x-amz-json-1.1": .json11
    default: traits.protocols.first(where: \.isJSONRPC) ?? .json11
    }
  }

  /// The head of an answer; one without a length goes out in parts.
  private func head(
    _ status: HTTPResponseStatus, _ wire: WireProtocol, _ requestID: String, _ isKeepAlive: Bool,
    length: Int?, errorType: String? = nil
  ) -> HTTPResponseHead {
    var headers: [(String, String)] = []
    headers.reserveCapacity(6)
    headers.append(("x-amzn-requestid", requestID))
    headers.append(("content-type", ResponseEncoder.contentType(wire)))
    headers.append(("date", connection.date(at: path.effects.clock.now)))
    if let errorType { headers.append(("x-amzn-errortype", errorType)) }
    if let length { headers.append(("content-length", String(length))) }
    if !isKeepAlive { headers.append(("connection", "close")) }
    return HTTPResponseHead(version: .http1_1, status: status, headers: HTTPHeaders(headers))
  }

  private func send(
    _ part: UnsafeRawBufferPointer, _ wire: WireProtocol, _ requestID: String, _ isKeepAlive: Bool
  ) {
    guard let context, isBusy else { return }
    if case .answering = state {
      let head = head(.ok, wire, requestID, isKeepAlive, length: nil)
      context.write(wrapOutboundOut(.head(head)), promise: nil)
      state = .sending
    }
    let bytes = context.channel.allocator.buffer(bytes: part)
    context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
  }

  private func answer(
    _ result: Result<[UInt8], ServiceError>, _ wire: WireProtocol, _ requestID: String,
    _ isKeepAlive: Bool
  ) {
    // Gone or closed: there is nobody to answer.
    guard let context, isBusy else { return }
    let bytes: [UInt8]
    switch (state, result) {
    case (.sending, .failure):
      // The head has said that all is well: only an end before the end says that it isn't.
      state = .idle
      return context.close(promise: nil)
    case (.sending, .success(let rest)): bytes = rest
    case (_, .success(let document)):
      bytes = document
      let head = head(.ok, wire, requestID, isKeepAlive, length: bytes.count)
      context.write(wrapOutboundOut(.head(head)), promise: nil)
    case (_, .failure(let error)):
      bytes = ErrorEncoder.json(error, wire)
      let head = head(
        HTTPResponseStatus(statusCode: error.status), wire, requestID, isKeepAlive,
        length: bytes.count, errorType: error.code)
      context.write(wrapOutboundOut(.head(head)), promise: nil)
    }
    context.write(
      wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(bytes: bytes)))),
      promise: nil)
    if isKeepAlive {
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    } else {
      let loop = NIOLoopBound(context, eventLoop: context.eventLoop)
      context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
        loop.value.close(promise: nil)
      }
    }
    state = .idle
    resume(context)
  }

  /// Takes what waited: parts until the next hot call, then events and reads.
  private func resume(_ context: ChannelHandlerContext) {
    let waited = !waiting.isEmpty
    while let part = waiting.popFirst() {
      take(part, context)
      if isBusy { break }
    }
    // Parts that were passed on are handed over only when a read is complete.
    if waited { context.fireChannelReadComplete() }
    if isBusy { return }
    let events = heldEvents
    heldEvents = []
    for event in events { context.fireUserInboundEventTriggered(event) }
    if isReadHeld {
      isReadHeld = false
      context.read()
    }
  }

  /// Quiescing and half-closure would end the connection before the reply.
  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch state {
    case .idle: context.fireUserInboundEventTriggered(event)
    case .answering, .sending: heldEvents.append(event)
    case .collecting:
      guard let channelEvent = event as? ChannelEvent, channelEvent == .inputClosed else {
        return heldEvents.append(event)
      }
      // The rest of this body will never come.
      state = .idle
      body = []
      context.fireUserInboundEventTriggered(event)
    }
  }

  func read(context: ChannelHandlerContext) {
    if isBusy {
      isReadHeld = true
    } else {
      context.read()
    }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = unwrapOutboundIn(data) { passedOn -= 1 }
    context.write(data, promise: promise)
  }
}
