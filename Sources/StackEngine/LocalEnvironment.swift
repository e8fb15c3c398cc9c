import CloudFormationAPI
import Effects
import Emulator
import ServiceKit
import StackContracts
import StackStore

/// One environment, opened in this process: its data directory, the emulator over it, and the
/// engine that deploys into it.
public final class LocalEnvironment: Sendable {
  public let directory: DataDirectory
  public let emulator: Emulator
  public let engine: StackEngine
  /// Takes what is put for stacks that wait.
  public let answers: PostedAnswers
  /// Deployments of earlier commands that did not come to their end and were carried on, a sentence
  /// each.
  public let recovered: [String]

  private init(
    directory: DataDirectory, emulator: Emulator, engine: StackEngine, answers: PostedAnswers,
    recovered: [String]
  ) {
    self.directory = directory
    self.emulator = emulator
    self.engine = engine
    self.answers = answers
    self.recovered = recovered
  }

  /// Takes the directory's lock, opens the emulator and finishes or rolls back what was interrupted.
  /// Starts no worker: `emulator.start()` does.
  ///
  /// - Parameters:
  ///   - compiler: reads the templates; one that reads includes beside them when nil.
  ///   - storage: where state is kept, when that is not the directory whose lock is taken:
  ///   an ephemeral server is found through its directory, but leaves nothing in it. Not durable.
  ///   - allowsUnsupported: for templates that come over the API.
  ///   - throttles: holds clients to AWS's rates.
  ///   - hosting: the way in which functions run.
  ///
  /// Throws `StackFailure` when a live process holds the directory (`LT5002`), and when a newer Leat
  /// has written it (`LT5006`).
  public static func open(
    _ path: String, storage: String? = nil, command: String, effects: Effects,
    compiler: TemplateCompiler? = nil, allowsUnsupported: Bool = false, throttles: Bool = false,
    hosting: FunctionHosting = FunctionHosting(),
    report: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> LocalEnvironment {
    let directory = try DataDirectory.open(path, command: command, effects: effects)
    return try await open(
      directory, storage: storage ?? path, isDurable: storage == nil, effects: effects,
      compiler: compiler ?? .reading(effects.files),
      allowsUnsupported: allowsUnsupported, throttles: throttles, hosting: hosting, report: report)
  }

  /// An empty environment under the same lock, for a reset. Not durable.
  public func sibling(storage: String, effects: Effects) async throws -> LocalEnvironment {
    try await Self.open(
      directory, storage: storage, isDurable: false, effects: effects,
      compiler: .reading(effects.files), allowsUnsupported: engine.allowsUnsupported,
      throttles: emulator.environment.throttles, hosting: emulator.environment.hosting,
      report: emulator.environment.report)
  }

  /// Like the other, under a lock that the caller has taken, and with storage that may lie elsewhere.
  package static func open(
    _ directory: DataDirectory, storage: String, isDurable: Bool, effects: Effects,
    compiler: TemplateCompiler, allowsUnsupported: Bool = false, throttles: Bool = false,
    hosting: FunctionHosting = FunctionHosting(),
    report: @escaping @Sendable (String) -> Void
  ) async throws -> LocalEnvironment {
    var configuration = EmulatorConfiguration(dataDirectory: storage, isDurable: isDurable)
    configuration.throttles = throttles
    configuration.hosting = hosting
    let emulator = try emulator(configuration, effects, report)
    let metadata = CDKMetadataResource()
    let reference = NestedStackResource.EngineReference()
    let nested = NestedStackResource(reference: reference)
    let answers = PostedAnswers(emulator.environment)
    let engine = try StackEngine(
      resources: emulator.services.flatMap(\.resources) + [
        metadata, nested,
        CustomResource(
          capabilities: emulator.capabilities, answers: answers, random: effects.random),
        WaitConditionHandle(answers: answers), WaitCondition(answers: answers),
      ],
      environment: emulator.environment,
      compiler: compiler, capabilities: emulator.capabilities,
      lastEndpoint: directory.lastEndpoint, allowsUnsupported: allowsUnsupported)
    reference.engine = engine
    try emulator.register(
      CloudFormationService(engine: engine) { signal, resource, environment in
        try await answers.put(signal, into: WaitCondition.box(of: resource, in: environment))
      })
    let recovered = try await engine.recover()
    return LocalEnvironment(
      directory: directory, emulator: emulator, engine: engine, answers: answers,
      recovered: recovered)
  }

  /// Opens what the directory holds, in the form that this Leat keeps it in.
  private static func emulator(
    _ configuration: EmulatorConfiguration, _ effects: Effects,
    _ report: @escaping @Sendable (String) -> Void
  ) throws -> Emulator {
    do {
      return try Emulator(
        configuration, effects: effects,
        formats: StackStore.formats + CloudFormationService.formats + [PostedAnswers.format],
        report: report)
    } catch let newer as NewerFormat {
      throw StackFailure(
        .newerDataDirectory, "\(newer)",
        hint: "use the Leat that wrote it or a later one, or choose another directory with --data; "
          + "nothing was changed")
    }
  }

  /// Waits for deployments under way, ends workers and processes, and closes the files. Buffers
  /// stay on disk.
  public func close() async throws {
    await engine.finishOperations()
    await emulator.stop()
    try emulator.environment.database.close()
  }
}
