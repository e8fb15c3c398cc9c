import AWSModel
import Diagnostics
import Effects
import ServiceKit
import StackModel

/// Everything that commands and the CloudFormation API ask of stacks. Two implementations: the
/// engine in this process, and a client that asks the server which holds the data directory.
public protocol StackOperations: Sendable {
  /// Parses, checks, resolves and plans; changes nothing.
  func plan(_ request: DeployRequest) async throws -> PlanResult
  /// Plans the removal of a whole stack; obstacles (a bucket with objects) are errors.
  func planDestroy(_ request: DestroyRequest) async throws -> PlanResult
  /// Plans a change of a stack's record alone, which touches no resource.
  func planRevision(_ request: RevisionRequest) async throws -> PlanResult
  /// Writes a template for resources that are there. Throws `StackFailure` where one that is named
  /// is not there, belongs to a stack, or is of a type that can't be imported.
  func draft(_ request: DraftRequest) async throws -> TemplateDraft
  /// Carries the plan out, journalled; `onEvent` is called for each event, in order. Refuses a plan
  /// whose stack has changed since. Returns the state reached, also when it is a rollback.
  func apply(_ plan: Plan, onEvent: @escaping @Sendable (StackEvent) -> Void) async throws
    -> StackState
  /// Takes back a deployment that failed and was left so, or goes on with a rollback that failed.
  /// Returns the state reached. Throws `StackFailure` where the stack's status does not allow it.
  func rollBack(
    _ request: RollbackRequest, onEvent: @escaping @Sendable (StackEvent) -> Void
  ) async throws -> StackState
  /// All stacks that exist (deleted ones left out), by name.
  func stacks(in scope: Scope) async throws -> [StackState]
  func stack(named name: String, in scope: Scope) async throws -> StackState?
  /// The stack's events, oldest first.
  func events(ofStack name: String, in scope: Scope) async throws -> [StackEvent]
  /// The deployments that stacks of this name have had, oldest first; the last 100 are kept.
  func history(ofStack name: String, in scope: Scope) async throws -> [DeploymentRecord]
  /// The stack as it was last deployed against what is there, nested stacks included, read at one
  /// moment. Throws `StackFailure` where there is no such stack, and while one is being changed.
  func drift(ofStack name: String, in scope: Scope) async throws -> DriftReport
  /// Plans to record what is there as what was deployed, nested stacks included; what lies there is
  /// not touched. Properties that hold a secret stay as they are recorded. Throws as `drift` does.
  func planAdoption(ofStack name: String, in scope: Scope) async throws -> PlanResult
  /// The buffers of the stack's resources that hold something; none where there is no such stack.
  func buffers(ofStack name: String, in scope: Scope) async throws -> [StackBuffer]
  /// Delivers what waits in buffers of the stack's resources, and in those that read from its
  /// streams. Returns what was waiting. Throws `StackFailure` with the first destination's fault.
  func flush(_ request: FlushRequest) async throws -> [StackBuffer]
}

/// A template, and the stack that it is to become.
public struct DeployRequest: Sendable, Hashable, Codable {
  public var scope: Scope
  public var stackName: String
  public var templateBody: String
  /// The name of the file in diagnostics.
  public var templateFile: String
  public var parameters: [String: String]
  /// Names whose deployed value stays (`UsePreviousValue`).
  public var previousParameters: [String]
  public var capabilities: [String]
  /// nil for those that the stack has.
  public var tags: [String: String]?
  /// True where the template is looked at by itself: what it imports counts as exported, with
  /// values that are not known.
  public var isStandalone = false
  /// True where resources of types that nothing provisions are left out, with a warning each.
  /// Nested stacks still refuse them.
  public var allowsUnsupported = false
  /// True where resources of the stack that are gone from the emulator are to be made again.
  /// CloudFormation itself does not look.
  public var restoresRemoved = false
  public var drift = DriftMode.ignored
  /// Old logical IDs by new ones, of resources that stay as they are under another.
  public var moves: [String: String] = [:]
  /// Physical ids by logical IDs, of resources that are there and belong to no stack.
  public var imports: [String: String] = [:]
  /// Logical IDs of resources whose changes are wanted, with what those need; empty for all.
  public var targets: [String] = []
  /// Logical IDs of resources that stay as they are, and so does what needs their change.
  public var exclusions: [String] = []
  /// Logical IDs of resources to replace though nothing about them changes.
  public var replacements: [String] = []
  /// The text of the stack policy that counts for this update in the place of the stack's own; nil
  /// for that.
  public var policyDuringUpdate: String?
  /// Files that the template names, by local paths or in buckets; those that the stack uses become
  /// part of the plan. Contents are not needed to plan.
  public var assets: [Asset]?

