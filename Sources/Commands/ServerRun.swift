import ArgumentParser
import Effects
import Emulator
import HTTPGateway
import PropertyTree
import StackEngine

/// A server from its start to its clean end.
struct ServerRun {
  private var context: CommandContext
  private let options: ServerOptions
  private let command: String

  init(_ context: CommandContext, _ options: ServerOptions, command: String) {
    self.context = context
    self.options = options
    self.command = command
    if options.clock == .virtual {
      self.context.effects.clock = VirtualClock(startingAt: context.effects.clock.now)
    }
  }

  /// Opens the environment, runs `prepare` on it, and serves until a signal comes.
  func run(_ prepare: (CommandContext, LocalEnvironment) async throws -> Void) async throws {
    let signals = TerminationSignal()
    let storage = ephemeralStorage()
    let terminal = context.terminal
    let local = try await LocalEnvironment.open(
      context.common.dataDirectory, storage: storage, command: command, effects: context.effects,
      report: { terminal.errorLine($0) })
    do {
      for sentence in local.recovered { terminal.errorLine(terminal.styled(sentence, .yellow)) }
      try await prepare(context, local)
      try await local.emulator.start()
      try await serve(local, until: signals)
    } catch {
      try await end(local, storage)
      throw error
    }
    try await end(local, storage)
    if !options.ephemeral { terminal.errorLine("Stopped. Everything acknowledged is kept.") }
  }

  private func end(_ local: LocalEnvironment, _ storage: String?) async throws {
    try await local.close()
    if let storage { try context.effects.files.remove(storage) }
  }

  /// An ephemeral server takes the data directory's lock, so that commands find it, and keeps its
  /// state apart, so that it leaves nothing.
  private func ephemeralStorage() -> String? {
    guard options.ephemeral else { return nil }
    let temporary = environmentValue("TMPDIR") ?? "/tmp"
    return "\(temporary)/leat-\(context.effects.random.uuid())"
  }

  private func serve(_ local: LocalEnvironment, until signals: TerminationSignal) async throws {
    let control = ControlAPI(
      operations: local.engine, clock: context.effects.clock, version: Version.text,
      reset: options.ephemeral ? { try await local.reset() } : nil)
    let context = context
    let gateway = Gateway(
      GatewayConfiguration(host: options.host, port: options.port), emulator: local.emulator,
      control: control,
      onBound: { address in
        do { try local.directory.announce(endpoint: address.url) } catch {
          context.terminal.errorLine("warning: other commands won't find this server: \(error)")
        }
        context.terminal.line(
          context.common.json
            ? JSONWriter.compact(["endpoint": .string(address.url)])
            : "leat \(Version.text) listening on \(address.url)")
      })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await gateway.run() }
      group.addTask { _ = await signals.wait() }
      // Whichever ends first ends the other: a signal, or a port that is taken.
      try await group.next()
      group.cancelAll()
      try await group.waitForAll()
    }
  }
}
