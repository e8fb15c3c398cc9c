import AWSModel
import Effects
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::IAM::AccessKey`. A raised `Serial` replaces the key.
///
/// The secret stands nowhere: `Fn::GetAtt` gives a reference to it, which is answered for the one
/// call that makes or changes the resource it is given to.
struct IAMAccessKeyResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var UserName: String
    var Status: IAMAccessKey.Status?
    var Serial: Int?
  }

  static let declaration = ResourceDeclaration(
    "AWS::IAM::AccessKey", naming: .generated(lengthMax: 128),
    attributes: ["Id": "{id}", "SecretAccessKey": "{id}"], writeOnly: ["Serial"],
    needsIAMCapability: true)

  let store: IAMStore

  /// - Parameter physicalID: the id of a key that is there, or a name to derive one from.
  func identity(
    physicalID: String, properties: PropertyValue, in environment: StackEnvironment
  ) -> ResourceIdentity {
    let id = keyID(physicalID, environment)
    return ResourceIdentity(
      physicalID: id, reference: .string(id),
      attributes: [
        "Id": .string(id), "SecretAccessKey": .string("{{resolve:iam-access-key:\(id)}}"),
      ])
  }

  /// Known before the key exists, hence not drawn but derived.
  private func keyID(_ name: String, _ environment: StackEnvironment) -> String {
    if name.hasPrefix("AKIA"), AccessKeyID.account(in: name) != nil { return name }
    let account = environment.scope.account
    return AccessKeyID.make(
      "AKIA", account,
      SeededRandomSource(seed: "accesskey/\(account)/\(environment.stackID)/\(name)"))
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let account = step.scope.account
    var user: IAMUser = try store.existing(step.properties.UserName, account, transaction)
    let secret = IAMText.secret(store.environment.effects.random)
    try user.add(
      IAMAccessKey(
        id: step.physicalID, status: step.properties.Status ?? .active, createdAt: step.now,
        sealedSecret: try store.vault.seal(
          secret, for: IAMAccessKey.sealContext(step.physicalID))))
    try store.put(user, account, transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let account = step.scope.account
    var user: IAMUser = try store.existing(step.properties.UserName, account, transaction)
    user.accessKeys[try user.index(ofKey: step.physicalID)].status =
      step.properties.Status ?? .active
    try store.put(user, account, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard let user = try user(of: request, transaction) else { return }
    try store.deleteKey(request.physicalID, of: user, request.scope.account, transaction)
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    guard let user = try user(of: request, transaction),
      let key = user.accessKeys.first(where: { $0.id == request.physicalID })
    else { return nil }
    return Properties(UserName: user.name, Status: key.status)
  }

  /// The user of the template, while the key is there.
  private func user(of request: ResourceRequest, _ transaction: Transaction) throws -> IAMUser? {
    guard let properties = try typed(request),
      let user = try store.get(
        IAMUser.self, properties.UserName, request.scope.account, transaction),
      user.accessKeys.contains(where: { $0.id == request.physicalID })
    else { return nil }
    return user
  }
}
