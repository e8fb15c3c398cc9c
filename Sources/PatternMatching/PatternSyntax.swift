/// A pattern as it is written. Which of several matches is taken does not show, so that greedy and
/// lazy repetition are the same.
indirect enum PatternSyntax {
  enum Assertion: Hashable {
    case start, end
    /// At the end, or before a line feed that ends the text.
    case lastLineEnd
    case wordBoundary, noWordBoundary
  }

  case set(ScalarSet)
  case sequence([PatternSyntax])
  case choice([PatternSyntax])
  /// - Parameter most: nil without bound.
  case repetition(PatternSyntax, least: Int, most: Int?)
  case assertion(Assertion)
  /// One of the reader's `looks`.
  case look(Int, isNegated: Bool)
}
