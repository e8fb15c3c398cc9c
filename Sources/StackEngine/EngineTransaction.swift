import AWSModel
import Effects
import PropertyTree
import ServiceKit
import StackExecution
import ResourceModel
import StackModel
import StackStore

/// A deployment step's view of the database and the emulator.
struct EngineTransaction: DeploymentTransaction {
  let transaction: Transaction
  let handlers: [ResourceType: any ResourceHandler]
  private let stacks: StackStore
  private let journal: JournalStore
  private let history: HistoryStore
  private let stores: ReferenceStores
  private let answered: AnsweredProperties

  init(
    _ transaction: Transaction, handlers: [ResourceType: any ResourceHandler],
    stores: ReferenceStores, vault: Vault
  ) {
    stacks = StackStore(vault: vault)
    journal = JournalStore(vault: vault)
    history = HistoryStore(vault: vault)
    self.transaction = transaction
    self.handlers = handlers
    self.stores = stores
    answered = AnsweredProperties(stores, transaction)
  }

  // MARK: Journal

  func deployment(_ id: String) throws -> Deployment? { try journal.deployment(id, transaction) }

  func phase(of deployment: String) throws -> (phase: DeploymentPhase, failure: String?)? {
    try journal.phase(of: deployment, transaction)
  }

  func begin(_ deployment: Deployment) throws {
    try journal.begin(deployment, transaction)
    try history.begin(deployment, transaction)
  }

  func move(_ deployment: String, to phase: DeploymentPhase, failure: String?) throws {
    try journal.move(deployment, to: phase, failure: failure, transaction)
  }

  func end(_ deployment: String) throws { try journal.end(deployment, transaction) }

  func halted(_ environment: StackEnvironment) throws -> [Deployment] {
    try journal.halted(stack: environment.stackID, transaction)
  }

  func current(_ environment: StackEnvironment) throws -> Deployment? {
    try journal.current(stack: environment.stackID, transaction)
  }

  func resume(_ deployment: Deployment) throws {
    try journal.replacePlan(of: deployment, transaction)
    try journal.move(
      deployment.id, to: deployment.phase, failure: deployment.failure, transaction)
    try history.reopen(stack: deployment.plan.environment.stackID, transaction)
  }

  func forget(_ steps: [String], in deployment: String) throws {
    try journal.forget(steps, in: deployment, transaction)
  }

  func outcomes(of deployment: String) throws -> [String: StepOutcome] {
    try journal.outcomes(of: deployment, transaction)
  }

  func outcome(of step: String, in deployment: String) throws -> StepOutcome? {
    try journal.outcome(of: step, in: deployment, transaction)
  }

  func record(
    _ outcome: StepOutcome, of step: String, in deployment: String, wait: ResourceWait?
  ) throws {
    try journal.record(outcome, of: step, in: deployment, wait: wait, transaction)
  }

  func waits(of deployment: String) throws -> [String: ResourceWait] {
    try journal.waits(of: deployment, transaction)
  }

  // MARK: Stack

  func stack(named name: String, in environment: StackEnvironment) throws -> StackState? {
    try stacks.stack(named: name, in: environment.scope, transaction)
  }

  func stack(_ environment: StackEnvironment) throws -> StackState? {
    try stacks.stack(id: environment.stackID, in: environment.scope, transaction)
  }

  func head(_ environment: StackEnvironment) throws -> StackState? {
    try stacks.head(id: environment.stackID, in: environment.scope, transaction)
  }

  func heads(in environment: StackEnvironment) throws -> [StackState] {
    try stacks.heads(in: environment.scope, includingDeleted: false, transaction)
  }

  func resource(_ id: LogicalID, ofStack stackID: String) throws -> ResourceState? {
    try stacks.resource(id, ofStack: stackID, transaction)
  }

  func saveHead(_ state: StackState) throws { try stacks.saveHead(state, transaction) }

  func saveResource(_ resource: ResourceState, in environment: StackEnvironment) throws {
    try stacks.saveResource(resource, ofStack: environment.stackID, transaction)
  }

  func removeResource(_ id: LogicalID, in environment: StackEnvironment) throws {
    try stacks.removeResource(id, ofStack: environment.stackID, transaction)
  }

  func append(_ event: StackEvent) throws {
    try stacks.append(event, transaction)
    try history.note(event, transaction)
  }

  // MARK: Emulator

  func begin(_ call: ResourceCall, at now: Timestamp) throws -> StepAnswer {
    let handler = try handler(of: call.resource.type)
    let request = try request(call, now)
    var token: StepToken?
    try transaction.attempt {
      switch call.verb {
      case .create: try handler.create(request, in: transaction)
      case .update: try handler.update(request, in: transaction)
      case .delete: try handler.delete(request, in: transaction)
      }
      if let handler = handler as? any WaitingResourceHandler {
        token = try handler.wait(call.verb, request, in: transaction)
      }
    }
    return token.map { StepAnswer.waits($0) } ?? .done
  }

