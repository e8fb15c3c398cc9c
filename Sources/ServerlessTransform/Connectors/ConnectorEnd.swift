import Diagnostics

/// The source or the destination of a connector.
struct ConnectorEnd {
  let id: String?
  let type: String
  var values: [String: Tree] = [:]
  let roleName: Tree?

  private static let plainTypes = [
    "AWS::Serverless::Function": "AWS::Lambda::Function",
    "AWS::Serverless::StateMachine": "AWS::StepFunctions::StateMachine",
    "AWS::Serverless::Api": "AWS::ApiGateway::RestApi",
    "AWS::Serverless::HttpApi": "AWS::ApiGatewayV2::Api",
    "AWS::Serverless::SimpleTable": "AWS::DynamoDB::Table",
  ]

  /// Types whose ARN `Ref` gives.
  private static let referencedByArn: Set<String> = [
    "AWS::StepFunctions::StateMachine", "AWS::SNS::Topic",
  ]

  /// - Parameter other: the reference at the connector's other end.
  init(_ tree: Tree, other: Tree, in resources: ResourceTable) throws(SAMFailure) {
    let known = ["Id", "Type", "Arn", "RoleName", "QueueUrl", "ResourceId", "Name", "Qualifier"]
    for member in tree.members ?? [] where !known.contains(member.key) {
      throw SAMFailure(
        .unknownProperty, "`\(member.key)` is not part of a connector's end", at: member.keySpan,
        hint: Suggestion.didYouMean(member.key, among: known))
    }
    guard let reference = tree["Id"] else {
      guard let type = tree["Type"]?.string, !type.isEmpty else {
        throw SAMFailure(
          .missingProperty, "a connector's end needs `Id` or `Type`", at: tree.span)
      }
      id = nil
      self.type = Self.plainTypes[type] ?? type
      roleName = tree["RoleName"]
      for name in ["Arn", "ResourceId", "Name", "Qualifier"] { values[name] = tree[name] }
      values["Url"] = tree["QueueUrl"]
      return
    }
    guard tree.keys.allSatisfy({ $0 == "Id" || $0 == "Qualifier" }) else {
      throw SAMFailure("a connector's end has `Id` or other properties, not both", at: tree.span)
    }
    guard let id = reference.string, let resource = resources[id],
      let type = resource["Type"]?.string
    else {
      throw SAMFailure(
        .unknownReference, "the template has no resource `\(reference.text ?? "?")`",
        at: reference.span,
        hint: reference.text.flatMap { Suggestion.didYouMean($0, among: resources.order) })
    }
    self.id = id
    self.type = type
    let properties = resource["Properties"] ?? .emptyObject
    let role = Self.role(of: type, properties, connectedTo: other)
    roleName = role?.referencedResource.map { .ref($0) }
    values["Arn"] = Self.referencedByArn.contains(type) ? .ref(id) : .getAtt(id, "Arn")
    switch type {
    case "AWS::StepFunctions::StateMachine": values["Name"] = .getAtt(id, "Name")
    case "AWS::SQS::Queue": values["Url"] = .ref(id)
    case "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api":
      values["ResourceId"] = .ref(id)
      values["Qualifier"] = "*"
    default: break
    }
    if let qualifier = tree["Qualifier"] { values["Qualifier"] = qualifier }
  }

  private static func role(of type: String, _ properties: Tree, connectedTo other: Tree) -> Tree? {
    switch type {
    case "AWS::Lambda::Function": return properties["Role"]
    case "AWS::StepFunctions::StateMachine": return properties["RoleArn"]
    case "AWS::Events::Rule":
      for target in properties["Targets"]?.elements ?? [] {
        let isByID =
          target["Arn"]?.referencedResource != nil
          && target["Arn"]?.referencedResource == other["Id"]?.string
        let isByArn = other["Arn"] != nil && target["Arn"] == other["Arn"]
        if isByID || isByArn { return target["RoleArn"] }
      }
      return nil
    default: return nil
    }
  }
}
