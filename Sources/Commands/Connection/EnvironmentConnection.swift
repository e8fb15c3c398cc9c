import AWSModel
import Effects
import PropertyTree
import ServiceKit
import StackContracts
import StackEngine

/// An environment to work on: one data directory, opened in this process or held by a server.
protocol EnvironmentConnection: Sendable {
  var stacks: any StackOperations { get }
  /// The address for AWS clients; nil when the environment is open in this process only.
  var endpoint: String? { get }
  /// Calls an operation of a service that speaks a JSON protocol (`kinesis`, `firehose`, `logs`).
  /// Throws the `ServiceError` that the service answers.
  func call(_ service: String, _ operation: String, _ input: PropertyValue) async throws
    -> PropertyValue
  /// Asks Leat's own interface (`clock/advance`). Throws where there is no server.
  func control(_ method: String, _ path: String, _ body: PropertyValue) async throws
    -> PropertyValue
  /// The environment's time, which differs from this process's where a server's clock is virtual.
  func time() async throws -> Timestamp
  /// Amounts that the shards of a stream hold. Throws `StackFailure` or `ServiceError` without such a one.
  func measures(ofStream arn: String, recentMilliseconds: Int64) async throws -> StreamMeasures
  /// Delivers what waits in buffers, with the workers there that it takes; see `StackOperations`.
  func flush(_ request: FlushRequest) async throws -> [StackBuffer]
  /// Runs a function once and tells all of it. Throws the `ServiceError` that the service answers.
  func observe(_ call: ObservedCall) async throws -> ObservedResult
  func close() async
}