  public init(
    scope: Scope = .standard, stackName: String, templateBody: String, templateFile: String,
    parameters: [String: String] = [:], previousParameters: [String] = [],
    capabilities: [String] = [], tags: [String: String]? = nil, assets: [Asset]? = nil
  ) {
    self.scope = scope
    self.stackName = stackName
    self.templateBody = templateBody
    self.templateFile = templateFile
    self.parameters = parameters
    self.previousParameters = previousParameters
    self.capabilities = capabilities
    self.tags = tags
    self.assets = assets
  }
}

/// The way in which a plan deals with what was changed outside of the stack.
public enum DriftMode: String, Sendable, Hashable, Codable {
  /// Nobody looks.
  case ignored
  /// The plan tells it.
  case told
  /// The plan puts back what the template says.
  case reverted
}

public struct DestroyRequest: Sendable, Hashable, Codable {
  public var scope: Scope
  public var stackName: String
  public var discardsContents: Bool
  /// Stacks that will be gone by then, whose imports don't count; nil for none.
  public var goneBefore: [String]?

  public init(
    scope: Scope = .standard, stackName: String, discardsContents: Bool = false,
    goneBefore: [String]? = nil
  ) {
    self.scope = scope
    self.stackName = stackName
    self.discardsContents = discardsContents
    self.goneBefore = goneBefore
  }
}

/// Resources of a stack that are to be recorded otherwise, and stay as they are.
public struct RevisionRequest: Sendable, Hashable, Codable {
  public var scope: Scope
  public var stackName: String
  /// New logical IDs by old ones.
  public var moves: [String: String]
  /// Logical IDs of resources that leave the stack.
  public var forgotten: [String]

  public init(
    scope: Scope = .standard, stackName: String, moves: [String: String] = [:],
    forgotten: [String] = []
  ) {
    self.scope = scope
    self.stackName = stackName
    self.moves = moves
    self.forgotten = forgotten
  }
}

/// A stack whose last deployment is to be taken back.
public struct RollbackRequest: Sendable, Hashable, Codable {
  public var scope: Scope
  public var stackName: String
  public var choice: RollbackChoice

  public init(
    scope: Scope = .standard, stackName: String, choice: RollbackChoice = RollbackChoice()
  ) {
    self.scope = scope
    self.stackName = stackName
    self.choice = choice
  }
}

/// A plan, or the errors that keep it from being made; warnings may come with a plan.
public struct PlanResult: Sendable, Hashable, Codable {
  public var plan: Plan?
  public var diagnostics: [Diagnostic]

  public init(plan: Plan?, diagnostics: [Diagnostic]) {
    self.plan = plan
    self.diagnostics = diagnostics
  }
}

/// The reason why a stack operation could not be carried out at all.
public struct StackFailure: Error, Sendable, Hashable, Codable {
  public var code: DiagnosticCode
  public var message: String
  public var hint: String?

  public init(_ code: DiagnosticCode, _ message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
  }
}

extension StackFailure {
  private static let missingAssetEnding = " and does not bring it along"

  /// The failure where a plan needs a file that is neither in its bucket nor in the plan.
  package static func missing(_ asset: Asset) -> StackFailure {
    StackFailure(
      .stackNotUpdatable,
      "the plan names \(asset.path ?? "s3://\(asset.bucket)/\(asset.key)")\(missingAssetEnding)",
      hint: "plan again")
  }

  public var isOfMissingAsset: Bool {
    code == .stackNotUpdatable && message.hasSuffix(Self.missingAssetEnding)
  }

  /// The failure for a command whose storage refuses; nil for an error of another kind.
  public init?(storage error: any Error) {
    guard let failure = StorageFailure(error) else { return nil }
    self.init(failure.code, failure.description, hint: failure.fault.advice)
  }
}

extension Plan {
  /// True when an update would leave the stack as it is, its tags included.
  package func changesNothing(in current: StackState?) -> Bool {
    isEmpty && (current.map { $0.tags == tags } ?? true)
  }
}
