import AWSModel
import Effects
import GRDB
import Synchronization

/// The environment's one SQLite file (`<data>/leat.db`): metadata of every service, stacks and
/// journal. Stream records and object bytes live beside it, in files.
///
/// All writers pass through one group commit: what waits while a commit is under way becomes one
/// transaction with one fsync; each body runs in a savepoint of its own, so a body that throws
/// undoes only itself. When `write` returns, the change is on disk.
public final class ServiceDatabase: Sendable {
  private let path: String
  private let isDurable: Bool
  private let opened = Mutex<DatabasePool?>(nil)
  private let queue = Mutex<[Job]>([])
  private let isDraining = Mutex(false)
  private let crashPoint: @Sendable (String) -> Void
  private let files: any FileSystem

  private struct Job: Sendable {
    /// Runs the body inside the group's transaction and keeps its result.
    var run: @Sendable (Transaction) throws -> Void
    /// Tells the caller: nil after the commit, else what failed.
    var finish: @Sendable ((any Error)?) -> Void
  }

  /// Touches no file: `open` does. `isDurable` false trades fsyncs away (for `--ephemeral`).
  public init(path: String, isDurable: Bool, effects: Effects) {
    self.path = path
    self.isDurable = isDurable
    crashPoint = effects.crashPoint
    files = effects.files
  }

  /// Opens or makes the file, and brings what it holds to the versions that `formats` state.
  /// Before anything is read or written.
  ///
  /// - Throws: `NewerFormat` where a later Leat has written it; the file is as it was then.
  public func open(_ formats: [StoredFormat], vault: Vault) throws {
    let versions = StoredVersions(formats, path: path)
    // A pool writes as soon as it opens a file.
    if files.exists(path) { try versions.check() }
    try keepWhatIsThere()
    var configuration = Configuration()
    configuration.maximumReaderCount = 4
    configuration.busyMode = .timeout(5)
    configuration.label = "leat"
    if !isDurable {
      // Before the journal is set up, which syncs several times.
      configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = OFF") }
    }
    let pool = try DatabasePool(path: path, configuration: configuration)
    // GRDB sets synchronous = NORMAL after its preparation hooks, so FULL is set here again.
    try pool.writeWithoutTransaction { database in
      try database.execute(sql: "PRAGMA synchronous = \(isDurable ? "FULL" : "OFF")")
      try versions.upgrade(database, vault: vault, crashPoint: crashPoint)
    }
    opened.withLock { $0 = pool }
  }

  /// Makes durable what an earlier process has written and may not have synced: it was killed, or its
  /// sync failed. From now on it counts as committed, and what is acknowledged builds on it.
  private func keepWhatIsThere() throws(FileFailure) {
    let log = "\(path)-wal"
    guard isDurable, files.exists(log), try files.size(log) > 0 else { return }
    try files.open(log, .update).sync()
    try files.syncDirectory(of: log)
  }

  private var pool: DatabasePool {
    guard let pool = opened.withLock({ $0 }) else {
      preconditionFailure("the database is used before it is opened")
    }
    return pool
  }

  /// Runs `body` in the next group commit; returns after the fsync. What `body` throws is thrown
  /// here, with its changes undone.
  public func write<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws
    -> T
  {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<T, any Error>) in
      writeThen(body) { continuation.resume(with: $0) }
    }
  }

  /// The callback form of `write`; `completion` runs once, on the writer's thread.
  public func writeThen<T: Sendable>(
    _ body: @escaping @Sendable (Transaction) throws -> T,
    _ completion: @escaping @Sendable (Result<T, any Error>) -> Void
  ) {
    let result = Mutex<T?>(nil)
    let job = Job(
      run: { transaction in
        let value = try body(transaction)
        result.withLock { $0 = value }
      },
      finish: { error in
        if let error { return completion(.failure(error)) }
        // The body ran, or an error would have come.
        completion(.success(result.withLock { $0 }!))
      })
    queue.withLock { $0.append(job) }
    let starts = isDraining.withLock { draining in
      defer { draining = true }
      return !draining
    }
    if starts { pool.asyncWriteWithoutTransaction { self.drain($0) } }
  }

  private func drain(_ database: GRDB.Database) {
    while true {
      let jobs = queue.withLock { queue in
        defer { queue = [] }
        return queue
      }
      if jobs.isEmpty {
        isDraining.withLock { $0 = false }
        // A job that came in between saw `isDraining` true: look once more.
        let again = queue.withLock { !$0.isEmpty }
        guard again,
          isDraining.withLock({ draining in
            defer { draining = true }
            return !draining
          })
        else { return }
        continue
      }
      commit(jobs, database)
    }
  }

  private func commit(_ jobs: [Job], _ database: GRDB.Database) {
    var failures = [(any Error)?](repeating: nil, count: jobs.count)
    var committed: [@Sendable () -> Void] = []
    do {
      try database.inTransaction(.immediate) {
        for (index, job) in jobs.enumerated() {
          let transaction = Transaction(database)
          do {
            try database.inSavepoint {
              try job.run(transaction)
              return .commit
            }
            committed += transaction.afterCommitActions
          } catch {
            failures[index] = error
            // On a full disk SQLite itself undoes everything: what ran before is gone, too.
            if !database.isInsideTransaction { throw error }
          }
        }
        return .commit
      }
      for action in committed { action() }
    } catch {
      // The commit itself failed: nobody's change is on disk.
      for index in failures.indices where failures[index] == nil { failures[index] = error }
    }
    for (job, failure) in zip(jobs, failures) { job.finish(failure) }
  }

  /// A consistent look at what is committed, beside the writer. Within another read, it looks at the
  /// same moment.
  public func read<T>(_ body: (Transaction) throws -> T) throws -> T {
    // GRDB's plain read ends the process when it is nested; a service that loads its memory on
    // first use can't know whether its caller is reading already.
    try pool.unsafeReentrantRead { database in
      if database.isInsideTransaction { return try body(Transaction(database)) }
      var result: T?
      try database.inTransaction(.deferred) {
        result = try body(Transaction(database))
        return .commit
      }
      guard let result else { throw DatabaseError(message: "the read was not run") }
      return result
    }
  }

  /// Ends all connections; the file then holds everything.
  public func close() throws { try opened.withLock { $0 }?.close() }
}

/// One atomic group of changes. Valid only inside the body that it was handed to.
public final class Transaction {
  /// For the `Storage/` folders alone.
  public let database: GRDB.Database
  fileprivate var afterCommitActions: [@Sendable () -> Void] = []

  init(_ database: GRDB.Database) { self.database = database }

  /// Runs after the commit is on disk and before the caller of `write` goes on; never after a
  /// rollback. For memory caches, files to make or remove, timers.
  public func afterCommit(_ action: @escaping @Sendable () -> Void) {
    afterCommitActions.append(action)
  }

  /// Runs a part that may fail without failing the whole: what it throws is thrown on, with its
  /// changes undone and its after-commit actions forgotten.
  public func attempt(_ body: () throws -> Void) throws {
    let actions = afterCommitActions
    do {
      try database.inSavepoint {
        try body()
        return .commit
      }
    } catch {
      afterCommitActions = actions
      throw error
    }
  }
}
