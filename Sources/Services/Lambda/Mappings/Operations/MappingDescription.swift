import AWSModel
import Effects
import PropertyTree

/// https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html
extension MappingModel {
  /// `EventSourceMappingConfiguration` as the API shows a mapping.
  func description(state: String, in scope: Scope) -> PropertyValue {
    var shown: PropertyObject = [
      "UUID": .string(uuid), "StartingPosition": .string(start.name),
      "BatchSize": .int(Int64(settings.batchSize)),
      "MaximumBatchingWindowInSeconds": .int(Int64(settings.windowSeconds)),
      "ParallelizationFactor": .int(Int64(settings.parallelization)),
      "EventSourceArn": .string(sourceARN), "FunctionArn": .string(functionARN),
      "LastModified": .double(lastModified.epochSeconds),
      "LastProcessingResult": .string(lastResult), "State": .string(state),
      "StateTransitionReason": "User action",
      "DestinationConfig": [
        "OnFailure": settings.failureDestination.map { ["Destination": .string($0)] } ?? [:]
      ],
      "MaximumRecordAgeInSeconds": .int(Int64(settings.recordAgeMax)),
      "BisectBatchOnFunctionError": .bool(settings.bisects),
      "MaximumRetryAttempts": .int(Int64(settings.retriesMax)),
      "TumblingWindowInSeconds": .int(Int64(settings.tumblingSeconds)),
      "FunctionResponseTypes": .list(
        settings.reportsItemFailures ? ["ReportBatchItemFailures"] : []),
      "EventSourceMappingArn": .string(arn(in: scope)),
    ]
    if let timestamp = start.timestamp {
      shown["StartingPositionTimestamp"] = .double(timestamp.epochSeconds)
    }
    if !settings.filters.isEmpty {
      shown["FilterCriteria"] = [
        "Filters": .list(settings.filters.map { ["Pattern": .string($0)] })
      ]
    }
    return .object(shown)
  }
}