  func finish(_ wait: ResourceWait, _ result: PropertyValue, at now: Timestamp) throws
    -> ResourceIdentity?
  {
    let (handler, request) = try waiting(wait, at: now)
    var identity: ResourceIdentity?
    try transaction.attempt {
      identity = try handler.finish(
        wait.call.verb, request, wait.token, result, in: transaction)
    }
    return identity
  }

  /// The handler of a call that waits, and the request that it is about.
  func waiting(_ wait: ResourceWait, at now: Timestamp) throws -> (
    handler: any WaitingResourceHandler, request: ResourceRequest
  ) {
    let type = wait.call.resource.type
    guard let handler = try handler(of: type) as? any WaitingResourceHandler else {
      throw ServiceError.unsupported("resources of type \(type) that wait")
    }
    return (handler, try request(wait.call, now))
  }

  func checkImport(_ resource: ResourceState, in environment: StackEnvironment, at now: Timestamp)
    throws
  {
    let physicalID = resource.identity.physicalID
    let request = ResourceRequest(
      environment: environment, type: resource.type, logicalID: resource.logicalID,
      physicalID: physicalID, properties: resource.properties, now: now)
    let exists: Bool
    do {
      exists = try handler(of: resource.type).exists(request, in: transaction)
    } catch let fault as ServiceError where StorageFailure(fault) == nil {
      // A service's refusal ends the import; a disk's stops the step, which is done again.
      throw StepFailure(reason: "\(Self.reason(fault)). ")
    }
    guard exists else { throw StepFailure(reason: "Resource \(physicalID) does not exist. ") }
    let owner = try stacks.owner(
      of: physicalID, resource.type, in: environment.scope, transaction)
    if let owner {
      throw StepFailure(reason: "Resource \(physicalID) already exists in stack \(owner). ")
    }
  }

  func found(_ change: ResourceChange, in environment: StackEnvironment, at now: Timestamp) throws
    -> PropertyValue?
  {
    guard let before = change.before else { return nil }
    let secrets = try head(environment)?.parameters.flatMap(\.secretTexts) ?? []
    let reading = DriftReading(
      handlers: handlers, stores: stores, environment: environment, secrets: secrets, at: now,
      transaction)
    let finding: DriftReading.Finding
    do { finding = try reading.finding(of: before) } catch let fault as ServiceError
      where StorageFailure(fault) == nil
    {
      throw StepFailure(reason: "\(Self.reason(fault)). ")
    }
    guard finding.drift.isDrifted, finding.shown == change.found else {
      throw StepFailure(
        reason: "Resource \(before.identity.physicalID) was changed outside of the stack since the "
          + "plan was made. ")
    }
    return finding.live
  }

  func describe(_ error: any Error) -> String {
    AnsweredProperties.redact(Self.reason(error), secrets)
  }

  /// Secrets that the requests made here hold.
  var secrets: Set<String> { answered.secrets }

  static func reason(_ error: any Error) -> String {
    if let failure = error as? StepFailure { return failure.reason }
    guard let fault = error as? ServiceError else { return "\(error)" }
    return "\(fault.message) (\(fault.code))"
  }

  private func handler(of type: ResourceType) throws -> any ResourceHandler {
    guard let handler = handlers.handler(of: type) else {
      throw ServiceError.unsupported("resources of type \(type)")
    }
    return handler
  }

  private func request(_ call: ResourceCall, _ now: Timestamp) throws -> ResourceRequest {
    let (resource, scope) = (call.resource, call.environment.scope)
    var request = ResourceRequest(
      environment: call.environment, type: resource.type, logicalID: resource.logicalID,
      physicalID: (call.previous ?? resource).identity.physicalID,
      properties: try answered.answer(
        resource.properties, call.verb == .delete ? .possible : .all, in: scope, at: now),
      now: now, discardsContents: call.discardsContents)
    if let form = try handler(of: resource.type).schema.tagForm, form.hasSystemTags {
      request.systemTags = [
        ValuedTag(Key: "aws:cloudformation:logical-id", Value: resource.logicalID.text),
        ValuedTag(Key: "aws:cloudformation:stack-id", Value: call.environment.stackID),
        ValuedTag(Key: "aws:cloudformation:stack-name", Value: call.environment.stackName),
      ]
    }
    request.creationSignals = resource.creationSignals
    request.previous = try call.previous.map {
      try answered.answer($0.properties, .possible, in: scope, at: now)
    }
    return request
  }
}

extension [ResourceType: any ResourceHandler] {
  /// Custom resources share a handler, whatever they are called.
  func handler(of type: ResourceType) -> (any ResourceHandler)? {
    self[type] ?? (type.isCustom ? self[.custom] : nil)
  }
}
