import AWSModel
import ResourceModel
import ServiceKit

/// `AWS::Lambda::LayerVersionPermission`: one statement of the policy of a layer's version. Every
/// property is create-only.
struct LayerPermissionResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var Action: String
    var LayerVersionArn: String
    var Principal: String
    var OrganizationId: String?
  }

  static let declaration = ResourceDeclaration(
    "AWS::Lambda::LayerVersionPermission", naming: .generated(lengthMax: 100),
    attributes: ["Id": "{id}"])

  let layers: LayerStore

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let place = try place(step.properties.LayerVersionArn)
    let permission = Permission(
      statementID: step.physicalID, action: step.properties.Action,
      principal: step.properties.Principal, organization: step.properties.OrganizationId)
    try layers.changePolicy(of: place, transaction) { holder in
      try ResourcePolicy.add(
        permission, to: &holder, expecting: nil, revision: SeededRevision.after("", step.request))
    }
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard let (arn, _) = try found(request, transaction) else { return }
    try layers.changePolicy(of: place(arn), transaction) { holder in
      try ResourcePolicy.remove(
        request.physicalID, from: &holder, expecting: nil,
        revision: SeededRevision.after("deleted", request))
    }
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    guard let (arn, permission) = try found(request, transaction) else { return nil }
    return Properties(
      Action: permission.action, LayerVersionArn: arn, Principal: permission.principal,
      OrganizationId: permission.organization)
  }

  private func place(_ arn: String) throws -> LayerReference {
    guard let place = LayerReference.version(arn) else {
      throw ServiceError.validation("\(arn.prefix(200)) is not the ARN of a layer's version.")
    }
    return place
  }

  /// By the statement, whose name no other has: the layer's ARN may be told by another step only.
  private func found(_ request: ResourceRequest, _ transaction: Transaction) throws
    -> (arn: String, permission: Permission)?
  {
    for version in try layers.all(in: request.scope, transaction) {
      for permission in version.permissions where permission.statementID == request.physicalID {
        return (version.arn(in: request.scope), permission)
      }
    }
    return nil
  }
}
