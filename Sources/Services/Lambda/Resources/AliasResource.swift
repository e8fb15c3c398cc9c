import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::Lambda::Alias`.
struct AliasResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    struct Routing: Codable, Sendable {
      struct Weight: Codable, Sendable {
        var FunctionVersion: String
        var FunctionWeight: Double
      }

      var AdditionalVersionWeights: [Weight]?
    }

    var FunctionName: String
    var FunctionVersion: String
    var Name: String
    var Description: String?
    var RoutingConfig: Routing?
    var ProvisionedConcurrencyConfig: ProvisionedProperty?
  }

  static let declaration = ResourceDeclaration(
    "AWS::Lambda::Alias", naming: .property("Name"), attributes: ["AliasArn": "{id}"])

  let store: FunctionStore

  func identity(
    physicalID: String, properties: PropertyValue, in environment: StackEnvironment
  ) -> ResourceIdentity {
    let arn = AliasPlace(physicalID, properties, environment)?.arn ?? physicalID
    return ResourceIdentity(
      physicalID: arn, reference: .string(arn), attributes: ["AliasArn": .string(arn)])
  }

  /// The name and function of an alias, from its ARN or from its name and its properties.
  private struct AliasPlace {
    var reference: FunctionReference
    var name: String
    var arn: String { "\(reference.key.arn):\(name)" }

    init?(_ id: String, _ properties: PropertyValue, _ environment: StackEnvironment) {
      let isARN = id.hasPrefix("arn:")
      guard let function = isARN ? id : properties["FunctionName"]?.scalarText,
        // A name of no function is refused by the step.
        let reference = try? FunctionReference(function, scope: environment.scope)
      else { return nil }
      guard let name = isARN ? reference.qualifier : id else { return nil }
      self.reference = reference
      self.name = name
    }
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let reference = try FunctionReference(step.properties.FunctionName, scope: step.scope)
    try store.createAlias(
      alias(
        step, reference,
        AliasModel(
          name: step.properties.Name, function: reference.key.name, version: "", revisionID: "")),
      in: reference.key.scope, transaction)
    try store.provision(
      step.properties.ProvisionedConcurrencyConfig, at: qualified(step, reference),
      now: step.now, transaction)
  }

  private func qualified(
    _ step: ResourceStep<Properties>, _ reference: FunctionReference
  ) throws -> FunctionReference {
    try FunctionReference(
      reference.key.name, qualifier: step.properties.Name, scope: reference.key.scope)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let reference = try FunctionReference(step.properties.FunctionName, scope: step.scope)
    let old = try store.requireAlias(step.properties.Name, of: reference, transaction)
    try store.putAlias(alias(step, reference, old), in: reference.key.scope, transaction)
    try store.provision(
      step.properties.ProvisionedConcurrencyConfig, at: qualified(step, reference),
      now: step.now, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard let (alias, scope) = try found(request, transaction) else { return }
    try store.deleteAlias(alias, in: scope, transaction)
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    guard let (alias, scope) = try found(request, transaction) else { return nil }
    let provisioned = try Places.provisioned.get(
      FunctionReference(alias.function, qualifier: alias.name, scope: scope), transaction)
    let weights = alias.weights.sorted { $0.key < $1.key }.map {
      Properties.Routing.Weight(FunctionVersion: $0.key, FunctionWeight: $0.value)
    }
    return Properties(
      FunctionName: try typed(request)?.FunctionName ?? alias.function,
      FunctionVersion: alias.version, Name: alias.name,
      Description: alias.description.isEmpty ? nil : alias.description,
      RoutingConfig: weights.isEmpty ? nil : .init(AdditionalVersionWeights: weights),
      ProvisionedConcurrencyConfig: provisioned.map(ProvisionedProperty.init))
  }

  private func alias(
    _ step: ResourceStep<Properties>, _ reference: FunctionReference, _ old: AliasModel
  ) -> AliasModel {
    var alias = old
    alias.version = step.properties.FunctionVersion
    alias.description = step.properties.Description ?? ""
    alias.weights = Dictionary(
      (step.properties.RoutingConfig?.AdditionalVersionWeights ?? []).map {
        ($0.FunctionVersion, $0.FunctionWeight)
      }, uniquingKeysWith: { _, last in last })
    alias.revisionID = SeededRevision.after(old.revisionID, step.request)
    return alias
  }

  private func found(_ request: ResourceRequest, _ transaction: Transaction) throws
    -> (alias: AliasModel, scope: Scope)?
  {
    guard
      let place = AliasPlace(request.physicalID, request.properties, request.environment)
    else { return nil }
    let key = place.reference.key
    return try store.alias(place.name, of: key.name, in: key.scope, transaction)
      .map { ($0, key.scope) }
  }
}
