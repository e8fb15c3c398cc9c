import PatternMatching
import Synchronization

/// Patterns of the models, compiled once.
enum PatternMemo {
  private static let memo = Mutex<[String: Pattern?]>([:])
  /// A few milliseconds for a text of usual length, a tenth of a second at most.
  private static let stepsMax = 10_000_000

  /// True where all of the text matches; nil where the pattern can't be read (a test lists those)
  /// or the text takes too long to be matched: then it is not held against it.
  static func matches(_ text: String, _ pattern: String) -> Bool? {
    guard let compiled = compiled(pattern) else { return nil }
    var steps = stepsMax
    return compiled.matches(text, whole: true, steps: &steps)
  }

  private static func compiled(_ pattern: String) -> Pattern? {
    memo.withLock { memo in
      if let known = memo[pattern] { return known }
      // A pattern that can't be read is left out: the walk over all facts lists it.
      let compiled = try? Pattern(pattern)
      memo[pattern] = .some(compiled)
      return compiled
    }
  }
}
