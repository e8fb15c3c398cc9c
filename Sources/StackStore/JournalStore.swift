import Effects
import GRDB
import ServiceKit
import StackModel

/// The deployments under way and what each of their steps came to. A deployment that has ended
/// leaves nothing here.
public struct JournalStore: Sendable {
  public static let format = StoredFormat(
    "stack.journal",
    tables: [
      """
      CREATE TABLE IF NOT EXISTS deployment (
        id TEXT NOT NULL PRIMARY KEY, stack_id TEXT NOT NULL, phase TEXT NOT NULL, failure TEXT,
        started_at INTEGER NOT NULL, plan TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS deployment_step (
        deployment_id TEXT NOT NULL, step TEXT NOT NULL, outcome TEXT NOT NULL,
        PRIMARY KEY (deployment_id, step)) WITHOUT ROWID;
      """
    ],
    upgrades: [
      .sql(
        """
        CREATE TABLE deployment_wait (
          deployment_id TEXT NOT NULL, step TEXT NOT NULL, body TEXT NOT NULL,
          PRIMARY KEY (deployment_id, step)) WITHOUT ROWID
        """),
      // With it came the phases of halted deployments, which earlier versions can't read.
      .sql("CREATE INDEX deployment_stack ON deployment (stack_id)"),
    ])

  private let plans: Body
  private let waits: Body
  private let sealed = SealedStacks()

  public init(vault: Vault) {
    plans = Body(table: "deployment", vault: vault)
    waits = Body(table: "deployment_wait", vault: vault)
  }

  public func begin(_ deployment: Deployment, _ transaction: Transaction) throws {
    let isSecret = deployment.plan.holdsSecrets
    if isSecret { try sealed.add(deployment.plan.environment.stackID, transaction) }
    try transaction.database.execute(
      sql: """
        INSERT INTO deployment (id, stack_id, phase, failure, started_at, plan)
        VALUES (?,?,?,?,?,?)
        """,
      arguments: [
        deployment.id, deployment.plan.environment.stackID, deployment.phase.rawValue,
        deployment.failure, deployment.startedAt.milliseconds,
        try plans.encode(deployment.plan, isSecret: isSecret),
      ])
  }

  /// Writes the plan of a deployment anew.
  public func replacePlan(of deployment: Deployment, _ transaction: Transaction) throws {
    let isSecret = try sealed.contains(deployment.plan.environment.stackID, transaction)
    try transaction.database.execute(
      sql: "UPDATE deployment SET plan = ? WHERE id = ?",
      arguments: [try plans.encode(deployment.plan, isSecret: isSecret), deployment.id])
  }

  public func deployment(_ id: String, _ transaction: Transaction) throws -> Deployment? {
    try Row.fetchOne(
      transaction.database, sql: "SELECT * FROM deployment WHERE id = ?", arguments: [id]
    ).map(decode)
  }

  /// Those that are to be carried on, oldest first.
  public func unfinished(_ transaction: Transaction) throws -> [Deployment] {
    try Row.fetchAll(
      transaction.database,
      sql: """
        SELECT * FROM deployment WHERE phase NOT IN ('stopped', 'stuck') ORDER BY started_at, id
        """
    ).map(decode)
  }

  /// Those of a stack that nobody carries on until that is asked for, in the order in which they
  /// began.
  public func halted(stack id: String, _ transaction: Transaction) throws -> [Deployment] {
    try Row.fetchAll(
      transaction.database,
      sql: """
        SELECT * FROM deployment WHERE stack_id = ? AND phase IN ('stopped', 'stuck')
        ORDER BY rowid
        """, arguments: [id]
    ).map(decode)
  }

  /// The deployment of a stack that is being carried out; nil for none.
  public func current(stack id: String, _ transaction: Transaction) throws -> Deployment? {
    try Row.fetchOne(
      transaction.database,
      sql: "SELECT * FROM deployment WHERE stack_id = ? AND phase NOT IN ('stopped', 'stuck')",
      arguments: [id]
    ).map(decode)
  }

  /// Takes steps' records away, so that they are done again.
  public func forget(_ steps: [String], in deployment: String, _ transaction: Transaction) throws {
    for table in ["deployment_step", "deployment_wait"] {
      let statement = try transaction.database.cachedStatement(
        sql: "DELETE FROM \(table) WHERE deployment_id = ? AND step = ?")
      for step in steps { try statement.execute(arguments: [deployment, step]) }
    }
  }

  public func isUnderWay(stack id: String, _ transaction: Transaction) throws -> Bool {
    try Int.fetchOne(
      transaction.database, sql: "SELECT 1 FROM deployment WHERE stack_id = ? LIMIT 1",
      arguments: [id]) != nil
  }

