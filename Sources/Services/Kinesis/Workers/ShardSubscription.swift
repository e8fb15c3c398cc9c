import AWSModel
import Effects
import PropertyTree
import ServiceKit
import Synchronization

/// One subscription of a consumer to a shard, read by one task: it waits for records, for the next
/// sign of life, and for its end, whichever comes first.
final class ShardSubscription: Sendable {
  struct Key: Sendable, Hashable {
    var storageID: String
    var consumer: String
    /// A consumer that was registered again is another.
    var consumerCreated: Timestamp
    var ordinal: Int

    init(storageID: String, consumer: StreamConsumer, ordinal: Int) {
      self.storageID = storageID
      self.consumer = consumer.name
      consumerCreated = consumer.created
      self.ordinal = ordinal
    }
  }

  enum End: Sendable {
    /// The consumer has subscribed anew.
    case replaced
    /// The shard was read to its end, or the server stops.
    case closed
  }

  static let lifetimeMilliseconds: Int64 = 300_000
  /// An event without records tells how far the reader is, and finds out whether it is still there.
  static let quietMilliseconds: Int64 = 5_000
  /// Data and keys of one event; a longer record comes alone.
  private static let eventBytesMax = 1 << 20

  private static let shape = MemberShape.structure([
    "Records": .list(
      .structure(["Data": .blob, "ApproximateArrivalTimestamp": .timestamp]))
  ])

  private struct State {
    /// The index of the next record.
    var position: UInt64
    /// Of the record before `position`, or of the subscription's begin.
    var arrival: Timestamp
    var nextSign: Timestamp
    /// The end of the time that the last event takes, if rates are held.
    var notBefore: Timestamp
    var end: End?
  }

  let key: Key
  private let name: String
  private let catalog: StreamCatalog
  private let expires: Timestamp
  private let bell = Bell()
  private let state: Mutex<State>

  /// - Parameter name: `account:stream:shard:consumer`, for AWS's sentence.
  init(
    _ key: Key, name: String, from position: UInt64, catalog: StreamCatalog, at now: Timestamp
  ) {
    self.key = key
    self.name = name
    self.catalog = catalog
    expires = now.adding(milliseconds: Self.lifetimeMilliseconds)
    state = Mutex(
      State(
        position: position, arrival: now,
        nextSign: now.adding(milliseconds: Self.quietMilliseconds), notBefore: now))
  }

  var isTaken: ServiceError {
    ServiceError(
      "ResourceInUseException", "Another active subscription exists for this consumer: \(name)")
  }

  func wake() { bell.ring() }

  func end(_ end: End) {
    state.withLock { if $0.end == nil { $0.end = end } }
    bell.ring()
  }

  /// The next event; nil at the subscription's end. Throws where it ends in a fault.
  func next() async throws(ServiceError) -> StreamEvent? {
    let clock = catalog.environment.effects.clock
    while true {
      let now = clock.now
      if Task.isCancelled || now >= expires { end(.closed) }
      switch state.withLock({ $0.end }) {
      case .replaced: throw isTaken
      case .closed: return nil
      case nil: break
      }
      let (stream, shard) = try subject()
      let notBefore = state.withLock { $0.notBefore }
      if now < notBefore {
        await sleep(until: notBefore, clock)
        continue
      }
      if let event = try event(of: stream, shard, at: now) { return event }
      await sleep(at: shard.log, clock)
    }
  }

  /// The shard, as long as stream and consumer are there.
  private func subject() throws(ServiceError) -> (StreamRuntime, ShardRuntime) {
    guard let stream = try catalog.find(storageID: key.storageID),
      let shard = stream.shard(key.ordinal)
    else {
      throw ServiceError(
        "ResourceNotFoundException", "The stream of the subscription does not exist any more.")
    }
    let consumer = try stream.model.existing(key.consumer, in: stream.scope)
    guard consumer.created == key.consumerCreated else {
      throw ServiceError(
        "ResourceNotFoundException", "The consumer of the subscription does not exist any more.")
    }
    return (stream, shard)
  }

  private func sleep(until moment: Timestamp, _ clock: any Clock) async {
    let timer = clock.schedule(at: min(moment, expires)) { [bell] in bell.ring() }
    await bell.wait()
    timer.cancel()
  }

