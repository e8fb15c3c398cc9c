import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceKit

/// Serves the Lambda Runtime API (2018-06-01) to function processes, on one event loop.
///
/// Each process gets a listener of its own on 127.0.0.1, so that it can reach no other function's
/// invocations through the address that it is given: this machine's, or that of the network that it
/// alone is in.
public final class RuntimeAPI: FunctionEndpointProvider {
  private let group: (any EventLoopGroup)?

  /// - Parameter group: shared with a server, or nil for the process's own, whose threads start
  ///   with the first function.
  public init(group: (any EventLoopGroup)? = nil) { self.group = group }

  public func open() async throws -> any FunctionEndpoint {
    let exchange = InvocationExchange()
    let channel = try await server(exchange).bind(host: "127.0.0.1", port: 0).get()
    guard let port = channel.localAddress?.port else {
      throw ChannelError.unknownLocalAddress
    }
    return RuntimeEndpoint(address: "127.0.0.1:\(port)", listener: channel, exchange: exchange)
  }

  public func open(on listener: Int32, address: String) async throws -> any FunctionEndpoint {
    let exchange = InvocationExchange()
    let channel = try await server(exchange).withBoundSocket(listener).get()
    return RuntimeEndpoint(address: address, listener: channel, exchange: exchange)
  }

  public func bridge(
    _ listener: Int32, to host: String, port: Int
  ) async throws -> any NetworkBridge {
    try await TCPBridge.open(listener, to: host, port: port, on: loops)
  }

  private var loops: any EventLoopGroup { group ?? MultiThreadedEventLoopGroup.singleton }

  private func server(_ exchange: InvocationExchange) -> ServerBootstrap {
    ServerBootstrap(group: loops)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
      // An answer of megabytes comes in few readings.
      .childChannelOption(
        .recvAllocator,
        value: AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 2048, maximum: 512 << 10)
      )
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline(
            withPipeliningAssistance: false)
          try channel.pipeline.syncOperations.addHandler(RuntimeRequestHandler(exchange))
        }
      }
  }
}

/// One listener and the exchange behind it.
final class RuntimeEndpoint: FunctionEndpoint {
  let address: String
  private let listener: any Channel
  private let exchange: InvocationExchange

  init(address: String, listener: any Channel, exchange: InvocationExchange) {
    self.address = address
    self.listener = listener
    self.exchange = exchange
  }

  deinit { close() }

  func started() async -> FunctionStart { await exchange.started() }

  func invoke(
    _ invocation: FunctionInvocation, stream: ResponseStream?,
    onDelivery: @escaping @Sendable () -> Void
  ) async -> FunctionAnswer {
    await exchange.invoke(invocation, stream: stream, onDelivery: onDelivery)
  }

  func close() {
    exchange.close()
    listener.close(promise: nil)
  }
}
