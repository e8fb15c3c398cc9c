import AWSModel
import Effects
import ServiceKit

/// The Data Catalogs of every account and region.
struct GlueCatalog: Sendable {
  let environment: ServiceEnvironment

  init(_ environment: ServiceEnvironment) { self.environment = environment }

  /// - Parameter id: the catalog that the request names; nil for the account's own.
  func read<T>(_ id: String?, _ context: RequestContext, _ body: (GlueSession) throws -> T) throws
    -> T
  {
    try Self.check(id, context.scope)
    return try environment.database.read { transaction in
      try body(session(context.scope, transaction))
    }
  }

  /// Changes the catalog that a request names, as one transaction.
  func write<T: Sendable>(
    _ id: String?, _ context: RequestContext,
    _ body: @escaping @Sendable (GlueSession) throws -> T
  ) async throws -> T {
    try Self.check(id, context.scope)
    return try await environment.database.write { transaction in
      try body(session(context.scope, transaction))
    }
  }

  /// The change of an operation that answers nothing.
  func change(
    _ id: String?, _ context: RequestContext,
    _ body: @escaping @Sendable (GlueSession) throws -> Void
  ) async throws -> EmptyOutput {
    try await write(id, context) { session in
      try body(session)
      return EmptyOutput()
    }
  }

  /// - Parameter moment: nil for now.
  func session(_ scope: Scope, at moment: Timestamp? = nil, _ transaction: Transaction)
    -> GlueSession
  {
    let moment = moment ?? environment.effects.clock.now
    return GlueSession(
      transaction: transaction, scope: scope, now: Double(moment.milliseconds / 1000))
  }

  /// The catalog as a step of a deployment sees it.
  func session(_ request: ResourceRequest, _ transaction: Transaction) -> GlueSession {
    session(request.scope, at: request.now, transaction)
  }

  /// - Parameter id: the catalog that the resource names.
  func session(_ request: ResourceRequest, _ id: String, _ transaction: Transaction) throws
    -> GlueSession
  {
    try Self.check(id, request.scope)
    return session(request, transaction)
  }

  /// Another account's catalog needs a policy of its owner's, and nobody can give one here.
  static func check(_ id: String?, _ scope: Scope) throws(ServiceError) {
    guard let id, id != scope.account.text else { return }
    guard id.utf8.count == 12, id.utf8.allSatisfy({ (UInt8(48)...57).contains($0) }) else {
      throw GlueFault.notFound("Catalog \(id) not found.")
    }
    throw ServiceError(
      "AccessDeniedException",
      "User: arn:aws:iam::\(scope.account):root is not authorized to perform this action on "
        + "resource: arn:aws:glue:\(scope.region):\(id):catalog because no resource-based policy "
        + "allows it")
  }
}

/// One account's catalog, as one transaction sees it.
struct GlueSession {
  let transaction: Transaction
  let scope: Scope
  /// Seconds since 1970.
  let now: Double

  static let catalogs = GlueRows<[String: String]>("catalog")
  static let databases = GlueRows<GlueDatabase>("database")
  static let tags = GlueRows<[String: String]>("tags")
  static let tables = GlueRows<GlueTable>("table")
  static let versions = GlueRows<GlueTable>("version")
  static let partitions = GlueRows<GluePartition>("partition")
  static let indexes = GlueRows<GlueIndex>("index")
  static let functions = GlueRows<GlueFunction>("function")

  var catalogID: String { scope.account.text }

  private var rootName: String { "\(scope.account)/\(scope.region)" }

  /// The id that databases are under; 0, which nothing is under, while there are none.
  func root() throws -> Int64 {
    try Self.catalogs.find(rootName, under: 0, transaction)?.id ?? 0
  }

  func makeRoot() throws -> Int64 {
    let id = try root()
    return id == 0 ? try Self.catalogs.insert([:], rootName, under: 0, transaction) : id
  }

  func delete<Model>(_ row: GlueRow<Model>) throws { try GlueSchema.delete(row.id, transaction) }
}
