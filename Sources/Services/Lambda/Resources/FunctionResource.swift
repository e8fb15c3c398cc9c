import AWSModel
import Effects
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::Lambda::Function`.
struct FunctionResource: ResourceDefinition {
  static let declaration = ResourceDeclaration(
    "AWS::Lambda::Function", naming: .property("FunctionName", lengthMax: 64),
    attributes: ["Arn": "arn:aws:lambda:{region}:{account}:function:{name}"],
    writeOnly: ["Code"],
    defaults: [
      "VpcConfig": [
        [:], ["SubnetIds": [], "SecurityGroupIds": []],
        ["SubnetIds": [], "SecurityGroupIds": [], "Ipv6AllowedForDualStack": false],
      ],
      "ImageConfig": [[:]],
    ])

  let store: FunctionStore
  let layers: LayerStore
  let signing: CodeSigningStore
  /// Asked on use: dead-letter targets.
  let events: @Sendable () throws(ServiceError) -> EventTargets
  let loader: CodeLoader

  func check(_ properties: PropertyValue) -> [PropertyIssue] {
    let issues = typedIssues(properties)
    guard properties["Code"]?["ImageUri"] != nil else { return issues }
    return issues.filter { $0.path.keysOnly != ["Code"] } + [FunctionPropertyCheck.image]
  }

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    for issue in FunctionPropertyCheck(properties: properties).issues { issues.append(issue) }
    issues.check("DeadLetterConfig.TargetArn") { () throws(ServiceError) in
      var settings = FunctionSettings(runtime: "", handler: "", role: "")
      settings.deadLetterARN = properties.DeadLetterConfig?.TargetArn.unlessEmpty
      try settings.checkDeadLetter(events)
    }
    if let count = properties.Layers?.count, count > FunctionLayer.countMax {
      issues.check("Layers") { () throws(ServiceError) in
        throw .parameter("Cannot reference more than \(FunctionLayer.countMax) layers.")
      }
    }
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let code = try step.properties.code(loader, scope: step.scope, in: transaction)
    guard try store.find(step.physicalID, in: step.scope, transaction) == nil else {
      throw FunctionStore.conflict(FunctionKey(scope: step.scope, name: step.physicalID))
    }
    var model = FunctionModel(
      name: step.physicalID, settings: try step.properties.settings(),
      tags: step.allTags(step.properties.Tags).table, codeHash: code.hash,
      codeSize: code.archive.count,
      lastModified: step.now, revisionID: SeededRevision.after("", step.request))
    try resolve(&model, step, transaction)
    try store.put(model, code: code, in: step.scope, transaction)
    try store.checkSize(model, transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    guard var model = try store.find(step.physicalID, in: step.scope, transaction) else {
      throw try FunctionReference(step.physicalID, scope: step.scope).notFound
    }
    let kept = model.settings.layers
    model.settings = try step.properties.settings()
    model.settings.layers = kept
    model.tags = step.allTags(step.properties.Tags).table
    // An archive that is named as before is not fetched again: its object may be gone by now.
    let isSame =
      step.properties.Code?.S3Key != nil && step.properties.Code == step.previous?.Code
    let code =
      isSame ? nil : try step.properties.code(loader, scope: step.scope, in: transaction)
    if let code {
      model.codeHash = code.hash
      model.codeSize = code.archive.count
    }
    model.lastModified = step.now
    model.revisionID = SeededRevision.after(model.revisionID, step.request)
    try resolve(&model, step, transaction)
    try store.put(model, code: code, in: step.scope, transaction)
    try store.checkSize(model, transaction)
  }

  /// Finds the layers that the properties name, in place of those that the function has.
  private func resolve(
    _ model: inout FunctionModel, _ step: ResourceStep<Properties>, _ transaction: Transaction
  ) throws {
    model.settings.layers = try layers.resolve(
      step.properties.Layers ?? [], kept: model.settings.layers, scope: step.scope, transaction)
    try model.settings.checkDeadLetter(events)
    try step.properties.apply(
      to: &model, store, signing, scope: step.scope, in: transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    // Gone already is as good as deleted.
    _ = try store.delete(request.physicalID, in: request.scope, transaction)
  }

  func physicalIDs(in scope: Scope, _ transaction: Transaction) throws -> Set<String>? {
    try store.names(in: scope, transaction)
  }

  func localFile(_ request: ResourceRequest, in transaction: Transaction) throws
    -> (property: String, contents: [UInt8])?
  {
    guard let model = try store.find(request.physicalID, in: request.scope, transaction),
      let archive = try store.archive(of: model, transaction)
    else { return nil }
    return ("Code", archive)
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    try store.find(request.physicalID, in: request.scope, transaction).map(Properties.init)
  }
}
