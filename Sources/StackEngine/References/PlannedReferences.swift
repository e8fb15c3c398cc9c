import AWSModel
import Diagnostics
import Effects
import ServiceKit
import ResourceModel
import StackModel

/// Looks references up while a stack is planned; what the stack itself is going to make is not known
/// yet.
final class PlannedReferences {
  private let stores: ReferenceStores
  private let scope: Scope
  private let now: Timestamp
  private let transaction: Transaction
  /// True where the template is looked at by itself.
  private let isBlind: Bool
  /// Names and ARNs of the stack's own parameters and secrets.
  private var made: Set<String> = []
  /// A failure of the machine, for after the planning.
  private(set) var failure: (any Error)?

  init(
    _ stores: ReferenceStores, scope: Scope, now: Timestamp, isBlind: Bool,
    _ transaction: Transaction
  ) {
    self.stores = stores
    self.scope = scope
    self.now = now
    self.isBlind = isBlind
    self.transaction = transaction
  }

  /// Notes a resource that will have been made before those that come later.
  func note(_ resource: ResolvedResource, _ identity: ResourceIdentity) {
    switch resource.type {
    case "AWS::SSM::Parameter", "AWS::IAM::AccessKey": made.insert(identity.physicalID)
    case "AWS::SecretsManager::Secret":
      made.insert(identity.physicalID)
      if let name = ARN(parsing: identity.physicalID)?.resource.dropFirst("secret:".count),
        let dash = name.lastIndex(of: "-")
      {
        made.insert(String(name[..<dash]))
      }
    default: break
    }
  }

  func answer(_ reference: DynamicReference) -> DynamicAnswer {
    if isBlind || failure != nil || reference.service == .deferred { return .unknown }
    do {
      return .value(try stores.value(of: reference, in: scope, at: now, transaction))
    } catch let fault as ServiceError {
      if made.contains(reference.name) { return .unknown }
      return missing(reference, fault)
    } catch {
      failure = error
      return .unknown
    }
  }

  private func missing(_ reference: DynamicReference, _ fault: ServiceError) -> DynamicAnswer {
    guard fault.code == "ParameterNotFound" || fault.code == "ResourceNotFoundException" else {
      return .missing(reason: fault.message, hint: nil)
    }
    do {
      if reference.service == .secretsManager {
        let names = try stores.capabilities[.secrets]?.secretNames(in: scope, transaction) ?? []
        guard !names.contains(reference.name) else {
          return .missing(reason: fault.message, hint: nil)
        }
        return .missing(
          reason: "there is no secret of that name",
          hint: Suggestion.didYouMean(reference.name, among: names)
            ?? "make it with `aws secretsmanager create-secret --name \(reference.name) …`")
      }
      return .missing(
        reason: "there is no parameter of that name", hint: try parameterHint(reference.name))
    } catch {
      failure = error
      return .unknown
    }
  }

  private func parameterHint(_ name: String) throws -> String {
    if name.hasPrefix("/aws/") {
      return "AWS's public parameters are not here: give the value through a parameter of another "
        + "type"
    }
    let names = try stores.capabilities[.parameters]?.parameterNames(in: scope, transaction) ?? []
    return Suggestion.didYouMean(name, among: names)
      ?? "make it with `aws ssm put-parameter --name \(name) --type String --value …`"
  }
}
