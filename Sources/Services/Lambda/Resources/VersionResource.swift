import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::Lambda::Version`. Its number is known only when it is published: the step waits for nothing
/// but tells it.
struct VersionResource: ResourceDefinition, WaitingResourceHandler {
  struct Properties: Codable, Sendable {
    var FunctionName: String
    var CodeSha256: String?
    var Description: String?
    var ProvisionedConcurrencyConfig: ProvisionedProperty?
  }

  static let declaration = ResourceDeclaration(
    "AWS::Lambda::Version", naming: .generated(lengthMax: 140),
    attributes: ["FunctionArn": "{id}", "Version": "{id}"],
    writeOnly: ["CodeSha256"])

  let store: FunctionStore

  /// - Parameter physicalID: the ARN of a version that is there, or a name for one to be made.
  func identity(
    physicalID: String, properties: PropertyValue, in environment: StackEnvironment
  ) -> ResourceIdentity {
    if PublishedPlace.number(in: physicalID) != nil { return Self.identity(physicalID) }
    return ResourceIdentity(
      physicalID: physicalID, reference: .string(physicalID), attributes: [:], isPending: true)
  }

  private static func identity(_ arn: String) -> ResourceIdentity {
    ResourceIdentity(
      physicalID: arn, reference: .string(arn),
      attributes: [
        "FunctionArn": .string(arn), "Version": .string(PublishedPlace.number(in: arn) ?? ""),
      ])
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let reference = try FunctionReference(step.properties.FunctionName, scope: step.scope)
    let (name, scope) = (reference.key.name, reference.key.scope)
    guard var function = try store.find(name, in: scope, transaction) else {
      throw reference.notFound
    }
    if let expected = step.properties.CodeSha256, expected != function.shownCodeHash {
      throw ServiceError.parameter(
        "CodeSHA256 (\(expected)) is different from current CodeSHA256 in $LATEST "
          + "(\(function.shownCodeHash)). Please try again with the CodeSHA256 in $LATEST.")
    }
    let published = try store.publish(
      &function, description: step.properties.Description ?? "",
      revisionID: "\(function.revisionID)/\(function.nextVersion)", origin: step.physicalID,
      in: scope, transaction)
    guard published.isNew else {
      throw ServiceError.conflict(
        "A version for this Lambda function exists ( \(published.version.version) ). Modify the "
          + "function to create a new version.")
    }
    try store.provision(
      step.properties.ProvisionedConcurrencyConfig,
      at: FunctionReference(name, qualifier: published.version.version, scope: scope),
      now: step.now, transaction)
  }

  /// By its ARN; one whose creation did not come to its end, by the step that made it.
  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard let (version, scope) = try found(request, transaction) else { return }
    try store.requireUnused(version, in: scope, transaction)
    try store.deleteVersion(version, in: scope, transaction)
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    guard let (version, scope) = try found(request, transaction) else { return nil }
    let provisioned = try Places.provisioned.get(
      FunctionReference(version.name, qualifier: version.version, scope: scope), transaction)
    let description = version.settings.description
    return Properties(
      FunctionName: try typed(request)?.FunctionName ?? version.name,
      Description: description.isEmpty ? nil : description,
      ProvisionedConcurrencyConfig: provisioned.map(ProvisionedProperty.init))
  }

  // MARK: The number

  func wait(_ verb: ResourceVerb, _ request: ResourceRequest, in transaction: Transaction) throws
    -> StepToken?
  {
    guard verb == .create else { return nil }
    guard let (version, scope) = try found(request, transaction) else {
      throw ServiceError.internalFailure("the version is gone before its number was told")
    }
    return StepToken(.string("\(version.arn(in: scope)):\(version.version)"))
  }

  func work(_ verb: ResourceVerb, _ request: ResourceRequest, _ token: StepToken) async throws
    -> PropertyValue
  { token.body }

  func finish(
    _ verb: ResourceVerb, _ request: ResourceRequest, _ token: StepToken, _ result: PropertyValue,
    in transaction: Transaction
  ) throws -> ResourceIdentity? {
    result.stringValue.map(Self.identity)
  }

  private func found(_ request: ResourceRequest, _ transaction: Transaction) throws
    -> (version: FunctionModel, scope: Scope)?
  {
    if let number = PublishedPlace.number(in: request.physicalID) {
      let key = try FunctionReference(request.physicalID, scope: request.scope).key
      return try store.find(key.name, version: number, in: key.scope, transaction)
        .map { ($0, key.scope) }
    }
    guard let name = try typed(request)?.FunctionName else { return nil }
    let key = try FunctionReference(name, scope: request.scope).key
    return try store.versions(of: key.name, in: key.scope, transaction)
      .last { $0.origin == request.physicalID }.map { ($0, key.scope) }
  }
}

/// ARNs that end in the number of something published: a version of a function or of a layer.
enum PublishedPlace {
  /// nil for a name that stands in while the number is not known.
  static func number(in id: String) -> String? {
    guard id.hasPrefix("arn:"), let colon = id.lastIndex(of: ":") else { return nil }
    let last = id[id.index(after: colon)...]
    return !last.isEmpty && last.allSatisfy(\.isNumber) ? String(last) : nil
  }
}
