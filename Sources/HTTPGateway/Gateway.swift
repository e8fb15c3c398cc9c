import AWSModel
import AWSWire
import Effects
import Emulator
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix

/// Where the gateway listens and what it takes.
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

/// Serves the emulator over HTTP/1.1, and `/_leat/…` through a `ControlEndpoint`.
public struct Gateway: Sendable {
  private let configuration: GatewayConfiguration
  private let emulator: Emulator
  private let control: any ControlEndpoint
  private let onBound: @Sendable (GatewayAddress) async -> Void

  /// - Parameter onBound: called once, when the socket listens and the emulator knows its endpoint.
  public init(
    _ configuration: GatewayConfiguration, emulator: Emulator, control: any ControlEndpoint,
    onBound: @escaping @Sendable (GatewayAddress) async -> Void = { _ in }
  ) {
    self.configuration = configuration
    self.emulator = emulator
    self.control = control
    self.onBound = onBound
  }

  /// Listens until the task is cancelled or the process is asked to shut down gracefully; requests
  /// under way are answered first. Throws when the port is taken. Starts no service: the caller
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
}
