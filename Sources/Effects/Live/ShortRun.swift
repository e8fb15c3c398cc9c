import CSpawn

/// How memory is had in a process that does one thing and ends.
public enum ShortRun {
  /// Lets all threads allocate from one heap that grows in large steps: what one thread has freed
  /// serves the next, and the kernel is asked less often. A server is better off with heaps of its
  /// threads' own.
  public static func shareHeap() { leat_share_heap() }
}
