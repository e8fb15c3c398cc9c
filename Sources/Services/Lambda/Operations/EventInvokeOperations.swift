import AWSModel
import PropertyTree
import ServiceKit

private struct EventInvokeRequest: Decodable, Sendable {
  var FunctionName: String
  var Qualifier: String?
  var MaximumRetryAttempts: Int?
  var MaximumEventAgeInSeconds: Int?
  var DestinationConfig: EventInvokeModel.Destinations?

  var isEmpty: Bool {
    MaximumRetryAttempts == nil && MaximumEventAgeInSeconds == nil && DestinationConfig == nil
  }
}

/// A page of a function's configurations.
struct PlacePage: Decodable, Sendable {
  var FunctionName: String
  var Marker: String?
  var MaxItems: Int?
}

/// Configurations of asynchronous invocations.
/// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
extension LambdaService {
  var eventInvokeOperations: [Operation] {
    [
      .typed("PutFunctionEventInvokeConfig") {
        [self] (request: EventInvokeRequest, context) -> PropertyValue in
        try await change(request, context, replaces: true)
      },
      .typed("UpdateFunctionEventInvokeConfig") {
        [self] (request: EventInvokeRequest, context) -> PropertyValue in
        try await change(request, context, replaces: false)
      },
      .typed("GetFunctionEventInvokeConfig") {
        [self] (target: FunctionTarget, context) -> PropertyValue in
        let reference = try target.reference(context)
        let found = try environment.database.read { try Places.eventInvokes.get(reference, $0) }
        guard let found else { throw EventInvokeModel.missing(at: reference) }
        return .object(found.shown(at: reference))
      },
      .typed("DeleteFunctionEventInvokeConfig") {
        [self] (target: FunctionTarget, context) -> EmptyOutput in
        let reference = try target.reference(context)
        try await environment.database.write { transaction in
          guard try Places.eventInvokes.delete(reference, transaction) else {
            throw EventInvokeModel.missing(at: reference)
          }
        }
        return EmptyOutput()
      },
      .typed("ListFunctionEventInvokeConfigs") {
        [self] (page: PlacePage, context) -> PropertyValue in
        try list(page, context, of: Places.eventInvokes, as: "FunctionEventInvokeConfigs") {
          $0.shown(at: $1)
        }
      },
    ]
  }

  private func change(
    _ request: EventInvokeRequest, _ context: RequestContext, replaces: Bool
  ) async throws -> PropertyValue {
    let reference = try FunctionReference(
      request.FunctionName, qualifier: request.Qualifier, scope: context.scope)
    guard !request.isEmpty else {
      throw ServiceError.parameter(
        "You must specify at least one of error handling or destination setting.")
    }
    let now = environment.effects.clock.now
    let targets = targets
    let changed = try await environment.database.write { [store] transaction in
      _ = try store.resolve(reference, transaction)
      let old = try Places.eventInvokes.get(reference, transaction)
      guard replaces || old != nil else { throw EventInvokeModel.missing(at: reference) }
      var model = replaces ? EventInvokeModel(lastModified: now) : old ?? .init(lastModified: now)
      if let retries = request.MaximumRetryAttempts { model.retries = retries }
      if let age = request.MaximumEventAgeInSeconds { model.ageSeconds = age }
      model.apply(request.DestinationConfig)
      model.lastModified = now
      try model.checkDestinations(of: reference, targets)
      try Places.eventInvokes.put(model, at: reference, transaction)
      return model
    }
    return .object(changed.shown(at: reference))
  }

  /// One page of what stands at a function and its qualifiers.
  func list<Model>(
    _ page: PlacePage, _ context: RequestContext, of table: PlaceTable<Model>, as member: String,
    _ shown: (Model, FunctionReference) throws -> PropertyObject
  ) throws -> PropertyValue {
    let reference = try FunctionReference(page.FunctionName, scope: context.scope)
    let found = try environment.database.read { transaction in
      _ = try store.resolve(reference, transaction)
      return try table.list(reference.key, transaction)
    }
    let (items, next) = found.page(
      after: page.Marker, limit: min(50, page.MaxItems ?? 50), by: \.place)
    var answer: PropertyObject = [:]
    answer[member] = .list(
      try items.map { item in
        .object(
          try shown(
            item.model,
            FunctionReference(
              reference.key.name, qualifier: item.place, scope: reference.key.scope)))
      })
    if let next { answer["NextMarker"] = .string(next) }
    return .object(answer)
  }
}

extension EventInvokeModel {
  /// Services that AWS sends records to.
  private static let services: Set<String> = ["sqs", "sns", "lambda", "events"]

  /// Throws for destinations that AWS refuses, and by name for those whose service is not there.
  func checkDestinations(
    of reference: FunctionReference, _ events: () throws(ServiceError) -> EventTargets
  ) throws {
    for target in [onSuccess, onFailure].compactMap({ $0 }) {
      let arn = ARN(parsing: target)
      if arn?.service == "s3", target == onFailure {
        throw ServiceError.unsupported("buckets as destinations of functions")
      }
      guard let arn, Self.services.contains(arn.service) else {
        throw ServiceError.parameter(
          "The provided destination config DestinationConfig(onSuccess="
            + "\(Self.text("OnSuccess", onSuccess)), onFailure="
            + "\(Self.text("OnFailure", onFailure))) is invalid.")
      }
      if arn.service == "lambda",
        try FunctionReference(target, scope: reference.key.scope).key == reference.key
      {
        throw ServiceError.parameter(
          "You can't specify the function as a destination for itself.")
      }
      try events().check(target)
    }
  }

  private static func text(_ name: String, _ target: String?) -> String {
    target.map { "\(name)(destination=\($0))" } ?? "null"
  }
}
