import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::Lambda::LayerVersion`. Its number is known only when it is published, as a version's.
struct LayerVersionResource: ResourceDefinition, WaitingResourceHandler {
  struct Properties: Codable, Sendable {
    struct Archive: Codable, Sendable {
      var S3Bucket: String
      var S3Key: String
      var S3ObjectVersion: String?
    }

    var LayerName: String?
    /// Nil only where it is read back.
    var Content: Archive?
    var Description: String?
    var CompatibleRuntimes: [String]?
    var CompatibleArchitectures: [String]?
    var LicenseInfo: String?
  }

  static let declaration = ResourceDeclaration(
    "AWS::Lambda::LayerVersion", naming: .property("LayerName", lengthMax: 140),
    attributes: ["LayerVersionArn": "{id}"], writeOnly: ["Content"])

  let layers: LayerStore
  let loader: CodeLoader

  /// - Parameter physicalID: the ARN of a version that is there, or the name of a layer.
  func identity(
    physicalID: String, properties: PropertyValue, in environment: StackEnvironment
  ) -> ResourceIdentity {
    if PublishedPlace.number(in: physicalID) != nil { return Self.identity(physicalID) }
    return ResourceIdentity(
      physicalID: physicalID, reference: .string(physicalID), attributes: [:], isPending: true)
  }

  private static func identity(_ arn: String) -> ResourceIdentity {
    ResourceIdentity(
      physicalID: arn, reference: .string(arn), attributes: ["LayerVersionArn": .string(arn)])
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let properties = step.properties
    let source = FunctionRequest.Source(
      S3Bucket: properties.Content?.S3Bucket, S3Key: properties.Content?.S3Key,
      S3ObjectVersion: properties.Content?.S3ObjectVersion)
    guard let code = try loader.object(source, scope: step.scope, in: transaction) else {
      throw ServiceError.validation("Please provide a source for the layer's content.")
    }
    var version = try LayerVersionModel(
      layer: properties.LayerName ?? step.physicalID, code: code, created: step.now,
      description: properties.Description, license: properties.LicenseInfo,
      runtimes: properties.CompatibleRuntimes, architectures: properties.CompatibleArchitectures)
    version.origin = origin(step.request)
    _ = try layers.publish(version, code: code, in: step.scope, transaction)
  }

  /// Tells the step's version from those that other stacks publish of the same layer.
  private func origin(_ request: ResourceRequest) -> String {
    "\(request.environment.stackID)/\(request.logicalID)"
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard let (version, scope) = try found(request, transaction) else { return }
    try layers.delete(version, in: scope, transaction)
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    guard let (version, _) = try found(request, transaction) else { return nil }
    return Properties(
      LayerName: version.layer,
      Description: version.description.isEmpty ? nil : version.description,
      CompatibleRuntimes: version.runtimes.isEmpty ? nil : version.runtimes,
      CompatibleArchitectures: version.architectures.isEmpty ? nil : version.architectures,
      LicenseInfo: version.license)
  }

  // MARK: The number

  func wait(_ verb: ResourceVerb, _ request: ResourceRequest, in transaction: Transaction) throws
    -> StepToken?
  {
    guard verb == .create else { return nil }
    guard let (version, scope) = try found(request, transaction) else {
      throw ServiceError.internalFailure("the layer's version is gone before its number was told")
    }
    return StepToken(.string(version.arn(in: scope)))
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
    -> (version: LayerVersionModel, scope: Scope)?
  {
    if let reference = LayerReference.version(request.physicalID) {
      return try layers.find(reference, transaction).map { ($0, reference.scope) }
    }
    let name = request.properties["LayerName"]?.scalarText ?? request.physicalID
    let origin = origin(request)
    return try layers.list(name, in: request.scope, transaction)
      .first { $0.origin == origin }.map { ($0, request.scope) }
  }
}
