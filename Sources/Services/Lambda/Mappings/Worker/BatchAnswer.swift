import PropertyTree
import ServiceKit

/// The meaning of a function's answer to a batch.
enum BatchAnswer: Sendable, Hashable {
  /// All records are done. The state is that of a tumbling window, as JSON.
  case done(state: String)
  /// The records before this one are done.
  case doneBefore(Int, state: String)
  /// Nothing is known to be done.
  case failed

  /// - Parameters:
  ///   - records: those of the batch that the function was given.
  ///   - reads: false where nobody looks into the answer.
  init(
    _ result: FunctionResult, to batch: EventBatch, _ records: Range<Int>, reads: Bool,
    reportsItemFailures: Bool
  ) {
    if result.functionError != nil {
      self = .failed
    } else if !reads || result.payload.isEmpty {
      self = .done(state: "{}")
    } else if let answer = try? JSONReader.read(result.payload) {
      self = Self.read(answer, batch, records, reportsItemFailures)
    } else {
      // An answer that is no JSON tells nothing.
      self = .failed
    }
  }

  private static func read(
    _ answer: PropertyValue, _ batch: EventBatch, _ records: Range<Int>, _ reports: Bool
  ) -> BatchAnswer {
    if answer == .null { return .done(state: "{}") }
    guard let object = answer.objectValue else { return reports ? .failed : .done(state: "{}") }
    var state = "{}"
    if let given = object["state"], given != .null { state = JSONWriter.compact(given) }
    guard reports, let failures = object["batchItemFailures"], failures != .null else {
      return .done(state: state)
    }
    guard let list = failures.listValue else { return .failed }
    var lowest: Int?
    for failure in list {
      guard let number = failure["itemIdentifier"]?.stringValue,
        let index = batch.index(ofSequence: number), records.contains(index)
      else { return .failed }
      lowest = min(lowest ?? index, index)
    }
    return lowest.map { .doneBefore($0, state: state) } ?? .done(state: state)
  }
}
