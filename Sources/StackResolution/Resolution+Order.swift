import Diagnostics
import StackModel
import TemplateParsing

extension Resolution {
  /// Cycles that are named one by one; more of them are counted together.
  private static let cyclesMax = 20

  /// All resources, each after those it depends on; among equals in the template's order.
  /// Resources of a cycle are reported, marked as failed and let through.
  func dependencyOrder() -> [Int] {
    let count = template.resources.count
    var dependents = Array(repeating: [Int](), count: count)
    var open = Array(repeating: 0, count: count)
    for source in 0..<count {
      for target in Set(edges[source].map(\.target)) {
        dependents[target].append(source)
        open[source] += 1
      }
    }
    var ready = IndexHeap((0..<count).filter { open[$0] == 0 })
    var isDone = Array(repeating: false, count: count)
    var order: [Int] = []
    order.reserveCapacity(count)
    var cycles = 0
    var firstOpen = 0
    while order.count < count {
      while let next = ready.popMin() {
        if isDone[next] { continue }
        isDone[next] = true
        order.append(next)
        for dependent in dependents[next] {
          open[dependent] -= 1
          if open[dependent] == 0 { ready.insert(dependent) }
        }
      }
      guard order.count < count else { break }
      while isDone[firstOpen] { firstOpen += 1 }
      cycles += 1
      let stuck: [Int]
      if cycles <= Self.cyclesMax {
        stuck = breakCycle(from: firstOpen, isDone)
      } else {
        stuck = (0..<count).filter { !isDone[$0] }
      }
      for index in stuck {
        statuses[index] = .failed
        ready.insert(index)
      }
    }
    return order
  }

  /// Finds one cycle that blocks `start`, and reports it with the places of its references.
  private func breakCycle(from start: Int, _ isDone: [Bool]) -> [Int] {
    var path: [Int] = []
    var steps: [Edge] = []
    var positions: [Int: Int] = [:]
    var current = start
    while positions[current] == nil {
      positions[current] = path.count
      path.append(current)
      // A resource that is not done waits for another that is not done.
      guard let edge = edges[current].first(where: { !isDone[$0.target] }) else { return [current] }
      steps.append(edge)
      current = edge.target
    }
    let first = positions[current] ?? 0
    let cycle = Array(path[first...])
    let names = (cycle + [current]).map { "`\(template.resources[$0].logicalID.value)`" }
    let related = zip(cycle, steps[first...]).map { source, edge in
      Diagnostic.Related(
        span: edge.span,
        label: "`\(template.resources[source].logicalID.value)` refers to "
          + "`\(template.resources[edge.target].logicalID.value)` here")
    }
    report(
      .dependencyCycle, "resources depend on each other: \(names.joined(separator: " → "))",
      at: template.resources[current].logicalID.span,
      hint: "take one of the references away, or move it into a resource of its own",
      related: related,
      sentence: CloudFormationSentence(
        "Circular dependency between resources: ",
        cycle.map { template.resources[$0].logicalID.value }, ""))
    return cycle
  }
}
