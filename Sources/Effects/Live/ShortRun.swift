import CSpawn

/// Memory for a process that does one thing and ends.
public enum ShortRun {
  /// The limit of memory, in bytes, below which the heap is left as it is: it grows in steps of
  /// 96 MiB.
  public static let heapLimitLeast: UInt64 = 512 << 20

  /// Lets all threads allocate from one heap that grows in large steps: what one thread has freed
  /// serves the next, and the kernel is asked less often. A server is better off with heaps of its
  /// threads' own.
  public static func shareHeap() { leat_share_heap() }

  /// Keeps a tree until the process ends. To take one of 10,000 resources apart, node by node, takes
  /// a sixth of the time of a command that looks at it once. For what a process makes one of.
  public static func keep(_ tree: some Sendable) { _ = Unmanaged.passRetained(Kept(tree)) }

  private final class Kept<Tree: Sendable>: Sendable {
    private let tree: Tree
    init(_ tree: Tree) { self.tree = tree }
  }
}

/// Memory for a process that serves requests.
public enum LongRun {
  /// Keeps some megabytes of freed memory instead of giving them back with each request.
  public static func keepHeap() { leat_keep_heap() }
}
