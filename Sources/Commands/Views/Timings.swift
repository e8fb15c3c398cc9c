import PropertyTree
import StackEngine

/// The time that a command has taken over templates, in milliseconds with one digit after the
/// point.
struct Timings {
  /// Stages and the total, in order.
  let milliseconds: [(name: String, value: Double)]

  /// - Parameter total: nanoseconds since the command began.
  init(_ times: StageTimes, total: Int64) {
    let stages = StageTimes.Stage.allCases.map { ($0.rawValue, times[$0]) } + [("total", total)]
    milliseconds = stages.map { ($0, (Double($1) / 100_000).rounded() / 10) }
  }

  var line: String {
    "timings: " + milliseconds.map { "\($0) \($1) ms" }.joined(separator: ", ")
  }

  var tree: PropertyValue {
    .object(PropertyObject(milliseconds.map { ($0.name, .double($0.value)) }))
  }
}