  public func phase(of id: String, _ transaction: Transaction) throws
    -> (phase: DeploymentPhase, failure: String?)?
  {
    let statement = try transaction.database.cachedStatement(
      sql: "SELECT phase, failure FROM deployment WHERE id = ?")
    return try Row.fetchOne(statement, arguments: [id]).map {
      (phase: try phase($0["phase"]), failure: $0["failure"])
    }
  }

  public func move(
    _ id: String, to phase: DeploymentPhase, failure: String?, _ transaction: Transaction
  ) throws {
    try transaction.database.execute(
      sql: "UPDATE deployment SET phase = ?, failure = ? WHERE id = ?",
      arguments: [phase.rawValue, failure, id])
  }

  public func end(_ id: String, _ transaction: Transaction) throws {
    for table in ["deployment_step", "deployment_wait"] {
      try transaction.database.execute(
        sql: "DELETE FROM \(table) WHERE deployment_id = ?", arguments: [id])
    }
    try transaction.database.execute(
      sql: "DELETE FROM deployment WHERE id = ?", arguments: [id])
  }

  /// Makes or replaces the step's record; with the call for one that waits.
  public func record(
    _ outcome: StepOutcome, of step: String, in deployment: String, wait: ResourceWait?,
    _ transaction: Transaction
  ) throws {
    let statement = try transaction.database.cachedStatement(
      sql: "INSERT OR REPLACE INTO deployment_step (deployment_id, step, outcome) VALUES (?,?,?)")
    try statement.execute(arguments: [deployment, step, outcome.rawValue])
    guard let wait else { return }
    let isSecret = try sealed.contains(wait.call.environment.stackID, transaction)
    try transaction.database.execute(
      sql: "INSERT OR REPLACE INTO deployment_wait (deployment_id, step, body) VALUES (?,?,?)",
      arguments: [deployment, step, try waits.encode(wait, isSecret: isSecret)])
  }

  /// The calls that wait, by their steps' names.
  public func waits(of deployment: String, _ transaction: Transaction) throws
    -> [String: ResourceWait]
  {
    let rows = try Row.fetchAll(
      transaction.database,
      sql: """
        SELECT step, body FROM deployment_wait NATURAL JOIN deployment_step
        WHERE deployment_id = ? AND outcome = ?
        """,
      arguments: [deployment, StepOutcome.waiting.rawValue])
    return try Dictionary(
      rows.map { ($0["step"], try waits.decode(ResourceWait.self, $0["body"])) },
      uniquingKeysWith: { first, _ in first })
  }

  public func outcome(of step: String, in deployment: String, _ transaction: Transaction) throws
    -> StepOutcome?
  {
    let statement = try transaction.database.cachedStatement(
      sql: "SELECT outcome FROM deployment_step WHERE deployment_id = ? AND step = ?")
    return try String.fetchOne(statement, arguments: [deployment, step]).map(outcome)
  }

  public func outcomes(of deployment: String, _ transaction: Transaction) throws
    -> [String: StepOutcome]
  {
    let rows = try Row.fetchAll(
      transaction.database,
      sql: "SELECT step, outcome FROM deployment_step WHERE deployment_id = ?",
      arguments: [deployment])
    return try Dictionary(
      rows.map { ($0["step"], try outcome($0["outcome"])) }, uniquingKeysWith: { first, _ in first }
    )
  }

  private func decode(_ row: Row) throws -> Deployment {
    Deployment(
      id: row["id"], plan: try plans.decode(Plan.self, row["plan"]), phase: try phase(row["phase"]),
      failure: row["failure"], startedAt: Timestamp(milliseconds: row["started_at"]))
  }

  private func phase(_ text: String) throws -> DeploymentPhase {
    guard let phase = DeploymentPhase(rawValue: text) else { throw DamagedJournal(text: text) }
    return phase
  }

  private func outcome(_ text: String) throws -> StepOutcome {
    guard let outcome = StepOutcome(rawValue: text) else { throw DamagedJournal(text: text) }
    return outcome
  }
}

extension Plan {
  /// True where a `NoEcho` parameter of the stack or of one nested in it may stand in the plan.
  fileprivate var holdsSecrets: Bool {
    parameters.holdSecrets || changes.contains { $0.nestedPlan?.holdsSecrets ?? false }
  }
}

/// The journal holds a word that this version does not know.
public struct DamagedJournal: Error, Sendable, Hashable, CustomStringConvertible {
  public var text: String
  public var description: String { "the journal holds `\(text)`, which this version can't read" }
}
