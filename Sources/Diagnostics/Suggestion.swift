/// Finds what a misspelt word was meant to be.
public enum Suggestion {
  /// The candidate nearest to `word`, or nil when none is near enough to be a likely slip.
  /// Near enough: an edit distance of at most a third of the longer word, at least 1 from
  /// three letters on; a difference in case alone counts as nothing.
  public static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
    let wanted = Array(word.lowercased().utf8)
    var best: (distance: Int, candidate: String)?
    for candidate in candidates where candidate != word {
      let other = Array(candidate.lowercased().utf8)
      let longest = max(wanted.count, other.count)
      let bound = longest < 3 ? 0 : max(1, longest / 3)
      guard abs(wanted.count - other.count) <= bound else { continue }
      let distance = editDistance(wanted, other)
      guard distance <= bound else { continue }
      if best == nil || (distance, candidate) < (best!.distance, best!.candidate) {
        best = (distance, candidate)
      }
    }
    return best?.candidate
  }

  /// `did you mean \`X\`?`, or nil when nothing is near.
  public static func didYouMean(_ word: String, among candidates: some Sequence<String>) -> String?
  {
    nearest(to: word, among: candidates).map { "did you mean `\($0)`?" }
  }

  /// Optimal string alignment: insertions, deletions, substitutions, swaps of neighbours.
  static func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    var current = last
    for i in 1...a.count {
      current[0] = i
      for j in 1...b.count {
        let cost = a[i - 1] == b[j - 1] ? 0 : 1
        current[j] = min(last[j] + 1, current[j - 1] + 1, last[j - 1] + cost)
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
          current[j] = min(current[j], beforeLast[j - 2] + 1)
        }
      }
      (beforeLast, last, current) = (last, current, beforeLast)
    }
    return last[b.count]
  }
}
