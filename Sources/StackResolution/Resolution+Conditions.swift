import Diagnostics
import PropertyTree
import TemplateParsing

extension Resolution {
  /// The longest chain of conditions that name conditions.
  private static let chainMax = 200

  /// Evaluates every condition once; each one's mistakes are reported once.
  func evaluateConditions() {
    var marks = Array(repeating: Mark.new, count: template.conditions.count)
    for condition in template.conditions { checkNames(condition.expression, in: .condition) }
    var chain: [Int] = []
    for index in template.conditions.indices { evaluate(index, &marks, &chain) }
  }

  private enum Mark { case new, open, done }

  /// - Parameter chain: the conditions whose evaluation led here.
  private func evaluate(_ index: Int, _ marks: inout [Mark], _ chain: inout [Int]) {
    guard marks[index] == .new else {
      if marks[index] == .open { reportCircle(chain.drop { $0 != index } + [index]) }
      return
    }
    guard chain.count < Self.chainMax else {
      report(
        .tooDeep, "conditions name each other more than \(Self.chainMax) times in a row",
        at: template.conditions[index].name.span)
      return
    }
    marks[index] = .open
    chain.append(index)
    let expression = template.conditions[index].expression
    for name in conditionNames(in: expression) {
      if let next = conditionIndex[name] { evaluate(next, &marks, &chain) }
    }
    chain.removeLast()
    conditions[index] = truth(expression)
    if isAssumed(expression) { assumedConditions.insert(template.conditions[index].name.value) }
    marks[index] = .done
  }

  private func reportCircle(_ circle: [Int]) {
    let names = circle.map { template.conditions[$0].name }
    report(
      .dependencyCycle,
      circle.count == 2
        ? "the condition `\(names[0].value)` depends on itself"
        : "conditions depend on each other: "
          + names.map { "`\($0.value)`" }.joined(separator: " → "),
      at: names[0].span, hint: "take one of the references away",
      related: names.dropFirst().dropLast().map {
        .init(span: $0.span, label: "part of the circle")
      }
    )
  }

  func conditionNames(in expression: Expression) -> [String] {
    switch expression.kind {
    case .condition(let name): [name]
    case .and(let parts), .or(let parts): parts.flatMap(conditionNames)
    case .not(let part): conditionNames(in: part)
    case .conditional(let condition, let then, let otherwise):
      [condition.value] + conditionNames(in: then) + conditionNames(in: otherwise)
    case .equals(let a, let b): conditionNames(in: a) + conditionNames(in: b)
    default: []
    }
  }

  /// A condition's value; nil where an error has been reported.
  func truth(_ expression: Expression) -> Bool? {
    switch expression.kind {
    case .condition(let name): return truth(ofCondition: name)
    case .not(let part): return truth(part).map { !$0 }
    case .and(let parts):
      let values = parts.map(truth)
      return values.contains(nil) ? nil : values.allSatisfy { $0 == true }
    case .or(let parts):
      let values = parts.map(truth)
      return values.contains(nil) ? nil : values.contains(true)
    case .equals(let a, let b):
      let errorsBefore = errorCount
      let first = value(a) ?? ""
      let second = value(b) ?? ""
      guard isComparable(first, at: a.span), isComparable(second, at: b.span) else { return nil }
      guard !first.containsUnknown, !second.containsUnknown else {
        return assumedEquality(a, b, errorsBefore: errorsBefore)
      }
      return first.differences(to: second).isEmpty
    case .ruleFunction(let name, let arguments):
      return ruleTruth(name, arguments, at: expression.span)
    case .invalid: return nil
    case .unsupported(let name):
      reportUnsupported(name, at: expression.span)
      return nil
    default:
      report(
        .malformedIntrinsic, "a condition must be true or false", at: expression.span,
        hint: "compare with `Fn::Equals: [a, b]`, or name a condition with `Condition: Name`")
      return nil
    }
  }

  /// False, with a finding, for what `Fn::Equals` can't compare.
  private func isComparable(_ value: PropertyValue, at span: SourceSpan) -> Bool {
    guard value.listValue != nil || value.objectValue != nil else { return true }
    report(
      .wrongIntrinsicValue, "`Fn::Equals` compares text, this gives \(value.shape)", at: span,
      hint: "make text of a list with `Fn::Join`, or take one element with `Fn::Select`")
    return false
  }

  /// nil for a condition that does not exist or failed; `checkNames` has reported it.
  func truth(ofCondition name: String) -> Bool? {
    conditionIndex[name].flatMap { conditions[$0] }
  }

  /// The conditions decided so far.
  var truths: ConditionTruths {
    ConditionTruths(
      index: conditionIndex, values: conditions, emptyParameters: emptyParameters)
  }
}
