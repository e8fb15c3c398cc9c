import AWSModel
import GRDB
import PropertyTree
import ServiceKit
import ResourceModel
import StackModel

/// Stacks in the environment's database: a head, a row for each resource, and the events. Deleted
/// stacks keep their head and events, so that they can be listed and described by id.
///
/// Every call works inside the caller's transaction.
public struct StackStore: Sendable {
  private let heads: Body
  private let resources: Body
  private let sealed = SealedStacks()

  public init(vault: Vault) {
    heads = Body(table: "stack", vault: vault)
    resources = Body(table: "stack_resource", vault: vault)
  }

  public static let format = StoredFormat(
    "stack",
    tables: [
      SealedStacks.table,
      """
      CREATE TABLE IF NOT EXISTS stack (
        id TEXT NOT NULL PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL,
        name TEXT NOT NULL, is_deleted INTEGER NOT NULL, body TEXT NOT NULL);
      CREATE UNIQUE INDEX IF NOT EXISTS stack_live_name ON stack (account, region, name)
        WHERE is_deleted = 0;
      CREATE INDEX IF NOT EXISTS stack_name ON stack (account, region, name);
      CREATE TABLE IF NOT EXISTS stack_resource (
        stack_id TEXT NOT NULL, logical_id TEXT NOT NULL, ordinal INTEGER NOT NULL,
        body TEXT NOT NULL, PRIMARY KEY (stack_id, logical_id)) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS stack_event (
        ordinal INTEGER PRIMARY KEY AUTOINCREMENT, stack_id TEXT NOT NULL, body TEXT NOT NULL);
      CREATE INDEX IF NOT EXISTS stack_event_stack ON stack_event (stack_id, ordinal);
      """,
    ],
    upgrades: [
      .sql("CREATE INDEX stack_resource_ordinal ON stack_resource (stack_id, ordinal)")
    ])

  /// Of everything that this target keeps.
  public static var formats: [StoredFormat] {
    [
      format, JournalStore.format, HistoryStore.format, ChangeSetStore.format, AssetLedger.format,
    ]
  }

  // MARK: Stacks

  /// The stack that bears the name now, with its resources.
  public func stack(named name: String, in scope: Scope, _ transaction: Transaction) throws
    -> StackState?
  {
    try head(named: name, in: scope, transaction).map { try withResources($0, transaction) }
  }

  /// The stack of that id, deleted or not.
  public func stack(id: String, in scope: Scope, _ transaction: Transaction) throws -> StackState? {
    try head(id: id, in: scope, transaction).map { try withResources($0, transaction) }
  }

  /// All stacks of an account and region by name, deleted ones after the living one of the name.
  public func stacks(in scope: Scope, includingDeleted: Bool, _ transaction: Transaction) throws
    -> [StackState]
  {
    try heads(in: scope, includingDeleted: includingDeleted, transaction).map {
      try withResources($0, transaction)
    }
  }

  // MARK: Heads

  /// The stack of that id, deleted or not, with no resources in it: much cheaper where a stack is
  /// large.
  public func head(id: String, in scope: Scope, _ transaction: Transaction) throws -> StackState? {
    let statement = try transaction.database.cachedStatement(
      sql: "SELECT body FROM stack WHERE id = ? AND account = ? AND region = ?")
    return try String.fetchOne(
      statement, arguments: [id, scope.account.text, scope.region.text]
    ).map { try heads.decode(StackState.self, $0) }
  }

  /// The stack that bears the name now, with no resources in it.
  public func head(named name: String, in scope: Scope, _ transaction: Transaction) throws
    -> StackState?
  {
    let statement = try transaction.database.cachedStatement(
      sql: """
        SELECT body FROM stack WHERE account = ? AND region = ? AND name = ? AND is_deleted = 0
        """)
    return try String.fetchOne(
      statement, arguments: [scope.account.text, scope.region.text, name]
    ).map { try heads.decode(StackState.self, $0) }
  }

  /// All stacks of an account and region in the order of `stacks`, with no resources in them.
  public func heads(in scope: Scope, includingDeleted: Bool, _ transaction: Transaction) throws
    -> [StackState]
  {
    try String.fetchAll(
      transaction.database,
      sql: """
        SELECT body FROM stack WHERE account = ? AND region = ? AND is_deleted <= ?
        ORDER BY name, is_deleted, id
        """,
      arguments: [scope.account.text, scope.region.text, includingDeleted ? 1 : 0]
    ).map { try heads.decode(StackState.self, $0) }
  }

  /// The living stacks of all accounts and regions, with no resources in them.
  public func heads(_ transaction: Transaction) throws -> [StackState] {
    try String.fetchAll(
      transaction.database, sql: "SELECT body FROM stack WHERE is_deleted = 0 ORDER BY id"
    ).map { try heads.decode(StackState.self, $0) }
  }

  /// A stack's resources, in the order in which they were created.
  public func resources(ofStack id: String, _ transaction: Transaction) throws -> [ResourceState] {
    // Rows lie by logical ID. To follow the index of ordinals would read a page for each of them.
    let statement = try transaction.database.cachedStatement(
      sql: "SELECT ordinal, body FROM stack_resource WHERE stack_id = ? ORDER BY logical_id")
    var found: [(ordinal: Int64, body: String)] = []
    let rows = try Row.fetchCursor(statement, arguments: [id])
    while let row = try rows.next() { found.append((row[0], row[1])) }
    return try found.sorted { $0.ordinal < $1.ordinal }.map {
      try resources.decode(ResourceState.self, $0.body)
    }
  }

