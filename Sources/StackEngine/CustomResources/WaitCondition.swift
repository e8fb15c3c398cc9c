import AWSModel
import Effects
import PropertyTree
import ResourceModel
import ServiceKit
import StackExecution

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

/// `AWS::CloudFormation::WaitCondition`: waits for signals at a handle's address, or for those that its
/// `CreationPolicy` names and SignalResource sends.
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
    if request.creationSignals != nil { return try answers.open(Self.box(request), transaction) }
    for name in ["Handle", "Timeout"] where request.properties[name] == nil {
      throw ServiceError.validation("a wait condition needs `\(name)`")
    }
  }

  func update(_ request: ResourceRequest, in transaction: Transaction) throws {}

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    if request.creationSignals != nil { try answers.close(Self.box(request), transaction) }
  }

  private static func box(_ request: ResourceRequest) -> String {
    box(of: request.logicalID, in: request.environment)
  }

  /// The box for signals that SignalResource sends to a resource.
  static func box(of resource: LogicalID, in environment: StackEnvironment) -> String {
    SeededRandomSource(seed: "signals/\(environment.stackID)/\(resource)").uuid()
  }

  func wait(_ verb: ResourceVerb, _ request: ResourceRequest, in transaction: Transaction) throws
    -> StepToken?
  {
    guard verb == .create else { return nil }
    if let signals = request.creationSignals {
      var token = StepToken(.null, deadline: request.now.adding(seconds: signals.seconds))
      token.lateness =
        "Failed to receive \(signals.count) resource signal(s) within the specified duration"
      return token
    }
    let seconds = request.properties["Timeout"]?.scalarText.flatMap { Int($0) } ?? 0
    return StepToken(.null, deadline: request.now.adding(seconds: min(max(seconds, 0), 43_200)))
  }

  /// The signals by their unique ids, as soon as there are enough of them.
  func work(_ verb: ResourceVerb, _ request: ResourceRequest, _ token: StepToken) async throws
    -> PropertyValue
  {
    if let signals = request.creationSignals { return try await received(signals, request) }
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

  /// The signals of a `CreationPolicy` by their unique ids, as soon as there are enough of them.
  private func received(_ wanted: CreationSignals, _ request: ResourceRequest) async throws
    -> PropertyValue
  {
    try await answers.first(of: Self.box(request)) { signals in
      var data = PropertyObject()
      for signal in signals {
        guard signal["Status"]?.stringValue == "SUCCESS" else {
          throw StepFailure(
            reason: "Received 1 FAILURE signal(s) out of \(wanted.count). Unable to satisfy 100% "
              + "MinSuccessfulInstancesPercent requirement")
        }
        data[signal["UniqueId"]?.scalarText ?? ""] = ""
      }
      return data.count >= wanted.count ? .object(data) : nil
    }
  }

  func finish(
    _ verb: ResourceVerb, _ request: ResourceRequest, _ token: StepToken, _ result: PropertyValue,
    in transaction: Transaction
  ) throws -> ResourceIdentity? {
    if request.creationSignals != nil { try answers.close(Self.box(request), transaction) }
    return ResourceIdentity(
      physicalID: request.physicalID, reference: .string(request.physicalID),
      attributes: ["Data": .string(JSONWriter.compact(result))])
  }
}
