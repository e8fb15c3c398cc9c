import NIOCore
import NIOPosix
import ServiceKit
import Synchronization

/// Connections that come in through one socket and go on to one address, as they are.
///
/// Each side is read only as far as the other takes it, and a half that was closed is closed on the
/// other side too.
final class TCPBridge: NetworkBridge {
  private let listener: any Channel
  private let connections: Connections

  private init(_ listener: any Channel, _ connections: Connections) {
    self.listener = listener
    self.connections = connections
  }

  static func open(
    _ socket: Int32, to host: String, port: Int, on group: any EventLoopGroup
  ) async throws -> TCPBridge {
    let connections = Connections()
    let listener = try await ServerBootstrap(group: group)
      .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      // Nothing is read before the other side is there.
      .childChannelOption(.autoRead, value: false)
      .childChannelInitializer { inner in
        connections.add(inner)
        return connect(inner, to: host, port: port)
      }
      .withBoundSocket(socket).get()
    return TCPBridge(listener, connections)
  }

  deinit { close() }

  func close() {
    listener.close(promise: nil)
    connections.close()
  }

  private static func connect(
    _ inner: any Channel, to host: String, port: Int
  ) -> EventLoopFuture<Void> {
    ClientBootstrap(group: inner.eventLoop)
      .channelOption(.socketOption(.tcp_nodelay), value: 1)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelOption(.autoRead, value: false)
      .connect(host: host, port: port)
      .flatMapThrowing { outer in
        let (ours, theirs) = Half.pair()
        try inner.pipeline.syncOperations.addHandler(ours)
        try outer.pipeline.syncOperations.addHandler(theirs)
      }
  }

  /// The inner sides of the connections under way.
  private final class Connections: Sendable {
    private let channels = Mutex<(open: [ObjectIdentifier: any Channel], isClosed: Bool)>(
      ([:], false))

    func add(_ channel: any Channel) {
      let id = ObjectIdentifier(channel)
      let isClosed = channels.withLock { channels in
        if !channels.isClosed { channels.open[id] = channel }
        return channels.isClosed
      }
      if isClosed { return channel.close(promise: nil) }
      channel.closeFuture.whenComplete { [self] _ in
        channels.withLock { $0.open[id] = nil }
      }
    }

    func close() {
      let open = channels.withLock { channels in
        defer { channels = ([:], true) }
        return channels.open.values
      }
      for channel in open { channel.close(promise: nil) }
    }
  }
}

/// One side of a connection. Both are on one event loop.
private final class Half: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private weak var other: Half?
  private var context: ChannelHandlerContext?
  /// A read that waits until the other side has taken what came before.
  private var wantsToRead = false

  static func pair() -> (Half, Half) {
    let (first, second) = (Half(), Half())
    first.other = second
    second.other = first
    return (first, second)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    // The outer side is connected already; the inner one reads when it becomes active.
    if context.channel.isActive { context.read() }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    other = nil
  }

  func channelActive(context: ChannelHandlerContext) {
    context.read()
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    other?.context?.write(data, promise: nil)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    guard let further = other?.context else { return context.close(promise: nil) }
    further.flush()
    if further.channel.isWritable { context.read() } else { wantsToRead = true }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable, let other, other.wantsToRead {
      other.wantsToRead = false
      other.context?.read()
    }
    context.fireChannelWritabilityChanged()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event as? ChannelEvent == .inputClosed {
      other?.context?.close(mode: .output, promise: nil)
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    other?.context?.close(promise: nil)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // A broken side ends both.
    context.close(promise: nil)
  }
}
