import AWSModel
import Effects
import ServiceKit
import Synchronization

/// All streams: their stored models, and in memory what hot operations need of them. The models
/// change inside transactions; the memory follows after the commit.
final class StreamCatalog: Sendable {
  private struct Key: Hashable {
    var scope: Scope
    var name: String
  }

  private struct Memory {
    var isLoaded = false
    var streams: [Key: StreamRuntime] = [:]
    var byStorageID: [String: StreamRuntime] = [:]
    var counts: [Scope: StreamCounts] = [:]
  }

  /// Version 2 adds the key, 3 consumers and metrics, 4 sizes, policies and the rest of a stream's
  /// settings: what has none of them reads as before. What was encrypted has been from its start.
  private static let table = ModelTable<StreamModel>(
    "kinesis.stream",
    upgrades: [
      { $0 }, { $0 },
      { old in
        guard old["encryptionKeyID"]?.stringValue != nil, let created = old["created"],
          var object = old.objectValue
        else { return old }
        object["encryptionSpans"] = .list([["from": created]])
        return .object(object)
      },
    ])
  private static let settings = ModelTable<AccountSettings>("kinesis.account")
  /// The bytes of `StoredRecord` in the logs of shards.
  private static let records = StoredFormat("kinesis.record")
  static var formats: [StoredFormat] { [table.format, settings.format, records, RecordLog.format] }

  let environment: ServiceEnvironment
  let subscriptions = ShardSubscriptions()
  private let memory = Mutex(Memory())

  init(environment: ServiceEnvironment) { self.environment = environment }

  // MARK: Reading from memory

  func find(_ name: String, in scope: Scope) throws(ServiceError) -> StreamRuntime? {
    try loaded { $0.streams[Key(scope: scope, name: name)] }
  }

  func find(storageID: String) throws(ServiceError) -> StreamRuntime? {
    try loaded { $0.byStorageID[storageID] }
  }

  func all() throws(ServiceError) -> [StreamRuntime] { try loaded { Array($0.streams.values) } }

  /// Streams of one account and region, by name.
  func all(in scope: Scope) throws(ServiceError) -> [StreamRuntime] {
    try loaded { memory in
      memory.streams.filter { $0.key.scope == scope }.map(\.value)
    }.sorted { $0.model.name < $1.model.name }
  }

  private func loaded<T: Sendable>(_ body: (Memory) -> T) throws(ServiceError) -> T {
    let result = memory.withLock { memory -> Result<T, ServiceError> in
      if !memory.isLoaded {
        do {
          for entry in try environment.database.read({ try Self.table.all($0) }) {
            Self.place(
              StreamRuntime(entry.model, scope: entry.scope, environment: environment),
              in: &memory)
          }
        } catch {
          return .failure(ServiceError(onMachine: error, "The streams could not be loaded"))
        }
        memory.isLoaded = true
      }
      return .success(body(memory))
    }
    return try result.get()
  }

  private static func place(_ stream: StreamRuntime, in memory: inout Memory) {
    let key = Key(scope: stream.scope, name: stream.model.name)
    if let old = memory.streams[key] { memory.counts[stream.scope]?.add(old.model, times: -1) }
    memory.counts[stream.scope, default: StreamCounts()].add(stream.model, times: 1)
    memory.streams[key] = stream
    memory.byStorageID[stream.model.storageID] = stream
  }

  func counts(in scope: Scope) throws(ServiceError) -> StreamCounts {
    try loaded { $0.counts[scope] ?? StreamCounts() }
  }

  // MARK: Changing, inside a transaction

  func accountSettings(in scope: Scope, _ transaction: Transaction) throws -> AccountSettings {
    try Self.settings.get("settings", in: scope, transaction) ?? AccountSettings()
  }

  func setAccountSettings(
    _ settings: AccountSettings, in scope: Scope, _ transaction: Transaction
  ) throws {
    try Self.settings.put(settings, "settings", in: scope, transaction)
  }

  func names(in scope: Scope, _ transaction: Transaction) throws -> Set<String> {
    try Self.table.names(in: scope, transaction)
  }

  func get(_ name: String, in scope: Scope, _ transaction: Transaction) throws -> StreamModel? {
    try Self.table.get(name, in: scope, transaction)
  }

  /// Makes or replaces a stream's model.
  func put(_ model: StreamModel, in scope: Scope, _ transaction: Transaction) throws {
    try Self.table.put(model, model.name, in: scope, transaction)
    transaction.afterCommit { [self] in
      let sealed = memory.withLock { memory -> [RecordLog] in
        // Not loaded yet: whoever loads will find the committed model.
        guard memory.isLoaded else { return [] }
        let old = memory.byStorageID[model.storageID]
        let new = StreamRuntime(model, scope: scope, environment: environment, keeping: old)
        Self.place(new, in: &memory)
        return new.shards.filter { $0.model.closed != nil }.map(\.log)
      }
      for log in sealed { log.seal() }
      subscriptions.streamChanged(model.storageID)
    }
  }

  /// Removes a stream with its records; false when there is none.
  @discardableResult
  func delete(_ name: String, in scope: Scope, _ transaction: Transaction) throws -> Bool {
    guard let model = try Self.table.get(name, in: scope, transaction) else { return false }
    try Self.table.delete(name, in: scope, transaction)
    transaction.afterCommit { [self] in
      let gone = memory.withLock { memory -> StreamRuntime? in
        let key = Key(scope: scope, name: name)
        if let known = memory.streams[key], known.model.storageID == model.storageID {
          memory.streams[key] = nil
          memory.counts[scope]?.add(known.model, times: -1)
        }
        return memory.byStorageID.removeValue(forKey: model.storageID)
      }
      for shard in gone?.shards ?? [] { shard.log.delete() }
      environment.recordFlusher.perform { [self] in removeFolder(model.storageID) }
    }
    return true
  }

  // MARK: Files

  static func folder(_ storageID: String, in environment: ServiceEnvironment) -> String {
    "\(environment.directory("kinesis"))/\(storageID)"
  }

  private func removeFolder(_ storageID: String) {
    do throws(FileFailure) {
      try environment.effects.files.remove(Self.folder(storageID, in: environment))
    } catch { environment.report("kinesis: \(error); the folder is swept at the next start") }
  }

  /// Removes folders that no stream owns: what a crash has left between commit and removal.
  func sweep() throws {
    // Folders first: they are made only after their stream is committed.
    let folders = try environment.effects.files.list(environment.directory("kinesis"))
    let owned = Set(
      try environment.database.read { try Self.table.all($0).map(\.model.storageID) })
    for folder in folders where !owned.contains(folder) { removeFolder(folder) }
  }
}
