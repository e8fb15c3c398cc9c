import ResourceModel

/// Orders things that depend on one another.
public enum DependencyOrder {
  /// Every element after those it depends on; the given order stays where dependencies leave it
  /// free. Dependencies that are not among the elements count for nothing. A cycle, which only a
  /// damaged state can hold, is cut at the element met first.
  public static func sorted<Element>(
    _ elements: [Element], id: (Element) -> LogicalID, dependsOn: (Element) -> [LogicalID]
  ) -> [Element] {
    var indices: [LogicalID: Int] = [:]
    for (index, element) in elements.enumerated() { indices[id(element)] = index }
    var isVisited = [Bool](repeating: false, count: elements.count)
    var order: [Element] = []
    order.reserveCapacity(elements.count)
    for start in elements.indices where !isVisited[start] {
      isVisited[start] = true
      // An explicit stack: a chain of thousands must not exhaust the thread's own.
      var path: [(index: Int, next: [Int])] = [(start, pending(start))]
      while let top = path.last {
        if let next = top.next.last {
          path[path.count - 1].next.removeLast()
          guard !isVisited[next] else { continue }
          isVisited[next] = true
          path.append((next, pending(next)))
        } else {
          order.append(elements[top.index])
          path.removeLast()
        }
      }
    }
    return order

    func pending(_ index: Int) -> [Int] {
      dependsOn(elements[index]).compactMap { indices[$0] }.sorted(by: >)
    }
  }
}
