import AWSModel
import Effects
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::IAM::OIDCProvider`. `Ref` is the ARN, which the URL gives.
struct IAMOIDCProviderResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var Url: String?
    var ClientIdList: [String]?
    var ThumbprintList: [String]?
    var Tags: [ValuedTag]?
  }

  static let declaration = ResourceDeclaration(
    "AWS::IAM::OIDCProvider", naming: .generated(lengthMax: 128), attributes: ["Arn": "{id}"],
    needsIAMCapability: true)

  let store: IAMStore

  func identity(
    physicalID: String, properties: PropertyValue, in environment: StackEnvironment
  ) -> ResourceIdentity {
    // A URL that is none is an issue of the check.
    let name = properties["Url"]?.stringValue.flatMap { try? IAMOIDCProvider.name(ofURL: $0) }
    let arn = name.map { IAMOIDCProvider.arn($0, in: environment.scope.account) } ?? physicalID
    return ResourceIdentity(
      physicalID: arn, reference: .string(arn), attributes: ["Arn": .string(arn)])
  }

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    issues.check("Url") { () throws(ServiceError) in
      guard let url = properties.Url else { throw IAMFaults.validation("Url is missing") }
      _ = try IAMOIDCProvider.name(ofURL: url)
    }
    issues.check("ThumbprintList") { () throws(ServiceError) in
      try IAMOIDCProvider.check(thumbprints: properties.ThumbprintList ?? [])
    }
    issues.check("ClientIdList") { () throws(ServiceError) in
      try IAMOIDCProvider.check(clientIDs: properties.ClientIdList ?? [])
    }
    issues.check(iamTags: properties.Tags)
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let provider = IAMOIDCProvider(
      name: try IAMOIDCProvider.name(ofURL: step.properties.Url ?? ""), createdAt: step.now,
      clientIDs: [], thumbprints: [])
    try store.make(provider, step.scope.account, transaction)
    try fill(provider, step, transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let name = try IAMOIDCProvider.name(ofARN: step.physicalID)
    try fill(try store.existing(name, step.scope.account, transaction), step, transaction)
  }

  private func fill(
    _ provider: IAMOIDCProvider, _ step: ResourceStep<Properties>, _ transaction: Transaction
  ) throws {
    var provider = provider
    provider.clientIDs = step.properties.ClientIdList ?? []
    provider.thumbprints = (step.properties.ThumbprintList ?? []).map { $0.lowercased() }
    provider.tags = step.properties.Tags ?? []
    try store.put(provider, step.scope.account, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard let provider = try provider(request, transaction) else { return }
    try store.delete(provider, request.scope.account, transaction)
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    try provider(request, transaction).map {
      Properties(
        Url: "https://\($0.name)", ClientIdList: $0.clientIDs.shown,
        ThumbprintList: $0.thumbprints.shown, Tags: $0.tags.shown)
    }
  }

  private func provider(_ request: ResourceRequest, _ transaction: Transaction) throws
    -> IAMOIDCProvider?
  {
    // An id that is no ARN is that of a creation that failed.
    guard let name = try? IAMOIDCProvider.name(ofARN: request.physicalID) else { return nil }
    return try store.get(IAMOIDCProvider.self, name, request.scope.account, transaction)
  }
}
