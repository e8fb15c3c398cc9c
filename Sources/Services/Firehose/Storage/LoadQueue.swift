import AWSModel
import Effects
import ServiceKit

/// Objects of a delivery stream that wait for a COPY: written in the transaction that makes them, so
/// that a process that ends in between has nothing to find out.
struct LoadQueue: Codable, Sendable, Hashable {
  struct Object: Codable, Sendable, Hashable {
    var bucket: String
    var key: String
  }

  /// Objects that are loaded together, all or none.
  struct Batch: Codable, Sendable, Hashable {
    var objects: [Object]
    /// The first attempt.
    var begun: Timestamp
    /// The next attempt comes no sooner.
    var notBefore: Timestamp
    var attempts = 0
    /// The server's transaction whose end is not known, and the address that it was made at.
    var open: OpenTransaction?
  }

  struct OpenTransaction: Codable, Sendable, Hashable {
    var id: String
    var url: String
  }

  /// Objects of one COPY, at most.
  static let batchObjectsMax = 1000

  var storageID: String
  var waiting: [Object] = []
  var batch: Batch?

  /// The batch to load next; nil where nothing waits.
  mutating func next(at now: Timestamp) -> Batch? {
    if batch == nil, !waiting.isEmpty {
      batch = Batch(
        objects: Array(waiting.prefix(Self.batchObjectsMax)), begun: now, notBefore: now)
      waiting.removeFirst(min(waiting.count, Self.batchObjectsMax))
    }
    return batch
  }
}

/// The queues of all delivery streams.
struct LoadQueues: Sendable {
  private static let table = ModelTable<LoadQueue>("firehose.load")
  static var format: StoredFormat { table.format }

  /// The stream's queue; an empty one where nothing was ever put into it.
  static func get(_ runtime: DeliveryRuntime, _ transaction: Transaction) throws -> LoadQueue {
    let known = try table.get(runtime.model.name, in: runtime.scope, transaction)
    guard let known, known.storageID == runtime.storageID else {
      return LoadQueue(storageID: runtime.storageID)
    }
    return known
  }

  static func put(_ queue: LoadQueue, _ runtime: DeliveryRuntime, _ transaction: Transaction) throws
  {
    try table.put(queue, runtime.model.name, in: runtime.scope, transaction)
  }

  /// Puts objects behind those that wait.
  static func append(
    _ objects: [LoadQueue.Object], _ runtime: DeliveryRuntime, _ transaction: Transaction
  ) throws {
    guard !objects.isEmpty else { return }
    var queue = try get(runtime, transaction)
    queue.waiting += objects
    try put(queue, runtime, transaction)
  }

  static func delete(_ name: String, in scope: Scope, _ transaction: Transaction) throws {
    try table.delete(name, in: scope, transaction)
  }
}
