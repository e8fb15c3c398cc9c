import AWSModel
import Effects
import PropertyTree
import ServiceKit
import StackContracts
import StackEngine

/// An environment that this process has opened itself.
final class EmbeddedConnection: EnvironmentConnection {
  private let local: LocalEnvironment
  private let scope: Scope

  init(_ local: LocalEnvironment, scope: Scope) {
    self.local = local
    self.scope = scope
  }

  var stacks: any StackOperations { local.engine }
  var endpoint: String? { nil }

  func call(_ service: String, _ operation: String, _ input: PropertyValue) async throws
    -> PropertyValue
  {
    // Records may fill a buffer, so the workers that deliver it must be there.
    try await local.emulator.start()
    return try await local.emulator.call(
      service: service, operation: operation, members: input,
      context: RequestContext(scope: scope))
  }

  func control(_ method: String, _ path: String, _ body: PropertyValue) async throws
    -> PropertyValue
  {
    throw StackFailure(
      .invalidArgument, "no server holds this data directory",
      hint: "start one with: leat serve --clock virtual")
  }

  func time() async throws -> Timestamp { local.emulator.environment.effects.clock.now }

  func measures(ofStream arn: String, recentMilliseconds: Int64) async throws -> StreamMeasures {
    try local.measures(ofStream: arn, recentMilliseconds: recentMilliseconds)
  }

  func flush(_ request: FlushRequest) async throws -> [StackBuffer] {
    // A function may have to run.
    try await local.emulator.start()
    return try await local.engine.flush(request)
  }

  func observe(_ call: ObservedCall) async throws -> ObservedResult {
    try await local.emulator.start()
    return try await local.emulator.capabilities.require(.workbench).observe(call, scope: scope)
  }

  func close() async {
    do { try await local.close() } catch {
      // Everything acknowledged is on disk; the lock goes with the process.
      Terminal.live().errorLine("warning: closing the data directory: \(error)")
    }
  }
}

extension CommandContext {
  /// Opens the data directory here, or talks to the server that holds it.
  func openConnection(_ command: String) async throws -> any EnvironmentConnection {
    try await waitingForDirectory { try await openNow(command) }
  }

  private func openNow(_ command: String) async throws -> any EnvironmentConnection {
    let path = common.dataDirectory
    if let holder = try DataDirectory.holder(of: path, effects: effects),
      let endpoint = holder.endpoint
    {
      let connection = try await ServedConnection(endpoint: endpoint, scope: common.scope)
      do { try await checkIsolation(of: connection) } catch {
        await connection.close()
        throw error
      }
      return connection
    }
    let local = try await LocalEnvironment.open(
      path, command: command, effects: effects, compiler: compiler, hosting: hosting)
    for sentence in local.recovered { terminal.errorLine(terminal.styled(sentence, .yellow)) }
    return EmbeddedConnection(local, scope: common.scope)
  }
}
