import AWSModel
import PropertyTree
import ServiceKit
import ResourceModel

/// `AWS::Lambda::Permission`: one statement of a function's resource policy. Every property is
/// create-only, as in the public schema.
struct PermissionResource: ResourceHandler {
  private struct Shape: Decodable {
    var Action: String
    var FunctionName: String
    var Principal: String
    var SourceArn: String?
    var SourceAccount: String?
  }

  private static let properties: Set<String> = [
    "Action", "FunctionName", "Principal", "SourceArn", "SourceAccount",
  ]

  let store: FunctionStore

  let schema = ResourceSchema(
    type: "AWS::Lambda::Permission", naming: NamingRule(property: nil, lengthMax: 100),
    createOnly: properties, supported: properties, attributes: ["Id"])

  func identity(physicalID: String, properties: PropertyValue, in environment: StackEnvironment)
    -> ResourceIdentity
  {
    ResourceIdentity(
      physicalID: physicalID, reference: .string(physicalID),
      attributes: ["Id": .string(physicalID)])
  }

  func create(_ request: ResourceRequest, in transaction: Transaction) throws {
    let shape = try shape(request.properties)
    let reference = try FunctionReference(shape.FunctionName, scope: request.scope)
    try reference.requireLatest()
    let key = reference.key
    guard var model = try store.find(key.name, in: key.scope, transaction) else {
      throw reference.notFound
    }
    model.permissions.removeAll { $0.statementID == request.physicalID }
    model.permissions.append(
      Permission(
        statementID: request.physicalID, action: shape.Action, principal: shape.Principal,
        sourceARN: shape.SourceArn, sourceAccount: shape.SourceAccount))
    model.policyRevisionID = "\(request.physicalID)/\(request.now.milliseconds)"
    try store.putQuietly(model, in: key.scope, transaction)
  }

  func update(_ request: ResourceRequest, in transaction: Transaction) throws {
    try create(request, in: transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard let (key, found) = try function(of: request, transaction) else { return }
    var model = found
    model.permissions.removeAll { $0.statementID == request.physicalID }
    model.policyRevisionID = "\(request.physicalID)/\(request.now.milliseconds)/deleted"
    try store.putQuietly(model, in: key.scope, transaction)
  }

  func exists(_ request: ResourceRequest, in transaction: Transaction) throws -> Bool {
    let found = try function(of: request, transaction)
    return found?.model.permissions.contains { $0.statementID == request.physicalID } ?? false
  }

  private func shape(_ properties: PropertyValue) throws -> Shape {
    try Operation.decodeInput(Shape.self, from: properties, operation: "AWS::Lambda::Permission")
  }

  private func function(of request: ResourceRequest, _ transaction: Transaction) throws
    -> (key: FunctionKey, model: FunctionModel)?
  {
    let name = try shape(request.properties).FunctionName
    let key = try FunctionReference(name, scope: request.scope).key
    return try store.find(key.name, in: key.scope, transaction).map { (key, $0) }
  }
}
