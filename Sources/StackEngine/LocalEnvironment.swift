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

  /// Where the emulator keeps its state.
  public let storage: String

  private init(
    directory: DataDirectory, emulator: Emulator, engine: StackEngine, recovered: [String],
    storage: String
  ) {
    self.directory = directory
    self.emulator = emulator
    self.engine = engine
    self.recovered = recovered
    self.storage = storage
  }

  /// Takes the directory's lock, opens the emulator and finishes or rolls back what was interrupted.
  /// Starts no worker: `emulator.start()` does.
  ///
  /// - Parameters:
  ///   - compiler: reads the templates; one that reads includes beside them when nil.
  ///   - storage: where state is kept, when that is not the directory whose lock is taken:
  ///   an ephemeral server is found through its directory, but leaves nothing in it. Not durable.
  ///
  /// Throws `StackFailure` (`LT5002`) when a live process holds the directory.
  public static func open(
    _ path: String, storage: String? = nil, command: String, effects: Effects,
    compiler: TemplateCompiler? = nil, report: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> LocalEnvironment {
    let directory = try DataDirectory.open(path, command: command, effects: effects)
    return try await open(
      directory, storage: storage ?? path, isDurable: storage == nil, effects: effects,
      compiler: compiler ?? .reading(effects.files), report: report)
  }

  /// An empty environment under the same lock, for a reset. Not durable.
  public func sibling(storage: String, effects: Effects) async throws -> LocalEnvironment {
    try await Self.open(
      directory, storage: storage, isDurable: false, effects: effects,
      compiler: .reading(effects.files), report: emulator.environment.report)
  }

  private static func open(
    _ directory: DataDirectory, storage: String, isDurable: Bool, effects: Effects,
    compiler: TemplateCompiler, report: @escaping @Sendable (String) -> Void
  ) async throws -> LocalEnvironment {
    let emulator = try Emulator(
      EmulatorConfiguration(dataDirectory: storage, isDurable: isDurable), effects: effects,
      report: report)
    let metadata = CDKMetadataResource()
    var (catalog, handlers) = (emulator.catalog, emulator.handlers)
    catalog.providers[metadata.schema.type] = metadata
    handlers[metadata.schema.type] = metadata
    let reference = NestedStackResource.EngineReference()
    let nested = NestedStackResource(reference: reference)
    catalog.providers[NestedStackResource.type] = nested
    handlers[NestedStackResource.type] = nested
    let engine = try StackEngine(
      catalog: catalog, handlers: handlers, environment: emulator.environment,
      compiler: compiler, assetStore: emulator.assets,
      objectSource: emulator.capabilities.objectSource,
      parameters: emulator.capabilities.parameters, secrets: emulator.capabilities.secrets)
    reference.engine = engine
    emulator.register(CloudFormationService(engine: engine))
    let recovered = try await engine.recover()
    return LocalEnvironment(
      directory: directory, emulator: emulator, engine: engine, recovered: recovered,
      storage: storage)
  }

  /// Waits for deployments under way, ends workers and processes, and closes the files. Buffers
  /// stay on disk.
  public func close() async throws {
    await engine.finishOperations()
    await emulator.stop()
    try emulator.environment.database.close()
  }
}
