import AWSModel
import ResourceModel
import ServiceKit

/// `AWS::SSM::Parameter`: a `String` or a `StringList`, as in CloudFormation, which makes no
/// `SecureString`.
struct SSMParameterResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var Name: String?
    var `Type`: SSMParameterType
    /// nil only while a plan does not know it.
    var Value: String?
    var Description: String?
    var AllowedPattern: String?
    var Tier: String?
    var DataType: String?
    var Tags: [String: String]?
  }

  /// A generated name begins with `CFN`: one that began with a stack's name `aws-…` would be refused.
  static let declaration = ResourceDeclaration(
    "AWS::SSM::Parameter", naming: .property("Name", lengthMax: 128, form: .marked),
    attributes: ["Type": "{Type}", "Value": "{Value}"])

  let store: SSMStore

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    if let name = properties.Name {
      issues.check("Name") { () throws(ServiceError) in try SSMLimits.check(name: name) }
    }
    // Read back from what a client has made: a template that says so lacks no value.
    if properties.Type == .secure, properties.Value == nil {
      issues.check("Type") { () throws(ServiceError) in
        throw .validation("no template can have a SecureString")
      }
    }
    if let type = properties.DataType, type != "text" {
      issues.check("DataType") { () throws(ServiceError) in
        throw .unsupported("the data type `\(type)` of parameters")
      }
    }
    if let value = properties.Value, let pattern = properties.AllowedPattern, !pattern.isEmpty {
      issues.check("Value") { () throws(ServiceError) in
        try SSMLimits.check(value, against: pattern)
      }
    }
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    try put(step, overwrites: false, transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    try put(step, overwrites: true, transaction)
  }

  private func put(
    _ step: ResourceStep<Properties>, overwrites: Bool, _ transaction: Transaction
  ) throws {
    let properties = step.properties
    guard let value = properties.Value, properties.Type != .secure else {
      throw ServiceError.validation("A parameter needs a Value, and the Type String or StringList.")
    }
    // A property that the template no longer gives falls back to nothing, not to what was there.
    let change = SSMChange(
      name: step.physicalID, value: value, type: properties.Type,
      description: properties.Description ?? "", allowedPattern: properties.AllowedPattern ?? "",
      tier: properties.Tier, dataType: properties.DataType)
    try store.put(
      change,
      tags: (properties.Tags ?? [:]).merging(step.request.systemTags.table) { own, _ in own },
      overwrites: overwrites, now: step.now, in: step.scope,
      transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    try store.delete(request.physicalID, in: request.scope, transaction)
  }

  func physicalIDs(in scope: Scope, _ transaction: Transaction) throws -> Set<String>? {
    try store.names(in: scope, transaction)
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    guard let found = try store.find(request.physicalID, in: request.scope, transaction) else {
      return nil
    }
    let newest = found.newest
    return Properties(
      Name: found.name, Type: found.type,
      // The name is taken, by something that no template can have made.
      Value: found.type == .secure ? nil : newest.value, Description: newest.description,
      AllowedPattern: newest.allowedPattern, Tier: newest.tier, DataType: newest.dataType,
      Tags: found.tags.isEmpty ? nil : found.tags)
  }
}
