import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::Lambda::Url`.
struct FunctionURLResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var TargetFunctionArn: String
    var Qualifier: String?
    var AuthType: String
    var Cors: FunctionURLModel.Cors?
    var InvokeMode: String?
  }

  static let declaration = ResourceDeclaration(
    "AWS::Lambda::Url", naming: .generated(lengthMax: 140),
    attributes: ["FunctionArn": "{id}", "FunctionUrl": "{id}"])

  let store: FunctionStore

  /// The function's ARN, with its qualifier; the URL follows from it.
  func identity(
    physicalID: String, properties: PropertyValue, in environment: StackEnvironment
  ) -> ResourceIdentity {
    let target = properties["TargetFunctionArn"]?.scalarText ?? physicalID
    let qualifier = properties["Qualifier"]?.scalarText
    // A name of no function is refused by the step.
    guard
      let reference = try? FunctionReference(
        target, qualifier: qualifier, scope: environment.scope)
    else { return ResourceIdentity(physicalID: physicalID, reference: .string(physicalID)) }
    let url = FunctionURLModel.url(
      FunctionURLModel.id(of: reference), reference.key.scope.region,
      endpoint: environment.endpoint)
    return ResourceIdentity(
      physicalID: reference.arn, reference: .string(reference.arn),
      attributes: ["FunctionArn": .string(reference.arn), "FunctionUrl": .string(url)])
  }

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    issues.check("InvokeMode") { () throws(ServiceError) in
      try FunctionURLModel(
        id: "", authType: "", invokeMode: properties.InvokeMode ?? "BUFFERED",
        created: .init(milliseconds: 0), lastModified: .init(milliseconds: 0)
      ).validate()
    }
  }

  private func reference(_ properties: Properties, _ scope: Scope) throws -> FunctionReference {
    try FunctionReference(
      properties.TargetFunctionArn, qualifier: properties.Qualifier, scope: scope)
  }

  private func model(
    _ step: ResourceStep<Properties>, _ reference: FunctionReference
  ) -> FunctionURLModel {
    FunctionURLModel(
      id: FunctionURLModel.id(of: reference), authType: step.properties.AuthType,
      invokeMode: step.properties.InvokeMode ?? "BUFFERED",
      cors: step.properties.Cors.flatMap { $0.isEmpty ? nil : $0 }, created: step.now,
      lastModified: step.now)
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let reference = try reference(step.properties, step.scope)
    try store.createURL(model(step, reference), at: reference, transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let reference = try reference(step.properties, step.scope)
    let old = try FunctionURLs.require(reference, transaction)
    var model = model(step, reference)
    model.created = old.created
    try FunctionURLs.put(model, at: reference, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard request.physicalID.hasPrefix("arn:") else { return }
    try FunctionURLs.delete(
      FunctionReference(request.physicalID, scope: request.scope), transaction)
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    guard request.physicalID.hasPrefix("arn:") else { return nil }
    let reference = try FunctionReference(request.physicalID, scope: request.scope)
    guard let found = try FunctionURLs.get(reference, transaction) else { return nil }
    let given = try typed(request)
    return Properties(
      TargetFunctionArn: given?.TargetFunctionArn ?? reference.key.arn,
      Qualifier: given == nil ? reference.qualifier : given?.Qualifier,
      AuthType: found.authType, Cors: found.cors, InvokeMode: found.invokeMode)
  }
}
