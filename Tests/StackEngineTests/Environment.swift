import AWSModel
import Effects
import PropertyTree
import ServiceKit
import ServiceTesting
import ResourceModel
import StackContracts
import StackModel
import StackStore
import Synchronization
import Testing

@testable import StackEngine

/// A world of its own, an engine over it, and a look at what is really there.
final class TestEnvironment: Sendable {
  let world: TestWorld
  let engine: StackEngine
  let database: ServiceDatabase
  let tasks: FakeTasks
  var clock: VirtualClock { world.clock }
  private static let types = fakeHandlers.map(\.schema.type) + [FakeTaskHandler.type]

  init(
    _ world: TestWorld = TestWorld(at: TestWorld.midnight), stepsPerBatch: Int = 64,
    compiler: any TemplateCompiling = FakeCompiler()
  ) throws {
    self.world = world
    tasks = FakeTasks(clock: world.clock)
    let reference = NestedStackResource.EngineReference()
    let handlers: [any ResourceHandler] =
      fakeHandlers + [FakeTaskHandler(tasks), NestedStackResource(reference: reference)]
    let environment = try world.open(
      StackStore.formats + fakeFormats + [FakeHandler.table(FakeTaskHandler.type).format])
    database = environment.database
    engine = try StackEngine(
      resources: handlers, environment: environment, compiler: compiler,
      capabilities: Capabilities().offering(
        FakeTemplates() as any ObjectSource, as: .storedObjects),
      stepsPerBatch: stepsPerBatch)
    reference.engine = engine
  }

  static func newPath() -> String { "/tmp/leat-engine-\(LiveRandomSource().uuid())" }

  /// Plans and applies; throws when there is no plan.
  @discardableResult
  func deploy(
    _ body: String, name: String = "shop", parameters: [String: String] = [:],
    moves: [String: String] = [:], imports: [String: String] = [:]
  ) async throws -> StackState {
    var wanted = request(body, name: name, parameters: parameters)
    wanted.moves = moves
    wanted.imports = imports
    let result = try await engine.plan(wanted)
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

  /// Makes a queue that belongs to no stack.
  func holdQueue(
    _ name: String, _ properties: PropertyObject = [:], _ type: ResourceType = "Fake::Queue"
  ) async throws {
    var all = properties
    all["Name"] = .string(name)
    let model = FakeModel(properties: .object(all))
    try await database.write {
      try FakeHandler.table(type).put(model, name, in: .standard, $0)
    }
  }

  /// Removes a queue behind its stack's back.
  func removeQueue(_ name: String) async throws {
    try await database.write {
      _ = try FakeHandler.table("Fake::Queue").delete(name, in: .standard, $0)
    }
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
