import AWSModel
import AWSWire
import Effects
import Emulator
import Glibc
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// The address of the gateway and the requests that it takes.
public struct GatewayConfiguration: Sendable {
  /// Loopback unless someone asks for more.
  public var host: String
  /// 0 asks the system for a free port.
  public var port: Int
  /// The longest body of a request that is not streamed, in bytes.
  public var bodyBytesMax: Int

  public init(host: String = "127.0.0.1", port: Int = 4566, bodyBytesMax: Int = 16 << 20) {
    self.host = host
    self.port = port
    self.bodyBytesMax = bodyBytesMax
  }
}

/// The address that the gateway has bound.
public struct GatewayAddress: Sendable, Hashable {
  public var host: String
  public var port: Int
  /// `http://127.0.0.1:4566`
  public var url: String { "http://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}

/// The address could not be bound: nothing listens.
public struct GatewayFailure: Error, Sendable, Hashable, CustomStringConvertible {
  public var host: String
  public var port: Int
  /// The system's words: `Address already in use`.
  public var reason: String
  /// Another socket has the port.
  public var isTaken: Bool

  init(_ configuration: GatewayConfiguration, _ error: any Error) {
    host = configuration.host
    port = configuration.port
    let number = (error as? IOError)?.errnoCode
    reason = number.map { String(cString: strerror($0)) } ?? "\(error)"
    isTaken = number == EADDRINUSE
  }

  public var description: String { "can't listen on port \(port) of \(host): \(reason)" }
}

/// Serves the emulator over HTTP/1.1, and `/_leat/…` through a `ControlEndpoint`.
public struct Gateway: Sendable {
  private let configuration: GatewayConfiguration
  private let environment: ServedEnvironment
  private let onBound: @Sendable (GatewayAddress) async -> Void

  /// - Parameter onBound: called once, when the socket listens and the emulator knows its endpoint.
  public init(
    _ configuration: GatewayConfiguration, environment: ServedEnvironment,
    onBound: @escaping @Sendable (GatewayAddress) async -> Void = { _ in }
  ) {
    self.configuration = configuration
    self.environment = environment
    self.onBound = onBound
  }

  /// For one emulator that is never replaced.
  public init(
    _ configuration: GatewayConfiguration, emulator: Emulator, control: any ControlEndpoint,
    onBound: @escaping @Sendable (GatewayAddress) async -> Void = { _ in }
  ) {
    self.init(
      configuration, environment: ServedEnvironment(emulator: emulator, control: control),
      onBound: onBound)
  }

  /// Listens until the task is cancelled; requests under way are answered first, for at most five
  /// seconds. Throws `GatewayFailure` when the address can't be bound. Starts no service: the caller
  /// has called `emulator.start()`.
  public func run() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    do {
      try await serve(on: group)
    } catch {
      try await group.shutdownGracefully()
      throw error
    }
    try await group.shutdownGracefully()
  }

  /// Binds the address and lets it go again: for whoever has work to do before serving.
  ///
  /// - Throws: `GatewayFailure` where the address can't be bound.
  public static func check(_ configuration: GatewayConfiguration) async throws {
    guard configuration.port != 0 else { return }
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    var failure: GatewayFailure?
    do {
      let channel = try await ServerBootstrap(group: group)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .bind(host: configuration.host, port: configuration.port).get()
      try await channel.close()
    } catch {
      failure = GatewayFailure(configuration, error)
    }
    try await group.shutdownGracefully()
    if let failure { throw failure }
  }

  private func serve(on group: MultiThreadedEventLoopGroup) async throws {
    let responder = GatewayResponder(environment: environment, configuration: configuration)
    let channel = GatewayChannel(
      base: HTTP1Channel(responder: { request, writer, _ in
        try await responder.respond(to: request, writer)
      }),
      hotPath: HotPath(environment: environment))
    let isBound = Mutex(false)
    let server = Server(
      childChannelSetup: channel,
      configuration: ServerConfiguration(
        address: .hostname(configuration.host, port: configuration.port), backlog: 1024),
      onServerRunning: { channel in
        isBound.withLock { $0 = true }
        let address = GatewayAddress(
          host: configuration.host, port: channel.localAddress?.port ?? configuration.port)
        environment.bind(address.url)
        await onBound(address)
      },
      eventLoopGroup: group, logger: Logger(label: "leat") { _ in SwiftLogNoOpLogHandler() })
    // In a task of its own, so that a cancellation can close idle connections and let the busy ones
    // finish instead of tearing all of them.
    let running = Task { [configuration] in
      do { try await server.run() } catch
        where !isBound.withLock({ $0 }) && (error is IOError || error is SocketAddressError)
      {
        throw GatewayFailure(configuration, error)
      }
    }
    try await withTaskCancellationHandler {
      try await running.value
    } onCancel: {
      environment.emulator.endStreams()
      Task {
        group.next().scheduleTask(in: .seconds(5)) { running.cancel() }
        // A server that never bound its port has nothing to shut down.
        try? await server.shutdownGracefully()
      }
    }
  }
}
