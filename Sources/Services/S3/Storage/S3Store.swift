import AWSModel
import Effects
import ServiceKit
import Synchronization

/// Everything that S3's operations share: rows, files, and what becomes of files that nobody
/// names any more.
final class S3Store: Sendable {
  let environment: ServiceEnvironment
  let files: S3ObjectFiles
  private let removed = Mutex<[String]>([])
  private let lifecycleWatch = Mutex<(@Sendable () -> Void)?>(nil)

  /// Objects up to this size are read into memory before the answer begins.
  static let bufferedBytesMax: Int64 = 256 << 10
  /// The time that a larger file outlives its row, so that an answer that is about to open it can.
  private static let removalDelaySeconds = 30
  /// The number of removed files that share the syncs of their folders.
  private static let removalsPerSync = 256

  init(_ environment: ServiceEnvironment) throws {
    self.environment = environment
    files = try S3ObjectFiles(environment)
  }

  var now: Timestamp { environment.effects.clock.now }

  /// Called when a bucket's lifecycle has changed.
  func watchLifecycles(_ watch: @escaping @Sendable () -> Void) {
    lifecycleWatch.withLock { $0 = watch }
  }

  func lifecycleChanged() { lifecycleWatch.withLock { $0 }?() }

  func newVersionID() -> String {
    environment.effects.random.text(
      32, from: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._")
  }

  func read<T>(_ body: (S3Rows) throws -> T) throws -> T {
    try environment.database.read { try body(S3Rows($0)) }
  }

  func write<T: Sendable>(_ body: @escaping @Sendable (S3Rows) throws -> T) async throws -> T {
    try await environment.database.write { try body(S3Rows($0)) }
  }

  /// Commits rows that name a staged file, and removes the file when they are not committed.
  func commit<T: Sendable>(
    _ staged: S3StagedBytes, _ body: @escaping @Sendable (S3Rows) throws -> T
  ) async throws -> T {
    environment.effects.crashPoint("s3.staged")
    do {
      return try await write(body)
    } catch {
      if StorageFailure(error) == nil { abandon(staged.id) } else { abandonUndecided(staged.id) }
      throw error
    }
  }

  /// Removes a staged file whose commit the disk has refused, after another commit.
  ///
  /// SQLite undoes a commit that it could not sync, but until something else is written in its place,
  /// the next process may find it whole. Then its row needs the file.
  func abandonUndecided(_ id: String) {
    environment.database.writeThen({ [self] transaction in
      try S3Rows(transaction).discard([(id, 0)], store: self)
    }) { [environment] result in
      guard case .failure(let error) = result else { return }
      environment.report("s3: a staged file stays until the next start: \(error)")
    }
  }

  /// Removes a staged file that came to nothing. Should that fail, the next start does it.
  func abandon(_ id: String) {
    do { try files.remove(id) } catch {
      environment.report("s3: a staged file stays until the next start: \(error)")
    }
  }

  // MARK: Files without a row

  func removeFiles(_ discarded: [(file: String, size: Int64)]) {
    let large = discarded.filter { $0.size > Self.bufferedBytesMax }.map(\.file)
    removeNow(discarded.filter { $0.size <= Self.bufferedBytesMax }.map(\.file))
    guard !large.isEmpty else { return }
    environment.effects.clock.schedule(at: now.adding(seconds: Self.removalDelaySeconds)) {
      [weak self] in self?.removeNow(large)
    }
  }

  private func removeNow(_ ids: [String]) {
    var gone: [String] = []
    for id in ids {
      do {
        try files.remove(id)
        gone.append(id)
      } catch { environment.report("s3: a deleted object's file stays until later: \(error)") }
    }
    let done = gone
    removed.withLock { $0 += done }
  }

  /// Files that are off the disk for good but still noted as garbage, as soon as there are enough of
  /// them to be worth the syncs of their folders. The rest stay noted until then, or until the next
  /// start looks: a loss of power may bring them back.
  func takeRemoved() -> [String] {
    let done: [String] = removed.withLock { list in
      guard list.count >= Self.removalsPerSync else { return [] }
      defer { list = [] }
      return list
    }
    if done.isEmpty { return [] }
    do {
      try files.syncRemovals(of: done)
      return done
    } catch {
      environment.report("s3: files that were removed stay noted until the next start: \(error)")
      return []
    }
  }

  /// After a crash: finishes what a commit had begun and removes what none had finished.
  func sweep() async throws {
    let garbage = try read { try $0.garbage() }
    for file in garbage { try files.remove(file) }
    if !garbage.isEmpty {
      try files.syncRemovals(of: garbage)
      try await write { try $0.clearGarbage(garbage) }
    }
    let abandoned = try files.abandoned()
    guard !abandoned.isEmpty else { return }
    let referenced = try read { try $0.referenced(abandoned) }
    for file in abandoned {
      if referenced.contains(file) { files.moveIntoPlace(file) } else { try files.remove(file) }
    }
  }
}
