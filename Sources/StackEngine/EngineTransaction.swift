import AWSModel
import Effects
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
  private let answered: AnsweredProperties

  init(
    _ transaction: Transaction, handlers: [ResourceType: any ResourceHandler],
    stores: ReferenceStores, vault: Vault
  ) {
    stacks = StackStore(vault: vault)
    journal = JournalStore(vault: vault)
    self.transaction = transaction
    self.handlers = handlers
    answered = AnsweredProperties(stores, transaction)
  }

  // MARK: Journal

  func deployment(_ id: String) throws -> Deployment? { try journal.deployment(id, transaction) }

  func phase(of deployment: String) throws -> (phase: DeploymentPhase, failure: String?)? {
    try journal.phase(of: deployment, transaction)
  }

  func begin(_ deployment: Deployment) throws { try journal.begin(deployment, transaction) }

  func move(_ deployment: String, to phase: DeploymentPhase, failure: String?) throws {
    try journal.move(deployment, to: phase, failure: failure, transaction)
  }

  func end(_ deployment: String) throws { try journal.end(deployment, transaction) }

  func outcomes(of deployment: String) throws -> [String: StepOutcome] {
    try journal.outcomes(of: deployment, transaction)
  }

  func outcome(of step: String, in deployment: String) throws -> StepOutcome? {
    try journal.outcome(of: step, in: deployment, transaction)
  }

  func record(_ outcome: StepOutcome, of step: String, in deployment: String) throws {
    try journal.record(outcome, of: step, in: deployment, transaction)
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

  func saveHead(_ state: StackState) throws { try stacks.saveHead(state, transaction) }

  func saveResource(_ resource: ResourceState, in environment: StackEnvironment) throws {
    try stacks.saveResource(resource, ofStack: environment.stackID, transaction)
  }

  func removeResource(_ id: LogicalID, in environment: StackEnvironment) throws {
    try stacks.removeResource(id, ofStack: environment.stackID, transaction)
  }

  func append(_ event: StackEvent) throws { try stacks.append(event, transaction) }

  // MARK: Emulator

  func create(_ resource: ResourceState, in environment: StackEnvironment, at now: Timestamp) throws
  {
    let handler = try handler(of: resource.type)
    let request = try request(resource, extent(of: resource), environment, now)
    try transaction.attempt { try handler.create(request, in: transaction) }
  }

  func update(
    _ resource: ResourceState, from previous: ResourceState, in environment: StackEnvironment,
    at now: Timestamp
  ) throws {
    let handler = try handler(of: resource.type)
    var request = try request(resource, extent(of: resource), environment, now)
    request.previous = try answered.answer(
      previous.properties, .possible, in: environment.scope, at: now)
    try transaction.attempt { try handler.update(request, in: transaction) }
  }

  func delete(
    _ resource: ResourceState, in environment: StackEnvironment, discardsContents: Bool,
    at now: Timestamp
  ) throws {
    let handler = try handler(of: resource.type)
    var request = try request(resource, .possible, environment, now)
    request.discardsContents = discardsContents
    try transaction.attempt { try handler.delete(request, in: transaction) }
  }

  func describe(_ error: any Error) -> String {
    guard let fault = error as? ServiceError else { return answered.redact("\(error)") }
    return answered.redact("\(fault.message) (\(fault.code))")
  }

  private func handler(of type: ResourceType) throws -> any ResourceHandler {
    guard let handler = handlers[type] else {
      throw ServiceError.unsupported("resources of type \(type)")
    }
    return handler
  }

  private func extent(of resource: ResourceState) -> AnsweredProperties.Extent {
    resource.type == NestedStackResource.type ? .plain : .all
  }

  private func request(
    _ resource: ResourceState, _ extent: AnsweredProperties.Extent,
    _ environment: StackEnvironment, _ now: Timestamp
  ) throws -> ResourceRequest {
    let properties = try answered.answer(
      resource.properties, extent, in: environment.scope, at: now)
    return ResourceRequest(
      environment: environment, logicalID: resource.logicalID,
      physicalID: resource.identity.physicalID, properties: properties, now: now)
  }
}
