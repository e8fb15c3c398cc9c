import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTP2

/// A connection of whichever HTTP its first bytes speak: HTTP/1.1 as Hummingbird serves it, or HTTP/2
/// by prior knowledge, which is how clients that need many streams at once (Java's asynchronous
/// client, JavaScript's for Kinesis) talk to an address without TLS. In both the hot path stands
/// right behind the decoder, before anything is converted or handed to a task.
struct GatewayChannel: ServerChildChannel {
  let base: HTTP1Channel
  let hotPath: HotPath

  /// A connection whose version is told with its first bytes.
  struct Value: ServerChildChannelValue {
    let channel: any Channel
    fileprivate let connection: EventLoopFuture<Connection>
  }

  fileprivate enum Connection: Sendable {
    case one(HTTP1Channel.Value)
    case two(HTTP2Connection.Streams)
  }

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      let connection = channel.eventLoop.makePromise(of: Connection.self)
      let detector = PrefaceDetector { isHTTP2 in
        let settled =
          isHTTP2
          ? HTTP2Connection.setUp(channel, hotPath).map { Connection.two($0) }
          : setUpFirst(channel, logger).map { Connection.one($0) }
        settled.cascade(to: connection)
        return settled.map { _ in }
      } onEnd: {
        connection.fail(ChannelError.eof)
      }
      try channel.pipeline.syncOperations.addHandler(detector)
      return Value(channel: channel, connection: connection.futureResult)
    }
  }

  private func setUpFirst(
    _ channel: any Channel, _ logger: Logger
  ) -> EventLoopFuture<HTTP1Channel.Value> {
    base.setup(channel: channel, logger: logger).flatMapThrowing { value in
      let pipeline = channel.pipeline.syncOperations
      let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
      try pipeline.addHandler(HotPathHandler(hotPath), position: .after(decoder))
      return value
    }
  }

  func handle(value: Value, logger: Logger) async {
    do {
      switch try await value.connection.get() {
      case .one(let connection): await base.handle(value: connection, logger: logger)
      case .two(let streams):
        try await withThrowingDiscardingTaskGroup { group in
          for try await stream in streams.inbound {
            group.addTask { await base.handle(value: stream, logger: logger) }
          }
        }
      }
    } catch {
      // The connection has ended before it said anything, or broke: there is nobody to tell.
      logger.trace("connection ended: \(error)")
    }
  }
}
