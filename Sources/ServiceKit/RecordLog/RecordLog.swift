import AWSModel
import Effects
import Synchronization

/// An append-only log of records in segment files, for one shard or one buffer.
///
/// - Every record gets the next index (from 0, without gaps) and a timestamp that never runs
///   backwards.
/// - An append is answered when its records are on disk; all appends that wait share one write and
///   one sync (`RecordFlusher`).
/// - Files are made with the first append; a torn end is found by its checksum and cut when the
///   log is next opened.
/// - Readers see acknowledged records only.
public final class RecordLog: Sendable {
  public struct Options: Sendable {
    /// False trades the syncs away.
    public var isDurable = true
    /// Size of a log's first segment; each further one is four times as large, up to the maximum.
    public var segmentBytesFirst: Int64 = 1 << 20
    public var segmentBytesMax: Int64 = 16 << 20
    public init() {}
  }

  /// The place of an appended batch.
  public struct Receipt: Sendable, Hashable {
    /// Of the batch's first record; the others follow one by one.
    public var firstIndex: UInt64
    /// Of all records in the batch.
    public var timestamp: Timestamp
  }

  /// Runs once: after the records are on disk (on the flusher's thread), or with what went wrong.
  public typealias Completion = @Sendable (Result<Receipt, ServiceError>) -> Void

  struct Waiter: Sendable {
    var receipt: Receipt
    var completion: Completion
  }

  struct Pending {
    var bytes: [UInt8] = []
    /// Offsets relative to the start of `bytes`.
    var marks: [RecordSegment.Mark] = []
    var firstTimestamp: Int64 = 0
    var lastTimestamp: Int64 = 0
    var endIndex: UInt64 = 0
    var waiters: [Waiter] = []
  }

  /// Records that one round of the flusher has written and not yet made known.
  struct Round {
    var pending: Pending
    var file: (any FileHandle)?
    var failure: FileFailure?
  }

  struct State {
    var isOpen = false
    var isDeleted = false
    var isSealed = false
    var isQueued = false
    /// Ascending; the last one takes appends while `active` is set.
    var segments: [RecordSegment] = []
    var active: (any FileHandle)?
    var activeCapacity: Int64 = 0
    /// The index of the next record to be appended.
    var nextIndex: UInt64 = 0
    /// One past the last record that readers may see.
    var durableEnd: UInt64 = 0
    var lastTimestamp: Int64 = .min
    var pending = Pending()
    /// Readers that wait for more, by the number of their wait.
    var sleepers: [UInt64: Sleeper] = [:]
    var nextSleeper: UInt64 = 0
  }

  /// Segments and the frames in them. Listed with the formats of a service that keeps logs.
  public static let format = StoredFormat("recordlog")

  let directory: String
  let effects: Effects
  let options: Options
  let flusher: RecordFlusher
  let report: @Sendable (StorageFailure) -> Void
  let state = Mutex(State())

  /// Touches nothing on disk.
  ///
  /// - Parameter report: told when records could not be written.
  public init(
    directory: String, effects: Effects, flusher: RecordFlusher, options: Options,
    report: @escaping @Sendable (StorageFailure) -> Void = { _ in }
  ) {
    self.report = report
    self.directory = directory
    self.effects = effects
    self.flusher = flusher
    self.options = options
  }

  /// Like the designated one, with an environment's effects, flusher and durability.
  public convenience init(directory: String, environment: ServiceEnvironment) {
    var options = Options()
    options.isDurable = environment.isDurable
    self.init(
      directory: directory, effects: environment.effects, flusher: environment.recordFlusher,
      options: options, report: environment.storage.note)
  }

  /// Takes the batch and answers through `completion`. A log that is deleted or unreadable answers
  /// at once, on the caller's thread.
  public func append(
    _ batch: consuming RecordBatch, at now: Timestamp, _ completion: @escaping Completion
  ) {
    append(taking: &batch, at: now, completion)
  }

