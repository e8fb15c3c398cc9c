import AWSModel
import Effects
import PropertyTree

/// The fate of asynchronous invocations, as it is configured.
struct EventInvokeModel: Codable, Sendable, Hashable {
  /// Further attempts after the first, 0–2; nil for 2.
  var retries: Int?
  /// Seconds that an event may wait, 60–21,600; nil for 21,600.
  var ageSeconds: Int?
  /// ARNs that take records of invocations.
  var onSuccess: String?
  var onFailure: String?
  var lastModified: Timestamp

  static let retriesMax = 2
  static let ageSecondsMax = 21_600

  /// `DestinationConfig`, in requests and templates.
  struct Destinations: Codable, Sendable, Hashable {
    struct Target: Codable, Sendable, Hashable { var Destination: String? }

    var OnSuccess: Target?
    var OnFailure: Target?
  }

  func shown(at reference: FunctionReference) -> PropertyObject {
    var shown: PropertyObject = [
      "LastModified": .double(Double(lastModified.milliseconds) / 1000),
      "FunctionArn": .string("\(reference.key.arn):\(reference.place)"),
      "DestinationConfig": [
        "OnSuccess": onSuccess.map { ["Destination": .string($0)] } ?? [:],
        "OnFailure": onFailure.map { ["Destination": .string($0)] } ?? [:],
      ],
    ]
    if let retries { shown["MaximumRetryAttempts"] = .int(Int64(retries)) }
    if let ageSeconds { shown["MaximumEventAgeInSeconds"] = .int(Int64(ageSeconds)) }
    return shown
  }

  /// Destinations that are given replace those before.
  mutating func apply(_ destinations: Destinations?) {
    guard let destinations else { return }
    onSuccess = destinations.OnSuccess?.Destination.unlessEmpty
    onFailure = destinations.OnFailure?.Destination.unlessEmpty
  }

  static func missing(at reference: FunctionReference) -> ServiceError {
    .missing(
      "The function \(reference.key.arn):\(reference.place) doesn't have an EventInvokeConfig")
  }
}
