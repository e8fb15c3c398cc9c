import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::Lambda::CodeSigningConfig`.
struct CodeSigningResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var AllowedPublishers: CodeSigningModel.Publishers
    var CodeSigningPolicies: CodeSigningModel.Policies?
    var Description: String?
    var Tags: [ValuedTag]?
  }

  static let declaration = ResourceDeclaration(
    "AWS::Lambda::CodeSigningConfig",
    naming: .generated(lengthMax: 21, form: .hexadecimal(prefix: "csc-", digits: 17)),
    physicalID: "arn:aws:lambda:{region}:{account}:code-signing-config:{name}",
    attributes: ["CodeSigningConfigArn": "{id}", "CodeSigningConfigId": "{name}"])

  let store: CodeSigningStore
  let functions: FunctionStore

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    issues.check("CodeSigningPolicies.UntrustedArtifactOnDeployment") {
      () throws(ServiceError) in
      var model = CodeSigningModel(id: "", publishers: [], lastModified: .init(milliseconds: 0))
      try model.apply(properties.CodeSigningPolicies)
    }
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    try put(step, transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    try put(step, transaction)
  }

  private func put(_ step: ResourceStep<Properties>, _ transaction: Transaction) throws {
    guard let id = CodeSigningStore.id(step.physicalID) else {
      throw CodeSigningModel.missing(step.physicalID)
    }
    var model = CodeSigningModel(
      id: id, description: step.properties.Description ?? "",
      publishers: step.properties.AllowedPublishers.SigningProfileVersionArns,
      tags: step.allTags(step.properties.Tags).table, lastModified: step.now)
    try model.apply(step.properties.CodeSigningPolicies)
    try store.put(model, in: step.scope, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard let model = try store.find(request.physicalID, in: request.scope, transaction) else {
      return
    }
    try store.delete(model, in: request.scope, functions: functions, transaction)
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    try store.find(request.physicalID, in: request.scope, transaction).map { model in
      Properties(
        AllowedPublishers: .init(SigningProfileVersionArns: model.publishers),
        CodeSigningPolicies: .init(UntrustedArtifactOnDeployment: model.policy),
        Description: model.description.isEmpty ? nil : model.description,
        Tags: model.tags.isEmpty ? nil : [ValuedTag](table: model.tags))
    }
  }
}
