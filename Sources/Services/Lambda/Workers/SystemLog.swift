import Effects
import PropertyTree

/// The end of an invocation, as the log tells it.
struct InvocationEnding: Sendable {
  enum Status: String, Sendable { case success, error, timeout }

  var status = Status.success
  /// The error's type, for `error`.
  var errorType: String?
  /// True where the process did not answer: text tells the status of these alone.
  var isFailure = false

  /// The end of the REPORT line.
  var suffix: String {
    guard isFailure else { return "" }
    return "\tStatus: \(status.rawValue)" + (errorType.map { "\tError Type: \($0)" } ?? "")
  }
}

/// Time and memory that an invocation took.
struct InvocationMetrics: Sendable {
  var milliseconds: Double
  /// Of the start, where the process was new.
  var initMilliseconds: Double?
  var memoryMegabytes: Int
  var peakBytes: Int64

  var billedMilliseconds: Int {
    Int((milliseconds + (initMilliseconds ?? 0)).rounded(.up))
  }
  var peakMegabytes: Int64 { (peakBytes + 1_048_575) >> 20 }
}

/// Lambda's own lines about one invocation: START, END and REPORT as text, `platform.…` events as
/// JSON.
///
/// https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
struct SystemLog: Sendable {
  let requestID: String
  /// `$LATEST` or a number.
  let version: String
  let logging: FunctionLogging?
  let output: OutputCollector
  let clock: any Clock
  /// True where the last line, too, can wait for more.
  var mayWait = false

  func start() {
    guard logging != nil else {
      return output.add("START RequestId: \(requestID) Version: \(version)", mayWait: true)
    }
    event("start", level: "INFO", ["requestId": .string(requestID), "version": .string(version)])
  }

  /// A sentence about a failure, which JSON has in the event of the end.
  func note(_ text: String) {
    if logging == nil { output.add(text) }
  }

  func end(_ metrics: InvocationMetrics, _ ending: InvocationEnding) {
    guard logging != nil else {
      output.add("END RequestId: \(requestID)", mayWait: true)
      return output.add(line(metrics, ending), mayWait: mayWait)
    }
    var measured: PropertyObject = ["durationMs": .double(metrics.milliseconds.rounded(to: 3))]
    event(
      "runtimeDone", level: ending.status == .success ? "DEBUG" : "WARN",
      record(["metrics": .object(measured)], ending))
    measured["billedDurationMs"] = .int(Int64(metrics.billedMilliseconds))
    measured["memorySizeMB"] = .int(Int64(metrics.memoryMegabytes))
    measured["maxMemoryUsedMB"] = .int(metrics.peakMegabytes)
    if let start = metrics.initMilliseconds {
      measured["initDurationMs"] = .double(start.rounded(to: 3))
    }
    event(
      "report", level: ending.status == .success ? "INFO" : "WARN",
      record(["metrics": .object(measured)], ending))
  }

  private func record(_ fields: PropertyObject, _ ending: InvocationEnding) -> PropertyObject {
    var record: PropertyObject = ["requestId": .string(requestID)]
    for (key, value) in fields { record[key] = value }
    record["status"] = .string(ending.status.rawValue)
    if let type = ending.errorType { record["errorType"] = .string(type) }
    return record
  }

  private func event(_ name: String, level: String, _ record: PropertyObject) {
    output.addEvent(
      name, level: level, record, logging, at: clock.now, mayWait: mayWait || name != "report")
  }

  private func line(_ metrics: InvocationMetrics, _ ending: InvocationEnding) -> String {
    var line =
      "REPORT RequestId: \(requestID)\tDuration: \(metrics.milliseconds.hundredths) ms\t"
      + "Billed Duration: \(metrics.billedMilliseconds) ms\t"
      + "Memory Size: \(metrics.memoryMegabytes) MB\tMax Memory Used: \(metrics.peakMegabytes) MB"
    if let start = metrics.initMilliseconds { line += "\tInit Duration: \(start.hundredths) ms" }
    return line + ending.suffix + "\t"
  }
}

extension OutputCollector {
  /// Adds an event of Lambda's, where its level is kept.
  func addEvent(
    _ name: String, level: String, _ record: PropertyObject, _ logging: FunctionLogging?,
    at now: Timestamp, mayWait: Bool = false
  ) {
    guard logging?.writes(system: level) == true else { return }
    let event: PropertyObject = [
      "time": .string(now.iso8601), "type": .string("platform.\(name)"),
      "record": .object(record),
    ]
    add(JSONWriter.compact(.object(event)), mayWait: mayWait)
  }
}

extension Double {
  /// `1.83`
  var hundredths: String {
    let whole = Int((self * 100).rounded())
    let fraction = String(whole % 100)
    return "\(whole / 100).\(fraction.count == 1 ? "0" : "")\(fraction)"
  }

  func rounded(to digits: Int) -> Double {
    let factor = (0..<digits).reduce(1.0) { factor, _ in factor * 10 }
    return (self * factor).rounded() / factor
  }
}
