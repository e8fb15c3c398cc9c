import AWSModel
import Effects
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::CloudFormation::WaitConditionHandle`: an address that signals are put to.
struct WaitConditionHandle: WaitingResourceHandler {
  let answers: PostedAnswers

  let schema = ResourceSchema(
    type: "AWS::CloudFormation::WaitConditionHandle",
    naming: NamingRule(property: nil, lengthMax: 128), supported: [])

  var needsServer: Bool { true }

  /// The address has the port in it, which only the server knows.
  func identity(physicalID: String, properties: PropertyValue, in environment: StackEnvironment)
    -> ResourceIdentity
  {
    ResourceIdentity(physicalID: physicalID, reference: .string(physicalID), isPending: true)
  }

  func exists(_ request: ResourceRequest, in transaction: Transaction) throws -> Bool { false }

  var unreadable: String? { "it is nothing but a wait" }

  /// The stack's record is all there is of it: it is as it was written there.
  func liveProperties(_ request: ResourceRequest, in transaction: Transaction) throws
    -> PropertyValue?
  { request.properties }

  func create(_ request: ResourceRequest, in transaction: Transaction) throws {
    try answers.open(box(request), transaction)
  }

  func update(_ request: ResourceRequest, in transaction: Transaction) throws {}

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    try answers.close(box(request), transaction)
  }

  func wait(_ verb: ResourceVerb, _ request: ResourceRequest, in transaction: Transaction) throws
    -> StepToken?
  {
    verb == .delete ? nil : StepToken(.null)
  }

  func work(_ verb: ResourceVerb, _ request: ResourceRequest, _ token: StepToken) async throws
    -> PropertyValue
  {
    .string(try answers.address(of: box(request)))
  }

  func finish(
    _ verb: ResourceVerb, _ request: ResourceRequest, _ token: StepToken, _ result: PropertyValue,
    in transaction: Transaction
  ) throws -> ResourceIdentity? {
    ResourceIdentity(physicalID: request.physicalID, reference: result)
  }

  private func box(_ request: ResourceRequest) -> String {
    SeededRandomSource(seed: "\(request.environment.stackID)/\(request.physicalID)").uuid()
  }
}

/// `AWS::CloudFormation::WaitCondition`: waits for signals at a handle's address.
///
/// Follows https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-waitcondition.html
struct WaitCondition: WaitingResourceHandler {
  let answers: PostedAnswers

  let schema = ResourceSchema(
    type: "AWS::CloudFormation::WaitCondition",
    naming: NamingRule(property: nil, lengthMax: 128),
    createOnly: ["Count", "Handle", "Timeout"], supported: ["Count", "Handle", "Timeout"],
    attributes: ["Data"])

  var needsServer: Bool { true }

  func check(_ properties: PropertyValue) -> [PropertyIssue] {
    ["Handle", "Timeout"].filter { properties[$0] == nil }.map { name in
      PropertyIssue(
        .missingProperty, at: PropertyPath(), "a wait condition needs `\(name)`",
        hint:
          "without both, `CreationPolicy` would say what it waits for, which Leat does not follow")
    }
  }

  func identity(physicalID: String, properties: PropertyValue, in environment: StackEnvironment)
    -> ResourceIdentity
  {
    ResourceIdentity(physicalID: physicalID, reference: .string(physicalID), isPending: true)
  }

  func exists(_ request: ResourceRequest, in transaction: Transaction) throws -> Bool { false }

  var unreadable: String? { "it is nothing but a wait" }

  /// The stack's record is all there is of it: it is as it was written there.
  func liveProperties(_ request: ResourceRequest, in transaction: Transaction) throws
    -> PropertyValue?
  { request.properties }

  func create(_ request: ResourceRequest, in transaction: Transaction) throws {}
  func update(_ request: ResourceRequest, in transaction: Transaction) throws {}
  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {}

  func wait(_ verb: ResourceVerb, _ request: ResourceRequest, in transaction: Transaction) throws
    -> StepToken?
  {
    guard verb == .create else { return nil }
    let seconds = request.properties["Timeout"]?.scalarText.flatMap { Int($0) } ?? 0
    return StepToken(.null, deadline: request.now.adding(seconds: min(max(seconds, 0), 43_200)))
  }

  /// The signals by their unique ids, as soon as there are enough of them.
  func work(_ verb: ResourceVerb, _ request: ResourceRequest, _ token: StepToken) async throws
    -> PropertyValue
  {
    let handle = request.properties["Handle"]?.scalarText ?? ""
    guard let mark = handle.firstRange(of: "box=") else {
      throw ServiceError.validation("WaitCondition handle is not one: \(handle)")
    }
    let count = request.properties["Count"]?.scalarText.flatMap { Int($0) } ?? 1
    return try await answers.first(of: String(handle[mark.upperBound...])) { signals in
      var data = PropertyObject()
      for signal in signals {
        let id = signal["UniqueId"]?.scalarText ?? ""
        guard signal["Status"]?.stringValue == "SUCCESS" else {
          throw ServiceError(
            "WaitConditionFailed",
            "WaitCondition received failed message: '\(signal["Reason"]?.scalarText ?? "")' for "
              + "uniqueId: \(id)")
        }
        if data[id] == nil { data[id] = signal["Data"] ?? "" }
      }
      return data.count >= count ? .object(data) : nil
    }
  }

  func finish(
    _ verb: ResourceVerb, _ request: ResourceRequest, _ token: StepToken, _ result: PropertyValue,
    in transaction: Transaction
  ) throws -> ResourceIdentity? {
    ResourceIdentity(
      physicalID: request.physicalID, reference: .string(request.physicalID),
      attributes: ["Data": .string(JSONWriter.compact(result))])
  }
}
