import AWSModel
import Diagnostics
import Effects
import ResourceModel
import ServiceKit
import StackContracts
import StackModel
import StackStore

/// The engine as the API needs it: what it offers to everyone, and parts that run inside of a
/// transaction of the API's, so that a change set and its plan are recorded together.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/Welcome.html
package protocol CloudFormationEngine: StackOperations {
  var environment: ServiceEnvironment { get }
  var stacks: StackStore { get }
  var catalog: ResourceCatalog { get }
  /// True where templates that come over the API may hold what nothing provisions: it is left out,
  /// with an event each.
  var allowsUnsupported: Bool { get }

  /// The declarations of a template; findings name it `template`.
  func outline(of body: String) -> (outline: TemplateOutline?, diagnostics: [Diagnostic])
  /// A template after its transforms; the text itself where nothing transforms it.
  func processed(_ body: String, parameters: [String: String], in environment: StackEnvironment)
    -> String
  /// Plans, and changes nothing.
  func makePlan(_ request: DeployRequest, _ transaction: Transaction) throws -> PlanResult
  /// The text of the object that a `TemplateURL` names. Throws `StackFailure` where there is none.
  func template(at url: String, in scope: Scope, _ transaction: Transaction) throws -> String
  /// Adds the plans of the stacks behind the resources that a plan deletes. Returns what other
  /// stacks have against it.
  func completeDeletion(
    _ plan: inout Plan, of state: StackState, _ transaction: Transaction
  ) throws -> [Diagnostic]
  /// The names of the stacks that import an export, ascending.
  func stacksImporting(_ export: String, in scope: Scope, _ transaction: Transaction) throws
    -> [String]
  /// A stack as it was last deployed against what is there; of some of its resources, where `ids`
  /// names them.
  func driftReport(
    of state: StackState, includesNested: Bool, only ids: Set<LogicalID>?,
    _ transaction: Transaction
  ) throws -> DriftReport
  /// The identity of a stack that is not there yet.
  func newEnvironment(_ name: String, _ scope: Scope, _ transaction: Transaction) throws
    -> StackEnvironment
  /// Records a plan and returns; it is carried out by itself. `onEnd` gets the state reached.
  /// Throws where the plan is refused. Returns the operation's id.
  func start(_ plan: Plan, onEnd: @escaping @Sendable (StackState) async -> Void) async throws
    -> String
  /// Turns a halted deployment back and returns; the rest happens by itself. Throws `StackFailure`
  /// where the stack's status does not allow it. Returns the operation's id.
  func startRollback(_ choice: RollbackChoice, of environment: StackEnvironment) async throws
    -> String
  /// Turns an update back that is under way. Throws `StackFailure` where none is.
  func cancelUpdate(of environment: StackEnvironment) async throws
  /// Returns when nothing is being carried out any more; what waits is left to the journal.
  func finishOperations() async
}

extension CloudFormationEngine {
  var database: ServiceDatabase { environment.database }
  var effects: Effects { environment.effects }

  func start(_ plan: Plan) async throws -> String { try await start(plan) { _ in } }
}
