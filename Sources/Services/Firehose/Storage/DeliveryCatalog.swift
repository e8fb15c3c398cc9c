import AWSModel
import Effects
import ServiceKit
import Synchronization

/// All delivery streams: their stored models and checkpoints, and in memory their buffers. Models
/// change inside transactions; the memory follows after the commit.
final class DeliveryCatalog: Sendable {
  private struct Key: Hashable {
    var scope: Scope
    var name: String
  }

  private struct Memory {
    var isLoaded = false
    var streams: [Key: DeliveryRuntime] = [:]
    /// Called for every stream that is loaded into memory.
    var onAppear: (@Sendable (DeliveryRuntime) -> Void)?
  }

  /// Version 2 adds blocks that are switched off, version 3 backups and partitions, version 4
  /// servers and encryption, version 5 clusters and collections, version 6
  /// Iceberg tables: what has none reads as before.
  private static let table = ModelTable<DeliveryStreamModel>(
    "firehose.deliverystream", upgrades: [{ $0 }, { $0 }, { $0 }, { $0 }, { $0 }])
  /// Version 2 adds the progress with processed records: who has none reads as before.
  private static let checkpoints = ModelTable<DeliveryCheckpoint>(
    "firehose.checkpoint", upgrades: [{ $0 }])
  /// The bytes of records in buffers.
  private static let records = StoredFormat("firehose.record")
  static var formats: [StoredFormat] {
    [
      table.format, checkpoints.format, records, ProcessedBuffers.format, RecordLog.format,
      LoadQueues.format,
    ]
  }

  let environment: ServiceEnvironment
  private let memory = Mutex(Memory())

  init(environment: ServiceEnvironment) { self.environment = environment }

  /// A destination with its secret in clear text.
  func opened(_ remote: RemoteDestination) throws -> RemoteDestination {
    try remote.opened(environment.vault)
  }

  func observe(_ onAppear: @escaping @Sendable (DeliveryRuntime) -> Void) {
    memory.withLock { $0.onAppear = onAppear }
  }

  // MARK: Reading from memory

  func find(_ name: String, in scope: Scope) throws(ServiceError) -> DeliveryRuntime? {
    try loaded { $0.streams[Key(scope: scope, name: name)] }
  }

  func all() throws(ServiceError) -> [DeliveryRuntime] {
    try loaded { Array($0.streams.values) }
  }

  /// Of one account and region, by name.
  func all(in scope: Scope) throws(ServiceError) -> [DeliveryRuntime] {
    try loaded { memory in memory.streams.filter { $0.key.scope == scope }.map(\.value) }
      .sorted { $0.model.name < $1.model.name }
  }

  func require(_ name: String, in scope: Scope) throws(ServiceError) -> DeliveryRuntime {
    guard let stream = try find(name, in: scope) else { throw FirehoseError.notFound(name, scope) }
    return stream
  }

  private func loaded<T: Sendable>(_ body: (Memory) -> T) throws(ServiceError) -> T {
    let result = memory.withLock { memory -> Result<T, ServiceError> in
      if !memory.isLoaded {
        do {
          let (entries, known) = try environment.database.read {
            (try Self.table.all($0), try Self.checkpoints.all($0))
          }
          let byID = Dictionary(
            known.map { ($0.model.storageID, $0.model) }, uniquingKeysWith: { _, last in last })
          for entry in entries {
            let runtime = DeliveryRuntime(
              entry.model, scope: entry.scope, environment: environment,
              checkpoint: byID[entry.model.storageID])
            try runtime.recover()
            memory.streams[Key(scope: entry.scope, name: entry.name)] = runtime
          }
        } catch {
          return .failure(
            ServiceError(onMachine: error, "The delivery streams could not be loaded"))
        }
        memory.isLoaded = true
      }
      return .success(body(memory))
    }
    return try result.get()
  }

  // MARK: Changing, inside a transaction

  func names(in scope: Scope, _ transaction: Transaction) throws -> Set<String> {
    try Self.table.names(in: scope, transaction)
  }

