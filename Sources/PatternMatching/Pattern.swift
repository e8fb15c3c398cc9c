/// A regular expression that answers whether a text matches, and nothing else. Ours, because
/// templates bring their own patterns: with backtracking, a few dozen characters can keep an
/// engine busy for years. Knows looks around, which schemas use, and the texts' characters are
/// Unicode scalars.
public final class Pattern: Sendable {
  public enum Failure: Error, Equatable {
    /// Not a regular expression, and why.
    case malformed(String)
    /// A construct that can't be answered in bounded time, by its name.
    case unsupported(String)
    case tooLarge
  }

  let main: PatternProgram
  let sets: [ScalarSet]
  let looks: [PatternProgram.Look]

  public init(_ pattern: String) throws(Failure) {
    var reader = PatternReader(pattern)
    let syntax = try reader.read()
    var sets: [ScalarSet] = []
    var looks: [PatternProgram.Look] = []
    main = try PatternProgram(syntax, isBackward: false, sets: &sets)
    for look in reader.looks {
      let program = try PatternProgram(look.syntax, isBackward: look.isAhead, sets: &sets)
      looks.append(PatternProgram.Look(program: program, isAhead: look.isAhead))
    }
    self.sets = sets
    self.looks = looks
  }

  /// True if the pattern matches the text, all of it or somewhere.
  ///
  /// - Parameter steps: how many steps there may be; less by those that were made.
  /// - Returns: nil where the steps did not suffice.
  public func matches(_ text: String, whole: Bool, steps: inout Int) -> Bool? {
    var match = PatternMatch(self, text, stepsMax: steps)
    let answer = match.isMatch(whole: whole)
    steps = max(match.stepsLeft, 0)
    return match.stepsLeft < 0 ? nil : answer
  }
}
