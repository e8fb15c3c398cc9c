import Effects
import ServiceKit

/// The places that a function process finds its files and addresses at: this machine's own, or behind
/// walls those that AWS has.
struct FunctionPlaces: Sendable, Hashable {
  var code: String
  /// The folder in which its layers lie over one another; nil without layers.
  var layers: String?
  /// Its own folder, `HOME` and `TMPDIR`.
  var temporary: String
  /// The folder of the runtime client.
  var runtime: String
}

/// The walls around one function process: it sees its code, its layers and the programs of this
/// machine, can write in one folder, and reaches the Runtime API and Leat's endpoint.
struct FunctionWalls: Sendable {
  /// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
  static let places = FunctionPlaces(
    code: "/var/task", layers: "/opt", temporary: "/tmp", runtime: "/var/runtime")

  /// The ports inside, whatever those outside are: AWS's own of the Runtime API, and Leat's usual one
  /// where the one that it has can't be opened without privileges.
  private static let runtimePorts: [UInt16] = [9001, 9002]
  private static let endpointPort: UInt16 = 4566

  let sandbox: ProcessSandbox
  /// The part of Leat's address that is the same inside.
  private let leat: (host: String, port: Int, inside: UInt16)?
  private let runtimePort: UInt16

  /// - Parameters:
  ///   - program: `bwrap`.
  ///   - outside: where the files lie on this machine.
  ///   - folders: what the interpreter consists of.
  ///   - endpoint: `http://host:port` of Leat; nil where nothing listens.
  init(
    _ program: String, outside: FunctionPlaces, layerNames: [String], folders: [String],
    endpoint: String?
  ) throws(Interpreters.Missing) {
    leat = endpoint.flatMap(Self.address)
    let inside = leat?.inside
    runtimePort = Self.runtimePorts.first { $0 != inside } ?? Self.runtimePorts[0]
    let places = Self.places
    var mounts = ProcessSandbox.system
    mounts.append(.init(outside.code, at: places.code))
    mounts.append(.init(outside.runtime, at: places.runtime, isOptional: true))
    mounts.append(.init(outside.temporary, at: places.temporary, isWritable: true))
    if let layers = outside.layers {
      // One by one, so that an interpreter can lie beside them.
      for name in layerNames {
        mounts.append(.init("\(layers)/\(name)", at: "/opt/\(name)", isOptional: true))
      }
    }
    for folder in folders where !Self.isSystem(folder) {
      let name = folder.split(separator: "/").dropFirst().first.map(String.init)
      if folder.hasPrefix("/opt/"), let name, layerNames.contains(name) {
        throw Interpreters.Missing(
          reason: "a layer brings `/opt/\(name)`, where this machine's interpreter lies, too; "
            + "both can't be shown to an isolated function")
      }
      mounts.append(.init(folder, isOptional: true))
    }
    sandbox = ProcessSandbox(
      program: program, mounts: mounts, ports: [runtimePort] + (inside.map { [$0] } ?? []))
  }

  var runtimeAPI: String { "127.0.0.1:\(runtimePort)" }
  /// Leat's address inside; nil where nothing listens.
  var endpoint: String? { leat.map { "http://127.0.0.1:\($0.inside)" } }

  /// Serves the sockets of a process that has just begun.
  ///
  /// - Returns: its Runtime API, and its way to Leat where it has one.
  func serve(
    _ process: any RunningProcess, by provider: any FunctionEndpointProvider
  ) async throws -> (any FunctionEndpoint, (any NetworkBridge)?) {
    let listeners = process.listeners
    let runtime = try await provider.open(on: listeners[0], address: runtimeAPI)
    guard let leat, listeners.count > 1 else { return (runtime, nil) }
    do {
      return (
        runtime, try await provider.bridge(listeners[1], to: leat.host, port: leat.port)
      )
    } catch {
      runtime.close()
      throw error
    }
  }

  private static func isSystem(_ path: String) -> Bool {
    path == "/usr" || path.hasPrefix("/usr/") || path.hasPrefix("/nix/store/")
  }

  private static func address(_ url: String) -> (host: String, port: Int, inside: UInt16)? {
    guard url.hasPrefix("http://"), let colon = url.lastIndex(of: ":"),
      let port = UInt16(url[url.index(after: colon)...])
    else { return nil }
    let host = url[..<colon].dropFirst("http://".count).filter { $0 != "[" && $0 != "]" }
    return (host, Int(port), port < 1024 ? endpointPort : port)
  }
}
