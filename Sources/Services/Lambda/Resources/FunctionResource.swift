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
      "TracingConfig": [["Mode": "PassThrough"]],
      "EphemeralStorage": [["Size": 512]],
      "SnapStart": [["ApplyOn": "None"]],
      "VpcConfig": [
        [:], ["SubnetIds": [], "SecurityGroupIds": []],
        ["SubnetIds": [], "SecurityGroupIds": [], "Ipv6AllowedForDualStack": false],
      ],
      "DeadLetterConfig": [[:], ["TargetArn": ""]],
      "ImageConfig": [[:]],
      "KmsKeyArn": [""],
      "CodeSigningConfigArn": [""],
      "RecursiveLoop": ["Terminate"],
      "RuntimeManagementConfig": [["UpdateRuntimeOn": "Auto"]],
    ])

  let store: FunctionStore
  let loader: CodeLoader

  func check(_ properties: PropertyValue) -> [PropertyIssue] {
    let issues = typedIssues(properties)
    guard properties["Code"]?["ImageUri"] != nil else { return issues }
    return issues.filter { $0.path.keysOnly != ["Code"] } + [FunctionPropertyCheck.image]
  }

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    for issue in FunctionPropertyCheck(properties: properties).issues { issues.append(issue) }
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let code = try step.properties.code(loader, scope: step.scope, in: transaction)
    guard try store.find(step.physicalID, in: step.scope, transaction) == nil else {
      throw FunctionStore.conflict(FunctionKey(scope: step.scope, name: step.physicalID))
    }
    let model = FunctionModel(
      name: step.physicalID, settings: try step.properties.settings(),
      tags: step.allTags(step.properties.Tags).table, codeHash: code.hash,
      codeSize: code.archive.count,
      lastModified: step.now, revisionID: revision(step.request))
    try store.put(model, code: code, in: step.scope, transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    guard var model = try store.find(step.physicalID, in: step.scope, transaction) else {
      throw try FunctionReference(step.physicalID, scope: step.scope).notFound
    }
    model.settings = try step.properties.settings()
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
    model.revisionID = revision(step.request, after: model.revisionID)
    try store.put(model, code: code, in: step.scope, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    // Gone already is as good as deleted.
    _ = try store.delete(request.physicalID, in: request.scope, transaction)
  }

  func physicalIDs(in scope: Scope, _ transaction: Transaction) throws -> Set<String>? {
    try store.names(in: scope, transaction)
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    try store.find(request.physicalID, in: request.scope, transaction).map(Properties.init)
  }

  /// New with every step, and the same when a step is done again after a crash.
  private func revision(_ request: ResourceRequest, after old: String = "") -> String {
    SeededRandomSource(
      seed: "\(request.physicalID)/\(request.now.milliseconds)/\(old)/"
        + JSONWriter.canonical(request.properties)
    ).uuid()
  }
}
