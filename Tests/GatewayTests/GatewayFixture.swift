import AWSModel
import Effects
import Emulator
import HTTPGateway
import ServiceKit
import Synchronization

/// Repeats the control request, as bytes or as lines.
struct EchoControl: ControlEndpoint {
  func respond(to request: ControlRequest) async -> ControlResponse {
    let text = "\(request.method) \(request.path) \(request.query.count) \(request.body.count)"
    guard request.path == "lines" else {
      return ControlResponse(contentType: "text/plain", body: .bytes(Array(text.utf8)))
    }
    let (lines, continuation) = AsyncStream<[UInt8]>.makeStream()
    for line in ["1", "2\n", "3"] { continuation.yield(Array(line.utf8)) }
    continuation.finish()
    return ControlResponse(contentType: "application/x-ndjson", body: .lines(lines))
  }
}

/// A gateway on a free port unless one is given, over an emulator of the test's services, gone when `body` returns.
func withGateway(
  host: String = "127.0.0.1", port: Int = 0, bodyBytesMax: Int = 16 << 20,
  _ services: [any Service],
  _ body: @escaping (Int) async throws -> Void
) async throws {
  let effects = Effects.live()
  let directory = "/tmp/leat-gateway-\(effects.random.uuid())"
  let emulator = try Emulator(
    EmulatorConfiguration(dataDirectory: directory, isDurable: false), effects: effects,
    make: { _ in services })
  let (ports, continuation) = AsyncStream<Int>.makeStream()
  let gateway = Gateway(
    GatewayConfiguration(host: host, port: port, bodyBytesMax: bodyBytesMax), emulator: emulator,
    control: EchoControl(), onBound: { continuation.yield($0.port) })
  let running = Task {
    // Without this, a gateway that never listens would be waited for without end.
    defer { continuation.finish() }
    try await gateway.run()
  }
  var iterator = ports.makeAsyncIterator()
  guard let port = await iterator.next() else { return try await running.value }
  var failure: (any Error)?
  do { try await body(port) } catch { failure = error }
  running.cancel()
  try await running.value
  try emulator.close()
  try effects.files.remove(directory)
  if let failure { throw failure }
}