  private func sleep(at log: RecordLog, _ clock: any Clock) async {
    let (position, sign) = state.withLock { ($0.position, $0.nextSign) }
    let timer = clock.schedule(at: min(sign, expires)) { [bell] in bell.ring() }
    let wait = log.whenReadable(at: position) { [bell] in bell.ring() }
    await bell.wait()
    timer.cancel()
    wait.cancel()
  }

  // MARK: Events

  /// Records, the shard's end, or a sign of life where one is due; nil where there is nothing to
  /// say.
  private func event(
    of stream: StreamRuntime, _ shard: ShardRuntime, at now: Timestamp
  ) throws(ServiceError) -> StreamEvent? {
    var (position, arrival) = state.withLock { ($0.position, $0.arrival) }
    var records: [PropertyValue] = []
    var bytes = 0
    let spans = stream.model.encryptionSpans ?? []
    position = try stream.visible(position, in: shard, now)
    try shard.log.read(from: position) { index, time, payload in
      let (key, data) = StoredRecord.read(payload)
      let total = bytes + key.count + data.count
      guard records.isEmpty || total <= Self.eventBytesMax,
        records.count < ReadOperations.recordsMax
      else { return false }
      bytes = total
      records.append(
        Self.record(
          shard.sequence(ofIndex: index, arrival: time), time, key, data,
          isEncrypted: spans.contains { $0.contains(time) }))
      (position, arrival) = (index + 1, time)
      return true
    }
    let isFinished = try shard.isFinished(at: position)
    let isDue = state.withLock { state in
      let isDue = now >= state.nextSign
      (state.position, state.arrival) = (position, arrival)
      if isFinished { state.end = state.end ?? .closed }
      return isDue
    }
    guard !records.isEmpty || isFinished || isDue else { return nil }
    state.withLock { state in
      state.nextSign = now.adding(milliseconds: Self.quietMilliseconds)
      if shard.throttle != nil {
        state.notBefore = now.adding(
          milliseconds: Int64(bytes) * 1000 / ShardThrottle.readBytesPerSecond)
      }
    }
    var behind: Int64 = 0
    if !records.isEmpty, position < (try shard.log.endIndex()) {
      behind = max(0, now.milliseconds - arrival.milliseconds)
    }
    var members: PropertyObject = [
      "Records": .list(records), "MillisBehindLatest": .int(behind),
    ]
    if isFinished {
      // No number to go on with: consumers go on with the children.
      members["ChildShards"] = .list(stream.children(of: shard))
    } else {
      members["ContinuationSequenceNumber"] = .string(
        SequenceNumber(shard: shard.model, place: position, arrival: arrival).text)
    }
    return StreamEvent("SubscribeToShardEvent", members: .object(members), shape: Self.shape)
  }

  private static func record(
    _ sequence: SequenceNumber, _ arrival: Timestamp, _ key: UnsafeRawBufferPointer,
    _ data: UnsafeRawBufferPointer, isEncrypted: Bool
  ) -> PropertyValue {
    var record: PropertyObject = [
      "SequenceNumber": .string(sequence.text),
      "ApproximateArrivalTimestamp": .double(arrival.epochSeconds),
      "Data": .string(Base64.encode(Array(data))),
    ]
    if !key.isEmpty { record["PartitionKey"] = .string(String(decoding: key, as: UTF8.self)) }
    if isEncrypted { record["EncryptionType"] = .string(StreamModel.encryptionByKMS) }
    return .object(record)
  }
}

/// Wakes one task, however often and from wherever it is rung; a ring that nobody waits for is heard
/// by the next wait.
private final class Bell: Sendable {
  private struct State {
    var hasRung = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  func ring() {
    let waiter = state.withLock { state in
      state.hasRung = state.waiter == nil
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }

  /// Returns at the next ring, and when the task is cancelled.
  func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let hasRung = state.withLock { state in
          defer { state.hasRung = false }
          if !state.hasRung { state.waiter = continuation }
          return state.hasRung
        }
        if hasRung { continuation.resume() }
      }
    } onCancel: {
      ring()
    }
  }
}
