import ResourceModel

/// A call that a deployment step makes to a resource's handler, whole: what the journal keeps of a
/// call that waits.
public struct ResourceCall: Sendable, Hashable, Codable {
  public var verb: ResourceVerb
  public var environment: StackEnvironment
  /// As it is to be; for a deletion, as it is.
  public var resource: ResourceState
  /// The state that an update starts from; nil otherwise.
  public var previous: ResourceState?
  /// Deletion: remove what lies inside first.
  public var discardsContents: Bool

  public init(
    _ verb: ResourceVerb, _ resource: ResourceState, from previous: ResourceState? = nil,
    in environment: StackEnvironment, discardsContents: Bool = false
  ) {
    self.verb = verb
    self.environment = environment
    self.resource = resource
    self.previous = previous
    self.discardsContents = discardsContents
  }
}

/// The end of a call's transaction.
public enum StepAnswer: Sendable, Hashable {
  case done
  /// The resource is begun; the rest is work outside of any transaction.
  case waits(StepToken)
}

/// A call that has begun and not ended.
public struct ResourceWait: Sendable, Hashable, Codable {
  public var call: ResourceCall
  public var token: StepToken

  public init(_ call: ResourceCall, _ token: StepToken) {
    self.call = call
    self.token = token
  }
}
