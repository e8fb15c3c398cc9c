import AWSModel
import Effects
import ServiceKit

/// Rules that the API's model does not say, for requests and for templates.
struct MappingRules: Sendable {
  let capabilities: Capabilities

  /// Filters of one mapping. AWS allows 5, and 10 where asked for.
  static let filtersMax = 10

  /// Throws for sources that Leat can't read, by their names.
  static func checkSource(_ arn: String?) throws(ServiceError) {
    guard let arn else { throw MappingError.invalid("Unrecognized event source.") }
    guard let parsed = ARN(parsing: arn) else {
      throw MappingError.invalid("Unrecognized event source.")
    }
    switch parsed.service {
    case "kinesis": return
    case "sqs": throw .unsupported("queues (SQS) as event sources")
    case "dynamodb": throw .unsupported("DynamoDB streams as event sources")
    case "kafka": throw .unsupported("Kafka clusters (MSK) as event sources")
    case "mq": throw .unsupported("brokers (Amazon MQ) as event sources")
    case "rds": throw .unsupported("DocumentDB clusters as event sources")
    default: throw MappingError.invalid("Unrecognized event source.")
    }
  }

  static func start(_ position: String?, _ timestamp: Timestamp?, now: Timestamp)
    throws(ServiceError) -> MappingStart
  {
    switch position {
    case "TRIM_HORIZON", "LATEST":
      guard timestamp == nil else {
        throw MappingError.invalid(
          "StartingPositionTimestamp is only allowed with the starting position AT_TIMESTAMP.")
      }
      return position == "LATEST" ? .latest : .trimHorizon
    case "AT_TIMESTAMP":
      guard let timestamp else {
        throw MappingError.invalid(
          "StartingPositionTimestamp is required with the starting position AT_TIMESTAMP.")
      }
      guard timestamp <= now else {
        throw MappingError.invalid("StartingPositionTimestamp cannot be in the future.")
      }
      return MappingStart(name: "AT_TIMESTAMP", timestamp: timestamp)
    case nil:
      throw MappingError.invalid(
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy "
          + "constraint: Member must not be null.")
    case let other?:
      throw ServiceError.validation(
        "1 validation error detected: Value '\(other)' at 'startingPosition' failed to satisfy "
          + "constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]")
    }
  }

  func check(_ settings: MappingSettings) throws(ServiceError) {
    try Self.checkBound("batchSize", settings.batchSize, 1...10_000)
    try Self.checkBound("maximumBatchingWindowInSeconds", settings.windowSeconds, 0...300)
    try Self.checkBound("parallelizationFactor", settings.parallelization, 1...10)
    try Self.checkBound("maximumRetryAttempts", settings.retriesMax, -1...10_000)
    try Self.checkBound("tumblingWindowInSeconds", settings.tumblingSeconds, 0...900)
    if settings.recordAgeMax != -1 {
      try Self.checkBound("maximumRecordAgeInSeconds", settings.recordAgeMax, 60...604_800)
    }
    guard settings.filters.count <= Self.filtersMax else {
      throw MappingError.invalid(
        "FilterCriteria has \(settings.filters.count) filters; the most is \(Self.filtersMax).")
    }
    for pattern in settings.filters { _ = try MappingFilter(pattern) }
    if let destination = settings.failureDestination { try check(destination: destination) }
  }

  private static func checkBound(_ name: String, _ value: Int, _ bounds: ClosedRange<Int>)
    throws(ServiceError)
  {
    guard !bounds.contains(value) else { return }
    let (side, bound) =
      value < bounds.lowerBound ? ("greater", bounds.lowerBound) : ("less", bounds.upperBound)
    throw .validation(
      "1 validation error detected: Value '\(value)' at '\(name)' failed to satisfy constraint: "
        + "Member must have value \(side) than or equal to \(bound)")
  }

  private func check(destination: String) throws(ServiceError) {
    if destination.hasPrefix("kafka://") {
      throw .unsupported("Kafka topics as destinations of event-source mappings")
    }
    switch ARN(parsing: destination)?.service {
    case "s3": _ = try capabilities.require(.objects)
    case "sqs", "sns": try capabilities.require(.events).check(destination)
    default:
      throw MappingError.invalid(
        "The provided destination config DestinationConfig(onSuccess=null, "
          + "onFailure=OnFailure(destination=\(destination))) is invalid.")
    }
  }
}
