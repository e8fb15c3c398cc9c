import Diagnostics
import PatternMatching
import TemplateParsing

/// Holds one parameter's value against its constraints.
struct ParameterCheck {
  /// CloudFormation's limit for a value.
  static let valueBytesMax = 4096

  var parameter: TemplateParameter
  var type: ParameterType
  /// False for the template's own default.
  var isGiven: Bool
  var place: SourceSpan
  let patterns: PatternCache

  func findings(_ elements: [String], text: String) -> [Diagnostic] {
    var found: [Diagnostic] = []
    if text.utf8.count > Self.valueBytesMax {
      found.append(finding("is longer than \(Self.valueBytesMax) bytes", text, related: nil))
      return found
    }
    for element in elements { found += findings(of: element) }
    return found
  }

  private func findings(of element: String) -> [Diagnostic] {
    var found: [Diagnostic] = []
    if type.isNumber { found += numberFindings(element) }
    let allowed = parameter.allowedValues
    if !allowed.isEmpty, !allowed.contains(where: { $0.value == element }) {
      var shown = finding(
        "is not one of the allowed values", element, related: nil,
        sentence: "must be one of AllowedValues")
      let values = allowed.map(\.value)
      let list = values.prefix(10).map { "`\($0)`" }.joined(separator: ", ")
      shown.hint =
        parameter.constraintDescription ?? Suggestion.didYouMean(element, among: values)
        ?? "it is one of \(list)\(values.count > 10 ? ", …" : "")"
      found.append(shown)
    }
    if let pattern = parameter.allowedPattern { found += patternFindings(element, pattern) }
    let length = element.unicodeScalars.count
    if let least = parameter.minLength, length < least.value {
      found.append(
        finding(
          "is shorter than \(least.value)", element, related: least.span,
          sentence: "must contain at least \(least.value) characters"))
    }
    if let most = parameter.maxLength, length > most.value {
      found.append(
        finding(
          "is longer than \(most.value)", element, related: most.span,
          sentence: "must contain at most \(most.value) characters"))
    }
    return found
  }

  private func numberFindings(_ element: String) -> [Diagnostic] {
    guard let number = Double(element), number.isFinite else {
      return [
        finding(
          "is not a number", element, related: parameter.type.span, sentence: "must be a number")
      ]
    }
    var found: [Diagnostic] = []
    if let least = parameter.minValue, number < least.value {
      found.append(
        finding(
          "is less than \(shown(least.value))", element, related: least.span,
          sentence: "must be a number not less than \(shown(least.value))"))
    }
    if let most = parameter.maxValue, number > most.value {
      found.append(
        finding(
          "is more than \(shown(most.value))", element, related: most.span,
          sentence: "must be a number not greater than \(shown(most.value))"))
    }
    return found
  }

  private func patternFindings(_ element: String, _ pattern: Spanned<String>) -> [Diagnostic] {
    do throws(Pattern.Failure) {
      guard try !patterns.matchesWhole(element, pattern.value) else { return [] }
      return [
        finding(
          "does not match the pattern `\(pattern.value)`", element, related: pattern.span,
          sentence: "must match pattern \(pattern.value)")
      ]
    } catch {
      return [unusable(pattern, error)]
    }
  }

  private func unusable(_ pattern: Spanned<String>, _ failure: Pattern.Failure) -> Diagnostic {
    let shown = "`\(pattern.value.prefix(60))`"
    let (message, hint): (String, String?) =
      switch failure {
      case .malformed(let reason):
        ("\(shown) is not a regular expression: \(reason)", nil)
      case .unsupported(let construct):
        ("Leat does not implement \(construct) in patterns", "write \(shown) without")
      case .tooLarge:
        ("the pattern \(shown) takes too long to match", "make its repetitions shorter")
      }
    return Diagnostic(.invalidParameter, message, at: pattern.span, hint: hint)
  }

  private func shown(_ number: Double) -> String {
    Int64(exactly: number).map { String($0) } ?? String(number)
  }

  /// - Parameter sentence: the end of CloudFormation's, which an author's own words replace.
  private func finding(
    _ problem: String, _ value: String, related: SourceSpan?, sentence: String? = nil
  ) -> Diagnostic {
    let name = parameter.name.value
    let said =
      parameter.constraintDescription.map {
        "Parameter \(name) failed to satisfy constraint: \($0)"
      }
      ?? sentence.map { "Parameter '\(name)' \($0)" }
    let shown = parameter.isSecret ? "****" : String(value.prefix(60))
    let subject = isGiven ? "the value" : "the default"
    return Diagnostic(
      .invalidParameter,
      "\(subject) `\(shown)` of the parameter `\(parameter.name.value)` \(problem)", at: place,
      hint: parameter.constraintDescription,
      related: related.map { [.init(span: $0, label: "required here")] } ?? [],
      sentence: said.map { CloudFormationSentence($0) })
  }
}
