import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// An event-source mapping as it is stored.
struct MappingModel: Codable, Sendable, Hashable {
  var uuid: String
  var sourceARN: String
  /// Of the function, with the qualifier where one was given.
  var functionARN: String
  var start: MappingStart
  var settings: MappingSettings
  var tags: [String: String]
  var created: Timestamp
  var lastModified: Timestamp
  /// Grows with each change: what runs by an older one is brought to its end first.
  var generation = 0
  /// The text that the API shows; kept where it changes, not with each batch.
  var lastResult = MappingModel.nothingYet

  static let nothingYet = "No records processed"
  static let succeeded = "OK"

  func arn(in scope: Scope) -> String {
    ARN("lambda", scope, "event-source-mapping:\(uuid)").description
  }
}

/// The place in a stream where a mapping begins.
struct MappingStart: Codable, Sendable, Hashable {
  /// `TRIM_HORIZON`, `LATEST` or `AT_TIMESTAMP`.
  var name: String
  /// Of `AT_TIMESTAMP`.
  var timestamp: Timestamp?

  static let trimHorizon = MappingStart(name: "TRIM_HORIZON")
  static let latest = MappingStart(name: "LATEST")
}

/// The settings of a mapping that can be changed.
struct MappingSettings: Codable, Sendable, Hashable {
  static let batchSizeDefault = 100

  var isEnabled = true
  /// Records, 1–10,000.
  var batchSize = MappingSettings.batchSizeDefault
  /// Seconds, 0–300.
  var windowSeconds = 0
  /// Batches of a shard at a time, 1–10.
  var parallelization = 1
  /// Seconds, 60 or more; -1 for no bound.
  var recordAgeMax = -1
  /// -1 for no bound.
  var retriesMax = -1
  var bisects = false
  /// Seconds, up to 900; 0 for no windows.
  var tumblingSeconds = 0
  var reportsItemFailures = false
  /// Texts of patterns; one of them must match.
  var filters: [String] = []
  /// The ARN of a queue, a topic or a bucket.
  var failureDestination: String?
}