  func get(_ name: String, in scope: Scope, _ transaction: Transaction) throws
    -> DeliveryStreamModel?
  {
    try Self.table.get(name, in: scope, transaction)
  }

  func put(_ model: DeliveryStreamModel, in scope: Scope, _ transaction: Transaction) throws {
    try Self.table.put(model, model.name, in: scope, transaction)
    transaction.afterCommit { [self] in
      let appeared = memory.withLock {
        memory -> (DeliveryRuntime, (@Sendable (DeliveryRuntime) -> Void)?)? in
        // Not loaded yet: whoever loads will find the committed model.
        guard memory.isLoaded else { return nil }
        let key = Key(scope: scope, name: model.name)
        if let known = memory.streams[key], known.storageID == model.storageID {
          known.replace(model)
          return (known, memory.onAppear)
        }
        let runtime = DeliveryRuntime(
          model, scope: scope, environment: environment, checkpoint: nil)
        memory.streams[key] = runtime
        return (runtime, memory.onAppear)
      }
      if let (runtime, tell) = appeared { tell?(runtime) }
    }
  }

  /// Changes a delivery stream in a transaction of its own.
  func change(
    _ name: String, in scope: Scope,
    _ body: @escaping @Sendable (inout DeliveryStreamModel, Transaction) throws -> Void
  ) async throws {
    try await environment.database.write { [self] transaction in
      guard var model = try get(name, in: scope, transaction) else {
        throw FirehoseError.notFound(name, scope)
      }
      try body(&model, transaction)
      try put(model, in: scope, transaction)
    }
  }

  /// Removes a delivery stream and discards its buffer; false when there is none.
  @discardableResult
  func delete(_ name: String, in scope: Scope, _ transaction: Transaction) throws -> Bool {
    guard let model = try Self.table.get(name, in: scope, transaction) else { return false }
    try Self.table.delete(name, in: scope, transaction)
    try Self.checkpoints.delete(name, in: scope, transaction)
    try LoadQueues.delete(name, in: scope, transaction)
    transaction.afterCommit { [self] in
      let gone = memory.withLock { memory -> DeliveryRuntime? in
        let key = Key(scope: scope, name: name)
        guard memory.streams[key]?.storageID == model.storageID else { return nil }
        return memory.streams.removeValue(forKey: key)
      }
      gone?.discard()
      environment.recordFlusher.perform { [self] in removeFolder(model.storageID) }
    }
    return true
  }

  /// Notes a delivery inside the transaction that makes its objects. Throws when the stream is
  /// gone, so that the objects are not made.
  func advance(
    _ runtime: DeliveryRuntime, to checkpoint: DeliveryCheckpoint, _ transaction: Transaction
  )
    throws
  {
    let name = runtime.model.name
    guard try get(name, in: runtime.scope, transaction)?.storageID == runtime.storageID else {
      throw FirehoseError.notFound(name, runtime.scope)
    }
    try Self.checkpoints.put(checkpoint, name, in: runtime.scope, transaction)
  }

  // MARK: Files

  /// The folder inside of a delivery stream's own for records that are processed.
  static func processedFolder(_ storageID: String, in environment: ServiceEnvironment) -> String {
    "\(folder(storageID, in: environment))/processed"
  }

  static func folder(_ storageID: String, in environment: ServiceEnvironment) -> String {
    "\(environment.directory("firehose"))/\(storageID)"
  }

  private func removeFolder(_ storageID: String) {
    do throws(FileFailure) {
      try environment.effects.files.remove(Self.folder(storageID, in: environment))
    } catch { environment.report("firehose: \(error); the folder is swept at the next start") }
  }

  /// Removes folders that no delivery stream owns: what a crash has left.
  func sweep() throws {
    // Folders first: they are made only after their stream is committed.
    let folders = try environment.effects.files.list(environment.directory("firehose"))
    let owned = Set(
      try environment.database.read { try Self.table.all($0).map(\.model.storageID) })
    for folder in folders where !owned.contains(folder) { removeFolder(folder) }
  }
}
