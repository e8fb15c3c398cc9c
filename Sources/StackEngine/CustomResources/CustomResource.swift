import AWSModel
import Effects
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::CloudFormation::CustomResource` and `Custom::…`: a function makes the resource, and puts
/// its answer to the address in its request.
///
/// Follows https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
struct CustomResource: WaitingResourceHandler {
  static let type = ResourceType.custom

  let capabilities: Capabilities
  let answers: PostedAnswers
  let random: any RandomSource

  var needsServer: Bool { true }

  let schema = ResourceSchema(
    type: Self.type, naming: NamingRule(property: nil, lengthMax: 128),
    createOnly: ["ServiceToken"],
    supported: ["*"], attributes: ["*"])

  func check(_ properties: PropertyValue) -> [PropertyIssue] {
    guard let token = properties["ServiceToken"] else {
      return [
        PropertyIssue(
          .missingProperty, at: PropertyPath(), "a custom resource needs `ServiceToken`",
          hint: "give the ARN of the function that makes it")
      ]
    }
    let place = PropertyPath([.key("ServiceToken")])
    guard let text = token.scalarText else { return [] }
    guard let arn = ARN(parsing: text), arn.service != "lambda" else { return [] }
    return [
      PropertyIssue(
        .unsupportedValue, at: place,
        "Leat does not send the requests of custom resources to `\(arn.service)`",
        hint: "give the ARN of a Lambda function")
    ]
  }

  /// The function tells the reference and the attributes.
  func identity(physicalID: String, properties: PropertyValue, in environment: StackEnvironment)
    -> ResourceIdentity
  {
    ResourceIdentity(
      physicalID: physicalID, reference: .string(physicalID), isPending: true)
  }

  func exists(_ request: ResourceRequest, in transaction: Transaction) throws -> Bool { false }

  var unreadable: String? { "what lies behind it is known to its function alone" }

  /// The properties as the stack's record says: what the function has made lies outside.
  func liveProperties(_ request: ResourceRequest, in transaction: Transaction) throws
    -> PropertyValue?
  { request.properties }

  // MARK: Calls

  func create(_ request: ResourceRequest, in transaction: Transaction) throws {
    _ = try answers.address(of: "")
  }

  func update(_ request: ResourceRequest, in transaction: Transaction) throws {
    _ = try answers.address(of: "")
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    _ = try answers.address(of: "")
  }

  func wait(_ verb: ResourceVerb, _ request: ResourceRequest, in transaction: Transaction) throws
    -> StepToken?
  {
    // Leftovers of an earlier request of the resource go.
    let resource = "\(request.environment.stackID)/\(request.logicalID)"
    let prefix = "\(SeededRandomSource(seed: resource).uuid())."
    let box = prefix + random.uuid()
    try answers.open(box, replacing: prefix, transaction)
    let seconds = request.properties["ServiceTimeout"]?.scalarText.flatMap { Int($0) } ?? 3600
    return StepToken(
      .string(box), deadline: request.now.adding(seconds: min(max(seconds, 1), 3600)))
  }

  func work(_ verb: ResourceVerb, _ request: ResourceRequest, _ token: StepToken) async throws
    -> PropertyValue
  {
    let box = token.body.stringValue ?? ""
    if let answer = try answers.answers(in: box).first { return answer }
    let event = try event(verb, request, box)
    let result = try await capabilities.require(.functions).invoke(
      request.properties["ServiceToken"]?.scalarText ?? "", payload: JSONWriter.bytes(event),
      scope: request.scope)
    if let failure = result.functionError, try answers.answers(in: box).isEmpty {
      throw ServiceError(
        "FunctionError",
        "The function failed before it answered (\(failure)): "
          + String(decoding: result.payload.prefix(1000), as: UTF8.self))
    }
    return try await answers.first(of: box) { $0.first }
  }

  func finish(
    _ verb: ResourceVerb, _ request: ResourceRequest, _ token: StepToken, _ result: PropertyValue,
    in transaction: Transaction
  ) throws -> ResourceIdentity? {
    try answers.close(token.body.stringValue ?? "", transaction)
    let reason = result["Reason"]?.scalarText ?? ""
    guard result["Status"]?.stringValue == "SUCCESS" else {
      throw ServiceError(
        "CustomResourceFailed",
        "Received response status [\(result["Status"]?.scalarText ?? "")] from custom resource. "
          + "Message returned: \(reason)")
    }
    guard verb != .delete else { return nil }
    guard let id = result["PhysicalResourceId"]?.scalarText, !id.isEmpty, id.utf8.count <= 1024
    else {
      throw ServiceError("CustomResourceFailed", "Invalid PhysicalResourceId")
    }
    return ResourceIdentity(
      physicalID: id, reference: .string(id), attributes: result["Data"]?.objectValue ?? [:])
  }

  // MARK: The request

  private func event(_ verb: ResourceVerb, _ request: ResourceRequest, _ box: String) throws
    -> PropertyValue
  {
    let kind =
      switch verb {
      case .create: "Create"
      case .update: "Update"
      case .delete: "Delete"
      }
    var event: PropertyObject = [
      "RequestType": .string(kind),
      "ServiceToken": request.properties["ServiceToken"] ?? .null,
      "ResponseURL": .string(try answers.address(of: box)),
      "StackId": .string(request.environment.stackID), "RequestId": .string(box),
      "LogicalResourceId": .string(request.logicalID.text),
      "ResourceType": .string(request.type.text),
      "ResourceProperties": request.properties.inTexts,
    ]
    if verb != .create { event["PhysicalResourceId"] = .string(request.physicalID) }
    if verb == .update {
      event["OldResourceProperties"] = request.previous?.inTexts ?? .object([:])
    }
    return .object(event)
  }
}

extension PropertyValue {
  /// The value with its scalars as texts: CloudFormation hands all on so.
  fileprivate var inTexts: PropertyValue {
    switch self {
    case .list(let list): .list(list.map(\.inTexts))
    case .object(let object): .object(PropertyObject(object.map { ($0.key, $0.value.inTexts) }))
    default: scalarText.map { .string($0) } ?? self
    }
  }
}
