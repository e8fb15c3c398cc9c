import AWSModel
import Effects
import PropertyTree
import ServiceKit

private struct MappingTarget: Decodable, Sendable { var UUID: String }

private struct MappingPage: Decodable, Sendable {
  var EventSourceArn: String?
  var FunctionName: String?
  var Marker: String?
  var MaxItems: Int?
}

/// Event-source mappings: made, read, changed and deleted.
/// https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
struct MappingOperations: Sendable {
  let environment: ServiceEnvironment
  let store: MappingStore
  let functions: FunctionStore
  let worker: MappingWorker

  var all: [Operation] {
    [
      .typed("CreateEventSourceMapping", create), .typed("UpdateEventSourceMapping", update),
      .typed("GetEventSourceMapping") {
        [self] (target: MappingTarget, context) -> PropertyValue in
        let model = try environment.database.read {
          try store.require(target.UUID, in: context.scope, $0)
        }
        return model.description(
          state: worker.state(of: model, in: context.scope), in: context.scope)
      },
      .typed("ListEventSourceMappings", list), .typed("DeleteEventSourceMapping", delete),
    ]
  }

  private func create(_ request: CreateMappingRequest, _ context: RequestContext) async throws
    -> PropertyValue
  {
    let now = environment.effects.clock.now
    let scope = context.scope
    try MappingRules.checkSource(request.EventSourceArn)
    let timestamp = request.StartingPositionTimestamp.map {
      Timestamp(milliseconds: Int64(($0 * 1000).rounded()))
    }
    let start = try MappingRules.start(request.StartingPosition, timestamp, now: now)
    try LambdaService.checkReserved((request.Tags ?? [:]).keys.sorted())
    let change = MappingChange(
      store: store, functions: functions, capabilities: environment.capabilities())
    var model = MappingModel(
      uuid: environment.effects.random.uuid(), sourceARN: request.EventSourceArn ?? "",
      functionARN: try change.functionARN(request.FunctionName, scope), start: start,
      settings: MappingSettings(), tags: request.Tags ?? [:], created: now, lastModified: now)
    try request.apply(to: &model.settings)
    let made = model
    // The end of each shard as it is now: later records are the mapping's.
    let ends = start == .latest ? try change.ends(of: made.sourceARN) : []
    try await environment.database.write { [store] transaction in
      try change.check(made, in: scope, transaction)
      try store.put(made, in: scope, transaction)
      for row in ends { try store.positions.put(row, of: made.uuid, transaction) }
    }
    return made.description(state: "Creating", in: scope)
  }

  private func update(_ request: UpdateMappingRequest, _ context: RequestContext) async throws
    -> PropertyValue
  {
    let now = environment.effects.clock.now
    let scope = context.scope
    let change = MappingChange(
      store: store, functions: functions, capabilities: environment.capabilities())
    let (old, new) = try await environment.database.write { [store] transaction in
      let old = try store.require(request.UUID, in: scope, transaction)
      var model = old
      if let name = request.FunctionName { model.functionARN = try change.functionARN(name, scope) }
      try request.apply(to: &model.settings)
      model.lastModified = now
      model.generation += 1
      try change.check(model, in: scope, transaction)
      try store.put(model, in: scope, transaction)
      return (old, model)
    }
    let state =
      switch (old.settings.isEnabled, new.settings.isEnabled) {
      case (false, true): "Enabling"
      case (true, false): "Disabling"
      default: "Updating"
      }
    return new.description(state: state, in: scope)
  }

  private func list(_ page: MappingPage, _ context: RequestContext) throws -> PropertyValue {
    var models = try environment.database.read { try store.list(in: context.scope, $0) }
    if let source = page.EventSourceArn { models = models.filter { $0.sourceARN == source } }
    if let name = page.FunctionName {
      let reference = try FunctionReference(name, scope: context.scope)
      _ = try environment.database.read { try functions.resolve(reference, $0) }
      models = models.filter { $0.functionARN == reference.arn }
    }
    let (items, next) = models.page(after: page.Marker, limit: min(100, page.MaxItems ?? 100)) {
      $0.uuid
    }
    var answer: PropertyObject = [
      "EventSourceMappings": .list(
        items.map {
          $0.description(state: worker.state(of: $0, in: context.scope), in: context.scope)
        })
    ]
    if let next { answer["NextMarker"] = .string(next) }
    return .object(answer)
  }

  private func delete(_ target: MappingTarget, _ context: RequestContext) async throws
    -> PropertyValue
  {
    let old = try await environment.database.write { [store] transaction in
      let old = try store.require(target.UUID, in: context.scope, transaction)
      try store.delete(old.uuid, in: context.scope, transaction)
      return old
    }
    return old.description(state: "Deleting", in: context.scope)
  }
}

extension MappingKey {
  /// The mapping that an ARN means; nil for the ARN of something else.
  init?(arn: String) {
    guard let parsed = ARN(parsing: arn), parsed.service == "lambda",
      parsed.resource.hasPrefix("event-source-mapping:")
    else { return nil }
    self.init(scope: parsed.scope, uuid: parsed.leaf)
  }
}
