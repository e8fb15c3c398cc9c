import NIOCore

/// Tells by a connection's first bytes whether they are HTTP/2's preface (RFC 9113, section 3.4), has
/// the pipeline built for what they are, hands them on, and leaves.
final class PrefaceDetector: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  private let build: (_ isHTTP2: Bool) -> EventLoopFuture<Void>
  private let onEnd: () -> Void
  private var held = ByteBuffer()
  private var heldEvents: [Any] = []
  private var isSettled = false

  /// - Parameters:
  ///   - build: called once, on the event loop; a failure closes the connection.
  ///   - onEnd: called in its place where the connection ends before its version is told.
  init(
    build: @escaping (_ isHTTP2: Bool) -> EventLoopFuture<Void>, onEnd: @escaping () -> Void
  ) {
    self.build = build
    self.onEnd = onEnd
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    if held.readableBytes == 0 { held = bytes } else { held.writeBuffer(&bytes) }
    guard !isSettled else { return }
    let begin = held.readableBytesView.prefix(Self.preface.count)
    let isHTTP2 = Self.preface.starts(with: begin)
    // A request that begins like the preface and isn't it shows so within 24 bytes.
    if isHTTP2 && begin.count < Self.preface.count { return }
    isSettled = true
    let loop = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    build(isHTTP2).whenComplete { result in
      let (handler, context) = loop.value
      switch result {
      case .success: handler.leave(context)
      case .failure: context.close(promise: nil)
      }
    }
  }

  private func leave(_ context: ChannelHandlerContext) {
    context.fireChannelRead(wrapInboundOut(held))
    context.fireChannelReadComplete()
    for event in heldEvents { context.fireUserInboundEventTriggered(event) }
    context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if isSettled {
      heldEvents.append(event)
    } else {
      // The server stops, or the client has nothing to say: nothing was asked.
      context.close(promise: nil)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    if !isSettled {
      isSettled = true
      onEnd()
    }
    context.fireChannelInactive()
  }
}
