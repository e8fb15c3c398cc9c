import AWSModel
import ResourceModel
import ServiceKit

/// `AWS::Lambda::Permission`: one statement of a function's resource policy. Every property is
/// create-only, as in the public schema.
struct PermissionResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var Action: String
    var FunctionName: String
    var Principal: String
    var SourceArn: String?
    var SourceAccount: String?
  }

  static let declaration = ResourceDeclaration(
    "AWS::Lambda::Permission", naming: .generated(lengthMax: 100), attributes: ["Id": "{id}"],
    defaults: ["InvokedViaFunctionUrl": [false]])

  let store: FunctionStore

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let properties = step.properties
    let reference = try FunctionReference(properties.FunctionName, scope: step.scope)
    try reference.requireLatest()
    let key = reference.key
    guard var model = try store.find(key.name, in: key.scope, transaction) else {
      throw reference.notFound
    }
    model.permissions.removeAll { $0.statementID == step.physicalID }
    model.permissions.append(
      Permission(
        statementID: step.physicalID, action: properties.Action, principal: properties.Principal,
        sourceARN: properties.SourceArn, sourceAccount: properties.SourceAccount))
    model.policyRevisionID = "\(step.physicalID)/\(step.now.milliseconds)"
    try store.putQuietly(model, in: key.scope, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard let (_, key, found) = try function(of: request, transaction) else { return }
    var model = found
    model.permissions.removeAll { $0.statementID == request.physicalID }
    model.policyRevisionID = "\(request.physicalID)/\(request.now.milliseconds)/deleted"
    try store.putQuietly(model, in: key.scope, transaction)
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    guard let (name, _, model) = try function(of: request, transaction),
      let found = model.permissions.first(where: { $0.statementID == request.physicalID })
    else { return nil }
    return Properties(
      Action: found.action, FunctionName: name, Principal: found.principal,
      SourceArn: found.sourceARN, SourceAccount: found.sourceAccount)
  }

  /// The function with the name that the properties give it.
  private func function(of request: ResourceRequest, _ transaction: Transaction) throws
    -> (name: String, key: FunctionKey, model: FunctionModel)?
  {
    guard let name = try typed(request)?.FunctionName else { return nil }
    let key = try FunctionReference(name, scope: request.scope).key
    return try store.find(key.name, in: key.scope, transaction).map { (name, key, $0) }
  }
}
