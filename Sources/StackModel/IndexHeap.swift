/// A binary heap of indices, the smallest first.
package struct IndexHeap {
  private var storage: [Int]

  /// - Parameter ascending: indices in rising order, which is a heap already.
  package init(_ ascending: [Int]) { storage = ascending }

  package mutating func insert(_ index: Int) {
    storage.append(index)
    var child = storage.count - 1
    while child > 0, storage[child] < storage[(child - 1) / 2] {
      storage.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  package mutating func popMin() -> Int? {
    guard let least = storage.first else { return nil }
    let last = storage.removeLast()
    guard !storage.isEmpty else { return least }
    storage[0] = last
    var parent = 0
    while true {
      var smallest = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < storage.count && storage[child] < storage[smallest] {
        smallest = child
      }
      guard smallest != parent else { return least }
      storage.swapAt(parent, smallest)
      parent = smallest
    }
  }
}
