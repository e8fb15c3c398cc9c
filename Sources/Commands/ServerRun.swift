import ArgumentParser
import Effects
import Emulator
import HTTPGateway
import PropertyTree
import ServiceKit
import StackContracts
import StackEngine
import Synchronization

/// A server from its start to its clean end.
struct ServerRun {
  private var context: CommandContext
  private let options: ServerOptions
  private let command: String
  private let allowsUnsupported: Bool

  /// - Parameter allowsUnsupported: for templates that come over the API.
  init(
    _ context: CommandContext, _ options: ServerOptions, command: String, allowsUnsupported: Bool
  ) {
    self.context = context
    self.options = options
    self.command = command
    self.allowsUnsupported = allowsUnsupported
    if options.clock == .virtual {
      self.context.effects.clock = VirtualClock(startingAt: context.effects.clock.now)
    }
  }

  /// Opens the environment, runs `prepare` on it, and serves until a signal comes.
  func run(_ prepare: (CommandContext, LocalEnvironment) async throws -> Void) async throws {
    LongRun.keepHeap()
    let signals = TerminationSignal()
    let storage = try ephemeralStorage()
    let (local, ownDirectory) = try await open(storage)
    let cell = EnvironmentCell(local, storage)
    do {
      for sentence in cell.local.recovered {
        context.terminal.errorLine(context.terminal.styled(sentence, .yellow))
      }
      try await prepare(context, cell.local)
      try await cell.local.emulator.start()
      try await serve(cell, until: signals)
    } catch {
      try await end(cell, ownDirectory)
      throw error
    }
    try await end(cell, ownDirectory)
    if !options.ephemeral {
      context.terminal.errorLine("Stopped. Everything acknowledged is kept.")
    }
  }

  /// - Throws: `StackFailure` (LT5005) where the server will not be able to listen.
  func checkAddress() async throws {
    do { try await Gateway.check(configuration) } catch let failure as GatewayFailure {
      throw Self.failure(failure)
    }
  }

  private var configuration: GatewayConfiguration {
    GatewayConfiguration(host: options.host, port: options.port)
  }

  /// Opens the environment in the data directory. A server that keeps nothing takes a directory of
  /// its own where that is in use: several of them run side by side.
  private func open(_ storage: ScratchFolder?) async throws -> (LocalEnvironment, ScratchFolder?) {
    do {
      return (try await open(context.common.dataDirectory, storage), nil)
    } catch {
      guard let storage else { throw error }
      guard let busy = error as? StackFailure, busy.code == .dataDirectoryBusy else {
        try storage.remove()
        throw error
      }
    }
    let own = try scratchFolder()
    context.terminal.errorLine(
      "The data directory `\(context.common.dataDirectory)` is in use: commands reach this server "
        + "with --data \(own.path)")
    return (try await open(own.path, storage), own)
  }

  private func open(_ directory: String, _ storage: ScratchFolder?) async throws
    -> LocalEnvironment
  {
    let terminal = context.terminal
    return try await LocalEnvironment.open(
      directory, storage: storage?.path, command: command, effects: context.effects,
      allowsUnsupported: allowsUnsupported, throttles: options.throttle == .real,
      hosting: hosting, report: { terminal.errorLine($0) })
  }

  private var hosting: FunctionHosting {
    var hosting = options.hosting
    hosting.isolator = context.hosting.isolator
    return hosting
  }

  private func end(_ cell: EnvironmentCell, _ ownDirectory: ScratchFolder?) async throws {
    try await end(cell.current)
    if options.ephemeral { try cell.local.directory.removeIfUnused() }
    try ownDirectory?.remove()
  }

  private func end(_ environment: EnvironmentCell.Contents) async throws {
    try await environment.local.close()
    try environment.storage?.remove()
  }

  /// An ephemeral server takes the data directory's lock, so that commands find it, and keeps its
  /// state apart, so that it leaves nothing.
  private func ephemeralStorage() throws -> ScratchFolder? {
    options.ephemeral ? try scratchFolder() : nil
  }

  private func scratchFolder() throws -> ScratchFolder {
    try ScratchFolder.make(in: context.temporaryFolder, effects: context.effects)
  }

  private func control(_ local: LocalEnvironment, reset: (@Sendable () async throws -> Void)?)
    -> ControlAPI
  {
    ControlAPI(
      operations: local.engine, clock: context.effects.clock, version: Version.text,
      answers: local.answers, streams: local.streams,
      functions: local.emulator.capabilities[.workbench],
      isolates: local.emulator.environment.hosting.isolator != nil, reset: reset)
  }

  private func serve(_ cell: EnvironmentCell, until signals: TerminationSignal) async throws {
    let served = ServedEnvironment(
      emulator: cell.local.emulator, control: control(cell.local, reset: nil))
    if options.ephemeral {
      let reset: @Sendable () async throws -> Void = { try await replace(cell, in: served) }
      served.replace(emulator: cell.local.emulator, control: control(cell.local, reset: reset))
    }
    let context = context
    let gateway = Gateway(
      configuration, environment: served,
      onBound: { address in
        do { try cell.local.directory.announce(endpoint: address.url) } catch {
          context.terminal.errorLine("warning: other commands won't find this server: \(error)")
        }
        context.terminal.line(
          context.common.json
            ? JSONWriter.compact([
              "endpoint": .string(address.url), "data": .string(cell.local.directory.path),
            ])
            : "leat \(Version.text) listening on \(address.url)")
        StartupPages.release()
        cell.local.engine.resume()
      })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        do { try await gateway.run() } catch let failure as GatewayFailure {
          throw Self.failure(failure)
        }
      }
      group.addTask { _ = await signals.wait() }
      // Whichever ends first ends the other: a signal, or a port that is taken.
      try await group.next()
      group.cancelAll()
      try await group.waitForAll()
    }
  }

  private static func failure(_ failure: GatewayFailure) -> StackFailure {
    if failure.isTaken {
      return StackFailure(
        .addressUnusable, "port \(failure.port) of \(failure.host) is taken",
        hint: "choose another with --port, or --port 0 for a free one")
    }
    return StackFailure(
      .addressUnusable, failure.description,
      hint: "choose another address with --host and --port; ports below 1024 need more rights")
  }

  /// Puts an empty environment in the place of the one that is served, then ends the old one.
  private func replace(_ cell: EnvironmentCell, in served: ServedEnvironment) async throws {
    guard let storage = try ephemeralStorage() else { return }
    let old = cell.current
    let new = try await old.local.sibling(storage: storage.path, effects: context.effects)
    cell.current = .init(local: new, storage: storage)
    try await new.emulator.start()
    served.replace(
      emulator: new.emulator,
      control: control(new, reset: { try await replace(cell, in: served) }))
    try await end(old)
  }
}

/// The environment that is served now.
private final class EnvironmentCell: Sendable {
  struct Contents: Sendable {
    var local: LocalEnvironment
    /// Of an ephemeral server.
    var storage: ScratchFolder?
  }

  private let contents: Mutex<Contents>

  init(_ local: LocalEnvironment, _ storage: ScratchFolder?) {
    contents = Mutex(Contents(local: local, storage: storage))
  }

  var local: LocalEnvironment { current.local }
  var current: Contents {
    get { contents.withLock { $0 } }
    set { contents.withLock { $0 = newValue } }
  }
}