  /// The id of the living stack that a resource of that type and physical id belongs to; nil for
  /// none. Reads every resource.
  public func owner(
    of physicalID: String, _ type: ResourceType, in scope: Scope, _ transaction: Transaction
  ) throws -> String? {
    for head in try heads(in: scope, includingDeleted: false, transaction) {
      let id = head.environment.stackID
      let isOwner = try resources(ofStack: id, transaction).contains {
        $0.type == type && $0.identity.physicalID == physicalID
      }
      if isOwner { return id }
    }
    return nil
  }

  /// The number of stacks that have borne the name: the seed of the next one's id.
  public func count(named name: String, in scope: Scope, _ transaction: Transaction) throws -> Int {
    try Int.fetchOne(
      transaction.database,
      sql: "SELECT COUNT(*) FROM stack WHERE account = ? AND region = ? AND name = ?",
      arguments: [scope.account.text, scope.region.text, name]) ?? 0
  }

  /// Makes or replaces everything but the resources. Throws when another living stack has the name.
  public func saveHead(_ state: StackState, _ transaction: Transaction) throws {
    var head = state
    head.resources = []
    let isSecret = state.parameters.holdSecrets
    if isSecret { try sealed.add(state.environment.stackID, transaction) }
    let statement = try transaction.database.cachedStatement(
      sql: """
        INSERT INTO stack (id, account, region, name, is_deleted, body) VALUES (?,?,?,?,?,?)
        ON CONFLICT (id) DO UPDATE SET is_deleted = excluded.is_deleted, body = excluded.body
        """)
    let scope = state.environment.scope
    try statement.execute(arguments: [
      state.environment.stackID, scope.account.text, scope.region.text,
      state.environment.stackName, state.status == .deleteComplete ? 1 : 0,
      try heads.encode(head, isSecret: isSecret),
    ])
  }

  public func resource(_ logicalID: LogicalID, ofStack id: String, _ transaction: Transaction)
    throws -> ResourceState?
  {
    let statement = try transaction.database.cachedStatement(
      sql: "SELECT body FROM stack_resource WHERE stack_id = ? AND logical_id = ?")
    return try String.fetchOne(statement, arguments: [id, logicalID.text])
      .map { try resources.decode(ResourceState.self, $0) }
  }

  /// Makes or replaces a resource; a new one comes last.
  public func saveResource(
    _ resource: ResourceState, ofStack id: String, _ transaction: Transaction
  ) throws {
    let statement = try transaction.database.cachedStatement(
      sql: """
        INSERT INTO stack_resource (stack_id, logical_id, ordinal, body)
        VALUES (?1, ?2,
          (SELECT COALESCE(MAX(ordinal), 0) + 1 FROM stack_resource WHERE stack_id = ?1), ?3)
        ON CONFLICT (stack_id, logical_id) DO UPDATE SET body = excluded.body
        """)
    let body = try resources.encode(resource, isSecret: sealed.contains(id, transaction))
    try statement.execute(arguments: [id, resource.logicalID.text, body])
  }

  public func removeResource(_ logicalID: LogicalID, ofStack id: String, _ transaction: Transaction)
    throws
  {
    let statement = try transaction.database.cachedStatement(
      sql: "DELETE FROM stack_resource WHERE stack_id = ? AND logical_id = ?")
    try statement.execute(arguments: [id, logicalID.text])
  }

  private func withResources(_ head: StackState, _ transaction: Transaction) throws -> StackState {
    var state = head
    state.resources = try resources(ofStack: state.environment.stackID, transaction)
    return state
  }

  // MARK: Events

  public func append(_ event: StackEvent, _ transaction: Transaction) throws {
    let statement = try transaction.database.cachedStatement(
      sql: "INSERT INTO stack_event (stack_id, body) VALUES (?, ?)")
    try statement.execute(arguments: [event.stackID, try Body.encode(event)])
  }

  /// The events of a stack, oldest first.
  public func events(ofStack id: String, _ transaction: Transaction) throws -> [StackEvent] {
    try String.fetchAll(
      transaction.database,
      sql: "SELECT body FROM stack_event WHERE stack_id = ? ORDER BY ordinal", arguments: [id]
    ).map { try Body.decode(StackEvent.self, $0) }
  }

  /// Up to `limit` events, newest first, older than the one that `before` names; and where the next
  /// page goes on.
  public func eventPage(
    ofStack id: String, before: Int64?, limit: Int, _ transaction: Transaction
  ) throws -> (events: [StackEvent], next: Int64?) {
    let rows = try Row.fetchAll(
      transaction.database,
      sql: """
        SELECT ordinal, body FROM stack_event WHERE stack_id = ? AND ordinal < ?
        ORDER BY ordinal DESC LIMIT ?
        """, arguments: [id, before ?? .max, limit + 1])
    let page = rows.prefix(limit)
    return (
      try page.map { try Body.decode(StackEvent.self, $0["body"]) },
      rows.count > limit ? page.last?["ordinal"] : nil
    )
  }
}
