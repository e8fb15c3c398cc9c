import Effects
import PropertyTree

/// The three things that a deployment step does to a resource.
public enum ResourceVerb: String, Sendable, Hashable, Codable {
  case create, update, delete
}

/// Names the work that a step waits for. Kept in the journal, so that the work can be taken up again
/// after a crash.
public struct StepToken: Sendable, Hashable, Codable {
  /// Made and read by the handler alone.
  public var body: PropertyValue
  /// The moment from which on the step counts as failed; nil for never.
  public var deadline: Timestamp?
  /// The sentence for a step that has come to its deadline; nil for the general one.
  public var lateness: String?

  public init(_ body: PropertyValue, deadline: Timestamp? = nil) {
    self.body = body
    self.deadline = deadline
  }
}
