import PropertyTree
import StackModel

/// The work of a step's transaction.
struct StepReport: Sendable {
  var events: [StackEvent] = []
  /// The call that has begun in it and waits; nil where the step has ended.
  var wait: ResourceWait?
  /// True where it turned the deployment back.
  var turnsBack = false
}

/// One node of a deployment's graph. Its transactions guard themselves.
struct DeploymentStep: Sendable {
  typealias Body = @Sendable (any DeploymentTransaction) throws -> StepReport
  typealias End = @Sendable (ResourceWait, Result<PropertyValue, StepFailure>) -> Body

  var name: String
  /// True where the call may wait.
  var mayWait = false
  /// The steps that must have ended before, by their places in the list: all smaller than its own.
  var dependencies: [Int] = []
  /// Answers the wait that is journalled where it has begun already.
  var begin: Body
  /// The transaction that ends a wait, for what its work came to.
  var end: End?
}

/// Gathers steps in an order that suits their dependencies.
struct StepList {
  private(set) var steps: [DeploymentStep] = []
  /// The step that all later ones come after.
  private var barrier: Int?

  var count: Int { steps.count }

  /// Returns the step's place.
  @discardableResult
  mutating func append(_ step: DeploymentStep, after dependencies: [Int] = []) -> Int {
    var step = step
    step.dependencies = barrier.map { [$0] + dependencies } ?? dependencies
    steps.append(step)
    return steps.count - 1
  }

  /// A step that comes after all before it, and before all after it.
  mutating func appendBarrier(_ step: DeploymentStep) {
    barrier = append(step, after: Array(((barrier ?? -1) + 1)..<steps.count))
  }
}

/// Says which steps may be begun, in the order of the list where dependencies leave it free.
struct StepGraph {
  private var missing: [Int]
  private var dependents: [[Int]]
  private var ready: IndexHeap

  init(_ steps: [DeploymentStep]) {
    missing = steps.map(\.dependencies.count)
    dependents = Array(repeating: [], count: steps.count)
    for (index, step) in steps.enumerated() {
      for dependency in step.dependencies { dependents[dependency].append(index) }
    }
    ready = IndexHeap(missing.indices.filter { [missing] in missing[$0] == 0 })
  }

  /// The next step to begin; nil where all that is left depends on steps that have not ended.
  mutating func next() -> Int? { ready.popMin() }

  /// Notes that a step has ended.
  mutating func markEnded(_ index: Int) {
    for dependent in dependents[index] {
      missing[dependent] -= 1
      if missing[dependent] == 0 { ready.insert(dependent) }
    }
  }
}
