import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::Lambda::EventInvokeConfig`.
struct EventInvokeResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var FunctionName: String
    var Qualifier: String
    var MaximumRetryAttempts: Int?
    var MaximumEventAgeInSeconds: Int?
    var DestinationConfig: EventInvokeModel.Destinations?
  }

  static let declaration = ResourceDeclaration(
    "AWS::Lambda::EventInvokeConfig", naming: .generated(lengthMax: 140),
    physicalID: "{FunctionName}|{Qualifier}")

  let store: FunctionStore
  let events: @Sendable () throws(ServiceError) -> EventTargets

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    issues.check("DestinationConfig") { () throws(ServiceError) in
      let destinations = properties.DestinationConfig
      let texts = [
        properties.FunctionName, destinations?.OnSuccess?.Destination,
        destinations?.OnFailure?.Destination,
      ].compactMap { $0 }
      // A version's ARN may be told by another step only, and is checked by this one.
      if texts.contains(where: { $0.contains("{{resolve:") }) { return }
      do {
        let reference = try FunctionReference(properties.FunctionName, scope: .standard)
        try model(properties).checkDestinations(of: reference, events)
      } catch { throw ServiceError(onMachine: error) }
    }
  }

  private func model(
    _ properties: Properties, _ request: ResourceRequest? = nil
  ) -> EventInvokeModel {
    var model = EventInvokeModel(
      retries: properties.MaximumRetryAttempts, ageSeconds: properties.MaximumEventAgeInSeconds,
      lastModified: request?.now ?? .init(milliseconds: 0))
    model.apply(properties.DestinationConfig)
    return model
  }

  private func reference(_ properties: Properties, _ scope: Scope) throws -> FunctionReference {
    try FunctionReference(properties.FunctionName, qualifier: properties.Qualifier, scope: scope)
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let reference = try reference(step.properties, step.scope)
    guard try Places.eventInvokes.get(reference, transaction) == nil else {
      throw ServiceError.conflict(
        "The function \(reference.arn) already has an EventInvokeConfig.")
    }
    try put(step, reference, transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    try put(step, reference(step.properties, step.scope), transaction)
  }

  private func put(
    _ step: ResourceStep<Properties>, _ reference: FunctionReference, _ transaction: Transaction
  ) throws {
    _ = try store.resolve(reference, transaction)
    let model = model(step.properties, step.request)
    try model.checkDestinations(of: reference, events)
    try Places.eventInvokes.put(model, at: reference, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard let properties = try typed(request) else { return }
    try Places.eventInvokes.delete(reference(properties, request.scope), transaction)
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    guard let given = try typed(request),
      let model = try Places.eventInvokes.get(reference(given, request.scope), transaction)
    else { return nil }
    let destinations = EventInvokeModel.Destinations(
      OnSuccess: model.onSuccess.map { .init(Destination: $0) },
      OnFailure: model.onFailure.map { .init(Destination: $0) })
    return Properties(
      FunctionName: given.FunctionName, Qualifier: given.Qualifier,
      MaximumRetryAttempts: model.retries, MaximumEventAgeInSeconds: model.ageSeconds,
      DestinationConfig: model.onSuccess == nil && model.onFailure == nil ? nil : destinations)
  }
}
