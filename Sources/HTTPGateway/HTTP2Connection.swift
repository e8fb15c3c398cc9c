import HummingbirdCore
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOHTTPTypesHTTP1

/// The pipelines of an HTTP/2 connection and its streams. A stream becomes what a connection of
/// HTTP/1.1 with one request is, so that everything behind it is the same.
enum HTTP2Connection {
  typealias Streams = NIOHTTP2Handler.AsyncStreamMultiplexer<HTTP1Channel.Value>

  /// Bytes that a client may send on a stream before it waits for room: a batch of records.
  private static let windowBytes = 1 << 20
  /// Bytes that are kept for a client that reads slowly, before a stream's writer waits.
  private static let outboundBytesMax = 256 << 10
  /// Streams at once on a connection, as AWS's endpoints allow.
  private static let streamsMax = 128
  private static let headerBytesMax = 80 << 10

  static func setUp(_ channel: any Channel, _ hotPath: HotPath) -> EventLoopFuture<Streams> {
    channel.eventLoop.makeCompletedFuture {
      let pipeline = channel.pipeline.syncOperations
      let manager = NIOHTTP2ServerConnectionManagementHandler(
        eventLoop: channel.eventLoop, configuration: .defaults)
      let streams = try pipeline.configureAsyncHTTP2Pipeline(
        mode: .server, streamDelegate: manager.http2StreamDelegate, configuration: configuration
      ) { stream in
        stream.eventLoop.makeCompletedFuture { try setUp(stream: stream, hotPath) }
      }
      try pipeline.addHandlers(manager, EndOfInput())
      return streams
    }
  }

  private static var configuration: NIOHTTP2Handler.Configuration {
    var configuration = NIOHTTP2Handler.Configuration()
    configuration.connection.initialSettings = [
      HTTP2Setting(parameter: .maxConcurrentStreams, value: streamsMax),
      HTTP2Setting(parameter: .maxHeaderListSize, value: headerBytesMax),
      HTTP2Setting(parameter: .initialWindowSize, value: windowBytes),
    ]
    configuration.stream.targetWindowSize = windowBytes
    configuration.stream.outboundBufferSizeHighWatermark = outboundBytesMax
    configuration.stream.outboundBufferSizeLowWatermark = outboundBytesMax / 2
    return configuration
  }

  private static func setUp(
    stream: any Channel, _ hotPath: HotPath
  ) throws -> HTTP1Channel.Value {
    let pipeline = stream.pipeline.syncOperations
    try pipeline.addHandler(HTTP2FramePayloadToHTTP1ServerCodec())
    try pipeline.addHandler(HotPathHandler(hotPath))
    try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
    return try NIOAsyncChannel(
      wrappingChannelSynchronously: stream,
      configuration: .init(isOutboundHalfClosureEnabled: true))
  }
}

/// Ends a connection of HTTP/2 whose client has closed its side: it could give no more room, so
/// nothing can be answered in full.
private final class EndOfInput: ChannelInboundHandler {
  typealias InboundIn = HTTP2Frame

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let event = event as? ChannelEvent, event == .inputClosed {
      context.close(promise: nil)
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }
}
