import PatternMatching

/// The first line is a pattern, the rest a text: matching ends, and its two ways agree.
enum PatternCheck {
  static func run(on input: FuzzedInput) {
    let parts = input.template.split(
      separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
    let source = String(decoding: parts[0], as: UTF8.self)
    let text = parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : ""
    // A text that is not a pattern, or too large a one, is refused.
    guard let pattern = try? Pattern(source), let bounded = try? Pattern("^(?:\(source))$") else {
      return
    }
    var steps = 2_000_000
    guard let whole = pattern.matches(text, whole: true, steps: &steps),
      let somewhere = pattern.matches(text, whole: false, steps: &steps),
      let again = bounded.matches(text, whole: false, steps: &steps)
    else { return }
    precondition(!whole || somewhere, "matches the whole, but nowhere inside")
    precondition(whole == again, "anchors and matching the whole differ")
  }
}