  /// The same for a batch that nobody else holds: its bytes are not copied where nothing else waits to
  /// be written. Leaves an empty one.
  public func append(
    taking batch: inout RecordBatch, at now: Timestamp, _ completion: @escaping Completion
  ) {
    let (failure, isNew) = state.withLock { state -> (ServiceError?, Bool) in
      do throws(ServiceError) {
        try open(&state)
        if state.isSealed { throw Self.sealed }
      } catch { return (error, false) }
      let receipt = Self.take(&batch, at: now, into: &state)
      state.pending.waiters.append(Waiter(receipt: receipt, completion: completion))
      defer { state.isQueued = true }
      return (nil, !state.isQueued)
    }
    if let failure { return completion(.failure(failure)) }
    if isNew { flusher.enqueue(self) }
  }

  /// The form that waits for the disk.
  @discardableResult
  public func append(_ batch: RecordBatch, at now: Timestamp) async throws(ServiceError) -> Receipt
  {
    let result = await withCheckedContinuation { waiter in
      append(batch, at: now) { waiter.resume(returning: $0) }
    }
    return try result.get()
  }

  private static func take(_ batch: inout RecordBatch, at now: Timestamp, into state: inout State)
    -> Receipt
  {
    defer { batch = RecordBatch() }
    let timestamp = max(now.milliseconds, state.lastTimestamp)
    let receipt = Receipt(
      firstIndex: state.nextIndex, timestamp: Timestamp(milliseconds: timestamp))
    if batch.isEmpty { return receipt }
    let start = state.pending.bytes.count
    if start == 0 {
      state.pending.firstTimestamp = timestamp
      swap(&state.pending.bytes, &batch.bytes)
    } else {
      state.pending.bytes.append(contentsOf: batch.bytes)
    }
    var index = state.nextIndex
    var lastMark = state.pending.marks.last?.offset ?? -RecordSegment.markSpacing
    var marks: [RecordSegment.Mark] = []
    state.pending.bytes.withUnsafeMutableBytes { raw in
      var offset = start
      while offset < raw.count {
        if Int64(offset) - lastMark >= RecordSegment.markSpacing {
          lastMark = Int64(offset)
          marks.append(.init(index: index, timestamp: timestamp, offset: lastMark))
        }
        offset += RecordFrame.seal(raw, at: offset, index: index, timestamp: timestamp)
        index += 1
      }
    }
    state.pending.marks += marks
    state.pending.lastTimestamp = timestamp
    state.pending.endIndex = index
    state.lastTimestamp = timestamp
    state.nextIndex = index
    return receipt
  }

  /// The oldest record that is still there (equal to `endIndex` when there is none).
  public func firstIndex() throws(ServiceError) -> UInt64 {
    try opened { $0.segments.first?.baseIndex ?? $0.durableEnd }
  }

  /// One past the last acknowledged record.
  public func endIndex() throws(ServiceError) -> UInt64 { try opened { $0.durableEnd } }

  /// Fails what is waiting and removes the files; the log is of no use afterwards.
  public func delete(_ completion: @escaping @Sendable (FileFailure?) -> Void = { _ in }) {
    let (waiting, wakes) = state.withLock { state in
      state.isDeleted = true
      state.active = nil
      state.segments = []
      defer { state.pending = Pending() }
      return (state.pending.waiters, state.takeWakes())
    }
    for waiter in waiting { waiter.completion(.failure(Self.deleted)) }
    for wake in wakes { wake() }
    flusher.perform { [directory, effects] in
      do throws(FileFailure) {
        try effects.files.remove(directory)
        completion(nil)
      } catch { completion(error) }
    }
  }

  /// Refuses further appends; what was taken before is still written.
  public func seal() {
    let wakes = state.withLock { state in
      state.isSealed = true
      return state.takeWakes()
    }
    for wake in wakes { wake() }
  }

  /// True when nothing more will ever be appended and readers have everything before `index`.
  public func isFinished(at index: UInt64) throws(ServiceError) -> Bool {
    try opened { $0.isSealed && index >= $0.nextIndex }
  }

  /// The answer to an append to a sealed log.
  public static let sealed = ServiceError("LogSealed", "The log takes no more records.")

  static let deleted = ServiceError("ResourceNotFoundException", "The log has been deleted.")

  static func failure(_ error: FileFailure) -> ServiceError {
    ServiceError(onMachine: error, "The record log could not be used")
  }
}
