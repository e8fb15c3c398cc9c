import AWSModel
import Effects
import PropertyTree
import ServiceKit
import ResourceModel

/// `AWS::Lambda::Function`.
struct FunctionResource: ResourceHandler {
  let store: FunctionStore
  let loader: CodeLoader

  let schema = ResourceSchema(
    type: "AWS::Lambda::Function",
    naming: NamingRule(property: "FunctionName", lengthMax: 64),
    createOnly: ["FunctionName", "PackageType"],
    supported: [
      "FunctionName", "Runtime", "Handler", "Role", "Code", "Code.ZipFile", "Code.S3Bucket",
      "Code.S3Key", "Code.S3ObjectVersion", "Timeout", "MemorySize", "Environment",
      "Environment.Variables", "Environment.Variables.*",
      "Description", "Tags", "Tags.*", "Architectures", "PackageType", "LoggingConfig",
      "LoggingConfig.LogGroup", "LoggingConfig.LogFormat",
    ],
    attributes: ["Arn"])

  func identity(physicalID: String, properties: PropertyValue, in environment: StackEnvironment)
    -> ResourceIdentity
  {
    let key = FunctionKey(scope: environment.scope, name: physicalID)
    return ResourceIdentity(
      physicalID: physicalID, reference: .string(physicalID),
      attributes: ["Arn": .string(key.arn)])
  }

  func check(_ properties: PropertyValue) -> [PropertyIssue] {
    FunctionPropertyCheck(properties: properties).issues
  }

  func create(_ request: ResourceRequest, in transaction: Transaction) throws {
    let properties = try FunctionProperties(request.properties)
    let code = try properties.code(loader, scope: request.scope, in: transaction)
    guard try store.find(request.physicalID, in: request.scope, transaction) == nil else {
      throw FunctionStore.conflict(FunctionKey(scope: request.scope, name: request.physicalID))
    }
    let model = FunctionModel(
      name: request.physicalID, settings: try properties.settings(), tags: properties.allTags,
      codeHash: code.hash, codeSize: code.archive.count, lastModified: request.now,
      revisionID: revision(request))
    try store.put(model, code: code, in: request.scope, transaction)
  }

  func update(_ request: ResourceRequest, in transaction: Transaction) throws {
    let properties = try FunctionProperties(request.properties)
    guard var model = try store.find(request.physicalID, in: request.scope, transaction) else {
      throw try FunctionReference(request.physicalID, scope: request.scope).notFound
    }
    model.settings = try properties.settings()
    model.tags = properties.allTags
    // An archive that is named as before is not fetched again: its object may be gone by now.
    let isSame =
      request.properties["Code"]?["S3Key"] != nil
      && request.properties["Code"] == request.previous?["Code"]
    let code =
      isSame ? nil : try properties.code(loader, scope: request.scope, in: transaction)
    if let code {
      model.codeHash = code.hash
      model.codeSize = code.archive.count
    }
    model.lastModified = request.now
    model.revisionID = revision(request, after: model.revisionID)
    try store.put(model, code: code, in: request.scope, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    // Gone already is as good as deleted.
    _ = try store.delete(request.physicalID, in: request.scope, transaction)
  }

  func exists(_ request: ResourceRequest, in transaction: Transaction) throws -> Bool {
    try store.find(request.physicalID, in: request.scope, transaction) != nil
  }

  /// New with every step, and the same when a step is done again after a crash.
  private func revision(_ request: ResourceRequest, after old: String = "") -> String {
    SeededRandomSource(
      seed: "\(request.physicalID)/\(request.now.milliseconds)/\(old)/"
        + JSONWriter.canonical(request.properties)
    ).uuid()
  }
}
