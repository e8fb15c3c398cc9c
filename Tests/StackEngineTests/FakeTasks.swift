import AWSModel
import Effects
import PropertyTree
import ServiceKit
import ResourceModel
import StackModel
import Synchronization

/// The work of tasks, to come and done.
final class FakeTasks: Sendable {
  private struct State {
    var started: [String] = []
    var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
  }

  let clock: any Clock
  private let state = Mutex(State())

  init(clock: any Clock) { self.clock = clock }

  /// Each start of work: `create Job`.
  var started: [String] { state.withLock { $0.started } }

  func start(_ name: String) {
    let due = state.withLock { state in
      state.started.append(name)
      let count = state.started.count
      defer { state.waiters.removeAll { $0.count <= count } }
      return state.waiters.filter { $0.count <= count }
    }
    for waiter in due { waiter.continuation.resume() }
  }

  /// Returns when work has been started that often.
  func reach(_ count: Int) async {
    await withCheckedContinuation { continuation in
      let isDue = state.withLock { state in
        if state.started.count >= count { return true }
        state.waiters.append((count, continuation))
        return false
      }
      if isDue { continuation.resume() }
    }
  }

  /// - Parameter begun: called when the clock knows of the pause.
  func pause(milliseconds: Int64, begun: () -> Void) async throws {
    let (signals, sink) = AsyncStream<Void>.makeStream()
    let timer = clock.schedule(at: clock.now.adding(milliseconds: milliseconds)) { sink.finish() }
    begun()
    for await _ in signals {}
    timer.cancel()
    try Task.checkCancellation()
  }
}

/// `Fake::Task`: every call waits. `Delay` is how long the work of a creation or update takes, in
/// milliseconds; `Patience` the deadline; `FailOn: work|finish|delete` what goes wrong.
struct FakeTaskHandler: WaitingResourceHandler {
  static let type: ResourceType = "Fake::Task"
  let tasks: FakeTasks
  private let table = FakeHandler.table(type)

  init(_ tasks: FakeTasks) { self.tasks = tasks }

  var schema: ResourceSchema {
    ResourceSchema(
      type: Self.type, naming: NamingRule(property: "Name", lengthMax: 64),
      createOnly: ["Name", "Kind"], supported: ["Name", "Kind", "Size", "FailOn", "Delay", "Says"],
      attributes: ["*"])
  }

  func identity(physicalID: String, properties: PropertyValue, in environment: StackEnvironment)
    -> ResourceIdentity
  {
    ResourceIdentity(
      physicalID: physicalID, reference: .string(physicalID), isPending: true)
  }

  func create(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard try !exists(request, in: transaction) else {
      throw ServiceError("AlreadyExists", "\(request.physicalID) exists")
    }
    try put(request, transaction)
  }

  func update(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard let old = try table.get(request.physicalID, in: request.scope, transaction),
      old.properties == request.previous
    else { throw ServiceError("NotFound", "\(request.physicalID) is not as it was") }
    try put(request, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {}

  func exists(_ request: ResourceRequest, in transaction: Transaction) throws -> Bool {
    try table.get(request.physicalID, in: request.scope, transaction) != nil
  }

  func liveProperties(_ request: ResourceRequest, in transaction: Transaction) throws
    -> PropertyValue?
  { try table.get(request.physicalID, in: request.scope, transaction)?.properties }

  func wait(_ verb: ResourceVerb, _ request: ResourceRequest, in transaction: Transaction) throws
    -> StepToken?
  {
    StepToken(
      .string("\(verb) \(request.logicalID)"),
      deadline: request.properties["Patience"]?.integerValue.map {
        request.now.adding(milliseconds: $0)
      })
  }

  func work(_ verb: ResourceVerb, _ request: ResourceRequest, _ token: StepToken) async throws
    -> PropertyValue
  {
    let name = token.body.stringValue ?? ""
    if verb != .delete, let delay = request.properties["Delay"]?.integerValue {
      try await tasks.pause(milliseconds: delay) { tasks.start(name) }
    } else {
      tasks.start(name)
    }
    try fail(verb == .delete ? "delete" : "work", request)
    return request.properties["Says"] ?? .string("answer of \(request.logicalID)")
  }

  func finish(
    _ verb: ResourceVerb, _ request: ResourceRequest, _ token: StepToken, _ result: PropertyValue,
    in transaction: Transaction
  ) throws -> ResourceIdentity? {
    guard verb != .delete else {
      try table.delete(request.physicalID, in: request.scope, transaction)
      return nil
    }
    try fail("finish", request)
    return ResourceIdentity(
      physicalID: request.physicalID, reference: .string(request.physicalID),
      attributes: ["Answer": result])
  }

  private func put(_ request: ResourceRequest, _ transaction: Transaction) throws {
    try table.put(
      FakeModel(properties: request.properties), request.physicalID, in: request.scope, transaction)
  }

  private func fail(_ point: String, _ request: ResourceRequest) throws {
    if request.properties["FailOn"]?.stringValue == point {
      throw ServiceError("Injected", "this task fails on \(point)")
    }
  }
}
