import AWSModel
import Effects
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::Lambda::EventSourceMapping`.
struct EventSourceMappingResource: ResourceDefinition {
  struct Properties: Codable, Sendable, MappingRequest {
    var EventSourceArn: String?
    var FunctionName: String
    var StartingPosition: String?
    /// Seconds since 1970.
    var StartingPositionTimestamp: Double?
    var Tags: [ValuedTag]?
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

  static let declaration = ResourceDeclaration(
    "AWS::Lambda::EventSourceMapping", naming: .generated(lengthMax: 36, form: .uuid),
    attributes: [
      "Id": "{id}",
      "EventSourceMappingArn": "arn:aws:lambda:{region}:{account}:event-source-mapping:{id}",
    ],
    defaults: ["KmsKeyArn": [""], "MetricsConfig": [["Metrics": []]]])

  let store: MappingStore
  let functions: FunctionStore
  let capabilities: @Sendable () -> Capabilities

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    issues.check("EventSourceArn") { () throws(ServiceError) in
      try MappingRules.checkSource(properties.EventSourceArn)
    }
    issues.check("StartingPosition") { () throws(ServiceError) in
      // A moment to come is told apart when the step runs.
      _ = try MappingRules.start(
        properties.StartingPosition, Self.moment(properties), now: Timestamp(milliseconds: .max))
    }
    issues.check("") { () throws(ServiceError) in
      _ = try settings(properties)
    }
  }

  private static func moment(_ properties: Properties) -> Timestamp? {
    properties.StartingPositionTimestamp.map {
      Timestamp(milliseconds: Int64(($0 * 1000).rounded()))
    }
  }

  private func settings(_ properties: Properties) throws(ServiceError) -> MappingSettings {
    var settings = MappingSettings()
    try properties.apply(to: &settings)
    try MappingRules(capabilities: capabilities()).check(settings)
    return settings
  }

  private var change: MappingChange {
    MappingChange(store: store, functions: functions, capabilities: capabilities())
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let properties = step.properties
    let model = MappingModel(
      uuid: step.physicalID, sourceARN: properties.EventSourceArn ?? "",
      functionARN: try change.functionARN(properties.FunctionName, step.scope),
      start: try MappingRules.start(
        properties.StartingPosition, Self.moment(properties), now: step.now),
      settings: try settings(properties), tags: step.allTags(properties.Tags).table,
      created: step.now, lastModified: step.now)
    try change.check(model, in: step.scope, transaction)
    try store.put(model, in: step.scope, transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    var model = try store.require(step.physicalID, in: step.scope, transaction)
    model.functionARN = try change.functionARN(step.properties.FunctionName, step.scope)
    model.settings = try settings(step.properties)
    model.tags = step.allTags(step.properties.Tags).table
    model.lastModified = step.now
    model.generation += 1
    try change.check(model, in: step.scope, transaction)
    try store.put(model, in: step.scope, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    // Gone already is as good as deleted.
    try store.delete(request.physicalID, in: request.scope, transaction)
  }

  func physicalIDs(in scope: Scope, _ transaction: Transaction) throws -> Set<String>? {
    try store.names(in: scope, transaction)
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    guard let model = try store.find(request.physicalID, in: request.scope, transaction) else {
      return nil
    }
    return Properties(model, as: try typed(request), in: request.scope)
  }
}

extension EventSourceMappingResource.Properties {
  /// As a mapping is, in the words of a template that says the same: what is as it is by default is
  /// left out where the template leaves it out.
  init(_ model: MappingModel, as given: Self?, in scope: Scope) {
    let settings = model.settings
    let plain = MappingSettings()
    func shown<Value: Equatable>(_ live: Value, _ standard: Value, _ given: Value?) -> Value? {
      given == nil && live == standard ? nil : live
    }
    EventSourceArn = model.sourceARN
    FunctionName = model.functionARN
    // A name that means the same function stays as it was written.
    if let given, let reference = try? FunctionReference(given.FunctionName, scope: scope),
      reference.arn == model.functionARN
    {
      FunctionName = given.FunctionName
    }
    StartingPosition = model.start.name
    StartingPositionTimestamp = model.start.timestamp?.epochSeconds
    Tags = model.tags.isEmpty ? nil : [ValuedTag](table: model.tags)
    Enabled = shown(settings.isEnabled, plain.isEnabled, given?.Enabled)
    BatchSize = shown(settings.batchSize, plain.batchSize, given?.BatchSize)
    MaximumBatchingWindowInSeconds = shown(
      settings.windowSeconds, plain.windowSeconds, given?.MaximumBatchingWindowInSeconds)
    ParallelizationFactor = shown(
      settings.parallelization, plain.parallelization, given?.ParallelizationFactor)
    MaximumRecordAgeInSeconds = shown(
      settings.recordAgeMax, plain.recordAgeMax, given?.MaximumRecordAgeInSeconds)
    BisectBatchOnFunctionError = shown(
      settings.bisects, plain.bisects, given?.BisectBatchOnFunctionError)
    MaximumRetryAttempts = shown(
      settings.retriesMax, plain.retriesMax, given?.MaximumRetryAttempts)
    TumblingWindowInSeconds = shown(
      settings.tumblingSeconds, plain.tumblingSeconds, given?.TumblingWindowInSeconds)
    FunctionResponseTypes = shown(
      settings.reportsItemFailures ? ["ReportBatchItemFailures"] : [], [],
      given?.FunctionResponseTypes)
    if !settings.filters.isEmpty {
      FilterCriteria = MappingFilterCriteria(Filters: settings.filters.map { .init(Pattern: $0) })
    }
    if let destination = settings.failureDestination {
      DestinationConfig = MappingDestinations(OnFailure: .init(Destination: destination))
    }
  }
}
