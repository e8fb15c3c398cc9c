import Diagnostics
import PropertyTree
import StackContracts
import StackModel

/// Shapes of requests and answers under `/_leat/`, shared by both sides.
public enum ControlCodec {
  public static func encode(_ value: some Encodable) throws -> [UInt8] {
    JSONWriter.bytes(try TreeEncoder().encode(value))
  }

  /// Throws `JSONReader.Failure` and `DecodingError`.
  public static func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) throws -> Value
  {
    try TreeDecoder().decode(type, from: JSONReader.read(bytes))
  }
}

/// Paths after `/_leat/`.
public enum ControlPath {
  public static let health = "health"
  public static let stacks = "stacks"
  public static let stack = "stacks/get"
  public static let events = "stacks/events"
  public static let history = "stacks/history"
  public static let plan = "stacks/plan"
  public static let planDestroy = "stacks/plan-destroy"
  public static let planRevision = "stacks/plan-revision"
  public static let draft = "stacks/draft"
  public static let apply = "stacks/apply"
  public static let rollback = "stacks/rollback"
  public static let drift = "stacks/drift"
  public static let planAdoption = "stacks/plan-adoption"
  public static let buffers = "stacks/buffers"
  public static let flush = "stacks/flush"
  /// Amounts that a stream's shards hold: `?arn=&recent=`, the latter in milliseconds.
  public static let streamShards = "streams/shards"
  /// A call of a function that somebody watches.
  public static let invoke = "functions/invoke"
  public static let clock = "clock"
  public static let advanceClock = "clock/advance"
  public static let reset = "reset"
  /// The path for responses of custom resources and signals of wait conditions: `?box=`.
  public static let answers = "answers"
}

/// One line of the answer to `stacks/apply`: events, then a state or a failure.
public struct ApplyLine: Sendable, Hashable, Codable {
  public var event: StackEvent?
  public var state: StackState?
  public var failure: StackFailure?

  public init(event: StackEvent? = nil, state: StackState? = nil, failure: StackFailure? = nil) {
    self.event = event
    self.state = state
    self.failure = failure
  }
}

/// The answer of every request that could not be served.
public struct ControlFault: Error, Sendable, Hashable, Codable {
  public var message: String
  public init(message: String) { self.message = message }
}

/// The answer to `stacks/get`: nothing where there is no such stack.
public struct StackAnswer: Sendable, Hashable, Codable {
  public var stack: StackState?
  public init(stack: StackState?) { self.stack = stack }
}

/// `clock/advance`'s request.
public struct ClockAdvance: Sendable, Hashable, Codable {
  public var milliseconds: Int64
  public init(milliseconds: Int64) { self.milliseconds = milliseconds }
}
