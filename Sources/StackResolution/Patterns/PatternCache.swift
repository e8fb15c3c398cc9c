import PatternMatching

/// Matches values against patterns, each compiled once.
///
/// Most patterns of schemas are one class of characters with a length; those need no regular
/// expression, which would cost most of the time of a large template.
final class PatternCache {
  private enum Compiled {
    case simple(SimplePattern)
    case pattern(Pattern)
    case unusable(Pattern.Failure)
  }

  private struct Question: Hashable {
    var pattern: String
    var text: String
  }

  private var compiled: [String: Compiled] = [:]
  private var answers: [Question: Bool] = [:]
  /// The steps that all matches of a template may take together: well below a second.
  private var stepsLeft = 30_000_000

  /// True also where the pattern can't be used: the schema's dialect is not the user's mistake.
  func matches(_ text: String, _ pattern: String) -> Bool {
    switch compile(pattern) {
    case .simple(let simple): return simple.matches(text)
    case .unusable: return true
    case .pattern(let compiled):
      let question = Question(pattern: pattern, text: text)
      if let known = answers[question] { return known }
      let answer = compiled.matches(text, whole: false, steps: &stepsLeft) ?? true
      answers[question] = answer
      return answer
    }
  }

  /// True if a pattern of the template's own matches the whole of a text.
  ///
  /// - Throws: where that can't be answered.
  func matchesWhole(_ text: String, _ pattern: String) throws(Pattern.Failure) -> Bool {
    switch compile(pattern) {
    case .simple(let simple): return simple.matches(text)
    case .unusable(let failure): throw failure
    case .pattern(let compiled):
      guard let answer = compiled.matches(text, whole: true, steps: &stepsLeft) else {
        throw .tooLarge
      }
      return answer
    }
  }

  private func compile(_ pattern: String) -> Compiled {
    if let known = compiled[pattern] { return known }
    let result: Compiled
    if let simple = SimplePattern(pattern) {
      result = .simple(simple)
    } else {
      do throws(Pattern.Failure) { result = .pattern(try Pattern(pattern)) } catch {
        result = .unusable(error)
      }
    }
    compiled[pattern] = result
    return result
  }
}
