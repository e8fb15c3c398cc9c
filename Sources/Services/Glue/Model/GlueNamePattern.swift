import AWSModel
import PatternMatching

/// A regular expression that names must match as a whole; `*` alone matches all of them.
struct GlueNamePattern {
  private let pattern: Pattern?
  private var steps = 10_000_000

  /// - Throws: `InvalidInputException` where the text is no regular expression.
  init(_ text: String?) throws(ServiceError) {
    guard let text, !text.isEmpty, text != "*" else {
      pattern = nil
      return
    }
    do throws(Pattern.Failure) { pattern = try Pattern(text) } catch {
      switch error {
      case .malformed: throw GlueFault.invalid("Invalid expression: \(text)")
      case .unsupported(let what): throw .unsupported("\(what) in a pattern of names")
      case .tooLarge: throw .unsupported("a pattern of names of that size")
      }
    }
  }

  mutating func matches(_ name: String) throws(ServiceError) -> Bool {
    guard let pattern else { return true }
    guard let answer = pattern.matches(name, whole: true, steps: &steps) else {
      throw .unsupported("a pattern of names that takes so long to be matched")
    }
    return answer
  }
}
