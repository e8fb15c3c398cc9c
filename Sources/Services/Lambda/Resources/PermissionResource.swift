import AWSModel
import ResourceModel
import ServiceKit

/// `AWS::Lambda::Permission`: one statement of the resource policy of a function, a version or an
/// alias. Every property is
/// create-only, as in the public schema.
struct PermissionResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var Action: String
    var FunctionName: String
    var Principal: String
    var SourceArn: String?
    var SourceAccount: String?
    var PrincipalOrgID: String?
    var FunctionUrlAuthType: String?
    var EventSourceToken: String?
    var InvokedViaFunctionUrl: Bool?
  }

  static let declaration = ResourceDeclaration(
    "AWS::Lambda::Permission", naming: .generated(lengthMax: 100), attributes: ["Id": "{id}"])

  let store: FunctionStore

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    issues.check("FunctionUrlAuthType") { () throws(ServiceError) in
      do { try permission(properties, "").validate() } catch {
        throw ServiceError(onMachine: error)
      }
    }
  }

  private func permission(_ properties: Properties, _ id: String) -> Permission {
    Permission(
      statementID: id, action: properties.Action, principal: properties.Principal,
      sourceARN: properties.SourceArn, sourceAccount: properties.SourceAccount,
      organization: properties.PrincipalOrgID, urlAuthType: properties.FunctionUrlAuthType,
      eventSourceToken: properties.EventSourceToken, isViaURL: properties.InvokedViaFunctionUrl)
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let reference = try FunctionReference(step.properties.FunctionName, scope: step.scope)
    let permission = permission(step.properties, step.physicalID)
    try store.changePolicy(of: reference, transaction) { holder in
      holder.permissions.removeAll { $0.statementID == step.physicalID }
      holder.permissions.append(permission)
      holder.policyRevisionID = "\(step.physicalID)/\(step.now.milliseconds)"
    }
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard let (_, reference, holder) = try holder(of: request, transaction),
      holder.permissions.contains(where: { $0.statementID == request.physicalID })
    else { return }
    try store.changePolicy(of: reference, transaction) { holder in
      holder.permissions.removeAll { $0.statementID == request.physicalID }
      holder.policyRevisionID = "\(request.physicalID)/\(request.now.milliseconds)/deleted"
    }
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    guard let (name, _, holder) = try holder(of: request, transaction),
      let found = holder.permissions.first(where: { $0.statementID == request.physicalID })
    else { return nil }
    return Properties(
      Action: found.action, FunctionName: name, Principal: found.principal,
      SourceArn: found.sourceARN, SourceAccount: found.sourceAccount,
      PrincipalOrgID: found.organization, FunctionUrlAuthType: found.urlAuthType,
      EventSourceToken: found.eventSourceToken, InvokedViaFunctionUrl: found.isViaURL)
  }

  /// The function, version or alias that the policy stands at, with the name that the properties give it; nil where it is gone.
  private func holder(of request: ResourceRequest, _ transaction: Transaction) throws
    -> (name: String, reference: FunctionReference, holder: any PolicyHolder)?
  {
    // The ARN of a version may be told by another step only: nothing stands there yet.
    guard let name = try typed(request)?.FunctionName,
      let reference = try? FunctionReference(name, scope: request.scope)
    else { return nil }
    do { return (name, reference, try store.policyHolder(reference, transaction)) } catch let fault
      as ServiceError where fault.status == 404
    { return nil }
  }
}
