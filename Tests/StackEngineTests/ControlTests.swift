import AWSModel
import Diagnostics
import Effects
import Emulator
import PropertyTree
import StackContracts
import StackModel
import Testing

@testable import StackEngine

/// The control endpoint and its client, tied together without a socket.
@Suite struct ControlTests {
  struct Loopback: ControlTransport {
    let endpoint: ControlAPI

    func send(_ method: String, _ path: String, body: [UInt8]) async throws
      -> (status: Int, lines: AsyncThrowingStream<[UInt8], any Error>)
    {
      let parts = path.split(separator: "?", maxSplits: 1).map(String.init)
      var query: [String: String] = [:]
      for pair in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
        let sides = pair.split(separator: "=", maxSplits: 1).map(String.init)
        query[sides[0]] = sides.count > 1 ? sides[1] : ""
      }
      let answer = await endpoint.respond(
        to: ControlRequest(method: method, path: parts[0], query: query, body: body))
      let (stream, sink) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
      switch answer.body {
      case .bytes(let bytes):
        sink.yield(bytes)
        sink.finish()
      case .lines(let lines):
        Task {
          for await line in lines { sink.yield(Array(line.dropLast())) }
          sink.finish()
        }
      }
      return (answer.status, stream)
    }
  }

  @Test func aStackThroughTheEndpoint() async throws {
    let environment = try TestEnvironment()
    let api = ControlAPI(operations: environment.engine, clock: environment.clock, version: "1")
    let remote = RemoteStackOperations(transport: Loopback(endpoint: api))
    let planned = try await remote.plan(environment.request(DeploymentTests.base))
    let plan = try #require(planned.plan)
    let log = EventLog()
    let state = try await remote.apply(plan) { log.add($0) }
    #expect(state.status == .createComplete)
    #expect(log.all.first == "shop CREATE_IN_PROGRESS")
    #expect(log.all.last == "shop CREATE_COMPLETE")
    #expect(try await remote.stacks(in: .standard) == [state])
    #expect(try await remote.stack(named: "shop", in: .standard) == state)
    #expect(try await remote.stack(named: "none", in: .standard) == nil)
    #expect(try await remote.events(ofStack: "shop", in: .standard).count == log.all.count)
    let refusal = await #expect(throws: StackFailure.self) {
      _ = try await remote.apply(plan) { _ in }
    }
    #expect(refusal?.code == .stackNotUpdatable)
    let destroy = try await remote.planDestroy(DestroyRequest(stackName: "shop"))
    let end = try await remote.apply(try #require(destroy.plan)) { _ in }
    #expect(end.status == .deleteComplete)
  }

  @Test(arguments: [
    ("GET", "nowhere", "", 404), ("GET", "stacks/plan", "", 405),
    ("POST", "stacks/plan", "{", 400), ("POST", "stacks/plan", "{}", 400),
    ("GET", "stacks/get", "", 400), ("POST", "reset", "", 409),
    ("POST", "clock/advance", "{\"milliseconds\":-1}", 400), ("GET", "health", "", 200),
    ("GET", "clock", "", 200),
  ])
  func statuses(_ method: String, _ path: String, _ body: String, _ status: Int) async throws {
    let environment = try TestEnvironment()
    let api = ControlAPI(operations: environment.engine, clock: environment.clock, version: "1")
    let answer = await api.respond(
      to: ControlRequest(method: method, path: path, body: Array(body.utf8)))
    #expect(answer.status == status)
  }

  /// An environment whose disk is full.
  private struct FullOperations: StackOperations {
    private func fail() -> FileFailure {
      FileFailure(operation: "pwrite", path: "/data/leat.db", errno: 28, reason: "No space left")
    }
    func plan(_ request: DeployRequest) async throws -> PlanResult { throw fail() }
    func planDestroy(_ request: DestroyRequest) async throws -> PlanResult { throw fail() }
    func draft(_ request: DraftRequest) async throws -> TemplateDraft { throw fail() }
    func planRevision(_ request: RevisionRequest) async throws -> PlanResult { throw fail() }
    func apply(_ plan: Plan, onEvent: @escaping @Sendable (StackEvent) -> Void) async throws
      -> StackState
    { throw fail() }
    func rollBack(
      _ request: RollbackRequest, onEvent: @escaping @Sendable (StackEvent) -> Void
    ) async throws -> StackState { throw fail() }
    func stacks(in scope: Scope) async throws -> [StackState] { throw fail() }
    func stack(named name: String, in scope: Scope) async throws -> StackState? { throw fail() }
    func events(ofStack name: String, in scope: Scope) async throws -> [StackEvent] { throw fail() }
    func history(ofStack name: String, in scope: Scope) async throws -> [DeploymentRecord] {
      throw fail()
    }
    func drift(ofStack name: String, in scope: Scope) async throws -> DriftReport { throw fail() }
    func planAdoption(ofStack name: String, in scope: Scope) async throws -> PlanResult {
      throw fail()
    }
    func buffers(ofStack name: String, in scope: Scope) async throws -> [StackBuffer] {
      throw fail()
    }
    func flush(_ request: FlushRequest) async throws -> [StackBuffer] { throw fail() }
  }

  @Test func whatStorageRefusesKeepsItsCodeOnTheWay() async throws {
    let environment = try TestEnvironment()
    let plan = try #require(
      try await environment.engine.plan(environment.request(DeploymentTests.base)).plan)
    let api = ControlAPI(operations: FullOperations(), clock: environment.clock, version: "1")
    let remote = RemoteStackOperations(transport: Loopback(endpoint: api))
    let read = await #expect(throws: StackFailure.self) { try await remote.stacks(in: .standard) }
    let applied = await #expect(throws: StackFailure.self) { try await remote.apply(plan) { _ in } }
    for failure in [read, applied] {
      #expect(failure?.code == .diskFull)
      #expect(failure?.message.contains("pwrite /data/leat.db: No space left") == true)
      #expect(failure?.hint?.hasPrefix("free some space") == true)
    }
  }

  @Test func theVirtualClockAdvances() async throws {
    let environment = try TestEnvironment()
    let start = environment.clock.now
    environment.clock.schedule(at: start.adding(milliseconds: 50)) {}
    let api = ControlAPI(operations: environment.engine, clock: environment.clock, version: "1")
    let answer = await api.respond(
      to: ControlRequest(
        method: "POST", path: "clock/advance", body: Array("{\"milliseconds\":60}".utf8)))
    guard case .bytes(let bytes) = answer.body else {
      Issue.record("not bytes")
      return
    }
    #expect(try JSONReader.read(bytes)["ran"] == 1)
    #expect(environment.clock.now == start.adding(milliseconds: 60))
    let live = ControlAPI(operations: environment.engine, clock: LiveClock(), version: "1")
    let refused = await live.respond(
      to: ControlRequest(
        method: "POST", path: "clock/advance", body: Array("{\"milliseconds\":60}".utf8)))
    #expect(refused.status == 409)
  }
}
