import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// The settings of a mapping as CreateEventSourceMapping, UpdateEventSourceMapping and templates
/// give them.
/// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html
protocol MappingRequest {
  var Enabled: Bool? { get }
  var BatchSize: Int? { get }
  var FilterCriteria: MappingFilterCriteria? { get }
  var MaximumBatchingWindowInSeconds: Int? { get }
  var ParallelizationFactor: Int? { get }
  var DestinationConfig: MappingDestinations? { get }
  var MaximumRecordAgeInSeconds: Int? { get }
  var BisectBatchOnFunctionError: Bool? { get }
  var MaximumRetryAttempts: Int? { get }
  var TumblingWindowInSeconds: Int? { get }
  var FunctionResponseTypes: [String]? { get }
}

struct MappingFilterCriteria: Codable, Sendable, Hashable {
  struct Filter: Codable, Sendable, Hashable { var Pattern: String? }
  var Filters: [Filter]?
}

struct MappingDestinations: Codable, Sendable, Hashable {
  struct Target: Codable, Sendable, Hashable { var Destination: String? }
  var OnSuccess: Target?
  var OnFailure: Target?
}

extension MappingRequest {
  /// Changes what the request gives and leaves the rest.
  func apply(to settings: inout MappingSettings) throws(ServiceError) {
    settings.isEnabled = Enabled ?? settings.isEnabled
    settings.batchSize = BatchSize ?? settings.batchSize
    settings.windowSeconds = MaximumBatchingWindowInSeconds ?? settings.windowSeconds
    settings.parallelization = ParallelizationFactor ?? settings.parallelization
    settings.recordAgeMax = MaximumRecordAgeInSeconds ?? settings.recordAgeMax
    settings.bisects = BisectBatchOnFunctionError ?? settings.bisects
    settings.retriesMax = MaximumRetryAttempts ?? settings.retriesMax
    settings.tumblingSeconds = TumblingWindowInSeconds ?? settings.tumblingSeconds
    if let types = FunctionResponseTypes {
      if let other = types.first(where: { $0 != "ReportBatchItemFailures" }) {
        throw ServiceError.validation(
          "1 validation error detected: Value '[\(other)]' at 'functionResponseTypes' failed to "
            + "satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value "
            + "set: [ReportBatchItemFailures]]")
      }
      settings.reportsItemFailures = !types.isEmpty
    }
    if let criteria = FilterCriteria {
      var filters: [String] = []
      for filter in criteria.Filters ?? [] {
        guard let pattern = filter.Pattern, !pattern.isEmpty else {
          throw MappingError.invalid("Invalid filter pattern definition.")
        }
        filters.append(pattern)
      }
      settings.filters = filters
    }
    if let destinations = DestinationConfig {
      if let success = destinations.OnSuccess?.Destination, !success.isEmpty {
        throw MappingError.foreign("DestinationConfig")
      }
      let destination = destinations.OnFailure?.Destination ?? ""
      settings.failureDestination = destination.isEmpty ? nil : destination
    }
  }
}

struct CreateMappingRequest: Decodable, Sendable, MappingRequest {
  var EventSourceArn: String?
  var FunctionName: String
  var StartingPosition: String?
  /// Seconds since 1970.
  var StartingPositionTimestamp: Double?
  var Tags: [String: String]?
  var Enabled: Bool?
  var BatchSize: Int?
  var FilterCriteria: MappingFilterCriteria?
  var MaximumBatchingWindowInSeconds: Int?
  var ParallelizationFactor: Int?
  var DestinationConfig: MappingDestinations?
  var MaximumRecordAgeInSeconds: Int?
  var BisectBatchOnFunctionError: Bool?
  var MaximumRetryAttempts: Int?
  var TumblingWindowInSeconds: Int?
  var FunctionResponseTypes: [String]?
}

struct UpdateMappingRequest: Decodable, Sendable, MappingRequest {
  var UUID: String
  var FunctionName: String?
  var Enabled: Bool?
  var BatchSize: Int?
  var FilterCriteria: MappingFilterCriteria?
  var MaximumBatchingWindowInSeconds: Int?
  var ParallelizationFactor: Int?
  var DestinationConfig: MappingDestinations?
  var MaximumRecordAgeInSeconds: Int?
  var BisectBatchOnFunctionError: Bool?
  var MaximumRetryAttempts: Int?
  var TumblingWindowInSeconds: Int?
  var FunctionResponseTypes: [String]?
}
