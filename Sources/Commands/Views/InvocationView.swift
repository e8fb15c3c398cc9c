import PropertyTree
import ServiceKit

/// A call of a function as `leat invoke` tells it: the answer on standard output, the log and what
/// the call took on standard error.
struct InvocationView {
  var terminal: Terminal

  /// The answer, indented where it is JSON.
  func answer(_ result: ObservedResult) -> String {
    do throws(JSONReader.Failure) {
      return JSONWriter.pretty(try JSONReader.read(Array(result.payload.utf8)))
    } catch {
      return result.payload
    }
  }

  func log(_ result: ObservedResult) -> [String] {
    result.log.map { line in
      // Lambda's own lines stand back.
      let isSystem = ["START ", "END ", "REPORT ", "INIT_START "].contains {
        line.hasPrefix($0)
      }
      return isSystem ? terminal.styled(line.trimmingNewlines, .faint) : line.trimmingNewlines
    }
  }

  /// `Answered in 1.83 ms (start 52.10 ms), 34 MB.`
  func summary(_ result: ObservedResult) -> String {
    let isFailure = result.functionError != nil
    var text =
      isFailure ? terminal.styled("The function failed", .red, .bold) : "The function answered"
    if let milliseconds = result.milliseconds {
      text += " in \(milliseconds.hundredths) ms"
      if let start = result.startMilliseconds { text += " (start \(start.hundredths) ms)" }
      if let bytes = result.peakBytes { text += ", \((bytes + 1_048_575) >> 20) MB" }
    }
    text += "."
    if isFailure { text += " Call it again on this event: --replay" }
    return text
  }

  func tree(_ result: ObservedResult) -> PropertyValue {
    var answer: PropertyValue = .string(result.payload)
    // An answer that is no JSON is shown as text.
    if let tree = try? JSONReader.read(Array(result.payload.utf8)) { answer = tree }
    var shown: PropertyObject = [
      "requestId": .string(result.requestID), "executedVersion": .string(result.executedVersion),
      "answer": answer, "log": .list(result.log.map { .string($0.trimmingNewlines) }),
    ]
    if let error = result.functionError { shown["functionError"] = .string(error) }
    if let milliseconds = result.milliseconds { shown["milliseconds"] = .double(milliseconds) }
    if let start = result.startMilliseconds { shown["startMilliseconds"] = .double(start) }
    if let bytes = result.peakBytes { shown["peakBytes"] = .int(bytes) }
    return .object(shown)
  }
}

extension Double {
  /// `1.83`
  fileprivate var hundredths: String {
    let whole = Int((self * 100).rounded())
    let fraction = String(whole % 100)
    return "\(whole / 100).\(fraction.count == 1 ? "0" : "")\(fraction)"
  }
}
