import AWSModel
import ServiceKit

/// Settings of a function that most leave as they are, in the form of requests and templates.
struct FunctionExtras: Sendable {
  struct DeadLetter: Codable, Sendable, Hashable { var TargetArn: String? }
  struct Tracing: Codable, Sendable, Hashable { var Mode: String? }
  struct Storage: Codable, Sendable, Hashable { var Size: Int }
  struct Snapshots: Codable, Sendable, Hashable { var ApplyOn: String? }

  var DeadLetterConfig: DeadLetter?
  var KMSKeyArn: String?
  var TracingConfig: Tracing?
  var EphemeralStorage: Storage?
  var SnapStart: Snapshots?

  /// Overwrites in `settings` what is given; empty texts take back.
  func apply(to settings: inout FunctionSettings) {
    if let target = DeadLetterConfig { settings.deadLetterARN = target.TargetArn.unlessEmpty }
    if KMSKeyArn != nil { settings.keyARN = KMSKeyArn.unlessEmpty }
    if let mode = TracingConfig?.Mode { settings.tracing = mode }
    if let size = EphemeralStorage?.Size { settings.ephemeralMegabytes = size }
    if let moment = SnapStart?.ApplyOn { settings.snapStart = moment }
  }
}

extension Optional where Wrapped == String {
  /// nil for an empty text.
  var unlessEmpty: String? { flatMap { $0.isEmpty ? nil : $0 } }
}

extension FunctionSettings {
  /// Throws what AWS throws for values out of bounds.
  func validateExtras() throws {
    try Self.check(ephemeralMegabytes, "ephemeralStorage.size", 512...10_240)
    for (value, name, known) in [
      (tracing, "tracingConfig.mode", ["Active", "PassThrough"]),
      (snapStart, "snapStart.applyOn", ["PublishedVersions", "None"]),
    ] where !known.contains(value) {
      throw Self.constraint(
        value, name, "satisfy enum value set: [\(known.joined(separator: ", "))]")
    }
    if snapStart == "PublishedVersions", !hasSnapStart {
      throw ServiceError.parameter(
        "\(runtime) is not supported for SnapStart enabled functions.")
    }
  }

  /// Runtimes that AWS starts from snapshots: Python from 3.12 on, of those that Leat runs.
  private var hasSnapStart: Bool {
    guard runtime.hasPrefix("python3."), let minor = Int(runtime.dropFirst("python3.".count))
    else { return runtime.hasPrefix("java") || runtime.hasPrefix("dotnet") }
    return minor >= 12
  }

  /// Throws for a dead-letter target that is none of AWS's, and by name for one whose service is not
  /// there.
  func checkDeadLetter(
    _ events: () throws(ServiceError) -> EventTargets
  ) throws(ServiceError) {
    guard let deadLetterARN else { return }
    let service = ARN(parsing: deadLetterARN)?.service
    guard service == "sqs" || service == "sns" else {
      throw .parameter(
        "The provided target ARN \(deadLetterARN) is invalid: a dead-letter target is an SQS queue or "
          + "an SNS topic.")
    }
    try events().check(deadLetterARN)
  }
}
