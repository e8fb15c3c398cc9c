import AWSModel
import Effects
import PropertyTree
import ServiceKit
import ResourceModel
import StackModel
import StackStore
import Synchronization
import Testing

@testable import StackEngine

/// A data directory of its own, an engine over it, and a look at what is really there.
final class TestEnvironment: Sendable {
  let path: String
  let engine: StackEngine
  let database: ServiceDatabase
  let clock: VirtualClock
  let tasks: FakeTasks
  private static let types = fakeHandlers.map(\.schema.type) + [FakeTaskHandler.type]
  private let removesPath: Bool

  init(
    path: String? = nil, stepsPerBatch: Int = 64,
    compiler: any TemplateCompiling = FakeCompiler(),
    crashPoint: @escaping @Sendable (String) -> Void = { _ in }
  ) throws {
    let files = LiveFileSystem()
    removesPath = path == nil
    self.path = path ?? Self.newPath()
    try files.createDirectory(self.path)
    clock = VirtualClock(startingAt: Timestamp(year: 2026, month: 11, day: 21))
    let effects = Effects(
      clock: clock, random: LiveRandomSource(), files: files, processes: LiveProcessSpawner(),
      crashPoint: crashPoint)
    database = ServiceDatabase(path: "\(self.path)/leat.db", isDurable: false, effects: effects)
    let environment = ServiceEnvironment(
      effects: effects, database: database, dataDirectory: self.path, isDurable: false,
      endpoint: { nil }, report: { _ in })
    tasks = FakeTasks(clock: clock)
    let reference = NestedStackResource.EngineReference()
    let handlers: [any ResourceHandler] =
      fakeHandlers + [FakeTaskHandler(tasks), NestedStackResource(reference: reference)]
    try database.open(
      StackStore.formats + fakeFormats + [FakeHandler.table(FakeTaskHandler.type).format],
      vault: environment.vault)
    engine = try StackEngine(
      resources: handlers, environment: environment, compiler: compiler,
      capabilities: Capabilities().offering(
        FakeTemplates() as any ObjectSource, as: .storedObjects),
      stepsPerBatch: stepsPerBatch)
    reference.engine = engine
  }

  deinit {
    guard removesPath else { return }
    do { try LiveFileSystem().remove(path) } catch { Issue.record(error) }
  }

  static func newPath() -> String { "/tmp/leat-engine-\(LiveRandomSource().uuid())" }

  /// Plans and applies; throws when there is no plan.
  @discardableResult
  func deploy(
    _ body: String, name: String = "shop", parameters: [String: String] = [:]
  ) async throws -> StackState {
    let result = try await engine.plan(request(body, name: name, parameters: parameters))
    guard let plan = result.plan else { throw NoPlan(text: "\(result.diagnostics)") }
    return try await engine.apply(plan) { _ in }
  }

  func request(
    _ body: String, name: String = "shop", parameters: [String: String] = [:]
  ) -> DeployRequest {
    DeployRequest(
      stackName: name, templateBody: body, templateFile: "t.json", parameters: parameters,
      capabilities: ["CAPABILITY_NAMED_IAM"])
  }

  /// Every resource in the emulator: type, physical id, properties.
  func held() throws -> Set<Held> {
    try database.read { transaction in
      var found: Set<Held> = []
      for type in Self.types {
        for entry in try FakeHandler.table(type).all(transaction) {
          found.insert(
            Held(type: type, physicalID: entry.name, properties: entry.model.properties))
        }
      }
      return found
    }
  }

  /// Every resource that some stack has in its record.
  func recorded() async throws -> Set<Held> {
    Set(
      try await engine.stacks(in: .standard).flatMap(\.resources).filter {
        $0.type != NestedStackResource.type
      }.map {
        Held(type: $0.type, physicalID: $0.identity.physicalID, properties: $0.properties)
      })
  }

  struct Held: Hashable, CustomStringConvertible {
    var type: ResourceType
    var physicalID: String
    var properties: PropertyValue
    var description: String { "\(type) \(physicalID) \(JSONWriter.canonical(properties))" }
  }

  struct NoPlan: Error { var text: String }
}

/// Collects events in order.
final class EventLog: Sendable {
  private let lines = Mutex<[String]>([])
  func add(_ event: StackEvent) {
    lines.withLock { $0.append("\(event.logicalID) \(event.status)") }
  }
  var all: [String] { lines.withLock { $0 } }
}

func template(_ resources: String, outputs: String = "") -> String {
  "{\"Resources\": {\(resources)}, \"Outputs\": {\(outputs)}}"
}
