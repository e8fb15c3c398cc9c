import Effects
import Emulator
import ServiceKit

/// One environment, opened in this process: its data directory, the emulator over it, and the
/// engine that deploys into it.
public final class LocalEnvironment: Sendable {
  public let directory: DataDirectory
  public let emulator: Emulator
  public let engine: StackEngine
  /// What was carried on from an earlier command that did not come to its end, a sentence each.
  public let recovered: [String]

  private init(
    directory: DataDirectory, emulator: Emulator, engine: StackEngine, recovered: [String]
  ) {
    self.directory = directory
    self.emulator = emulator
    self.engine = engine
    self.recovered = recovered
  }

  /// Takes the directory's lock, opens the emulator and finishes or rolls back what was interrupted.
  /// Starts no worker: `emulator.start()` does.
  ///
  /// - Parameter storage: where state is kept, when that is not the directory whose lock is taken:
  ///   an ephemeral server is found through its directory, but leaves nothing in it.
  ///
  /// Throws `StackFailure` (`LT5002`) when a live process holds the directory.
  public static func open(
    _ path: String, storage: String? = nil, command: String, effects: Effects,
    report: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> LocalEnvironment {
    let directory = try DataDirectory.open(path, command: command, effects: effects)
    let emulator = try Emulator(
      EmulatorConfiguration(dataDirectory: storage ?? path, isDurable: storage == nil),
      effects: effects, report: report)
    let engine = try StackEngine(
      catalog: emulator.catalog, handlers: emulator.handlers, environment: emulator.environment,
      compiler: TemplateCompiler())
    let recovered = try await engine.recover()
    return LocalEnvironment(
      directory: directory, emulator: emulator, engine: engine, recovered: recovered)
  }

  /// Waits for deployments under way, ends workers and processes, and closes the files. Buffers
  /// stay on disk.
  public func close() async throws {
    await engine.finishOperations()
    await emulator.stop()
    try emulator.environment.database.close()
  }
}

enum PendingTemplateCompiler {}
