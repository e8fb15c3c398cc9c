import AWSModel
import Effects
import ServiceKit
import Synchronization

/// A shard's records for one mapping, or with parallelization those of some of its keys, in order:
/// gathered into batches, handed over, and counted as handed over. Works in turns: one at a time,
/// and none while it waits.
final class MappingLane: Sendable {
  /// Some of a batch's records, to be handed over as one event.
  struct Piece: Sendable {
    var batch: EventBatch
    var records: Range<Int>
    /// The place in the shard behind them.
    var end: UInt64
    /// Attempts that have failed and count.
    var failures = 0
    var invocations = 0
    var lastRequestID = ""
    var lastResult: FunctionResult?
  }

  struct State: Sendable {
    /// The place where reading goes on: behind everything that is gathered.
    var next: UInt64 = 0
    /// The place on disk.
    var saved: UInt64 = 0
    var gathered: EventBatch?
    var gatheredSince: Timestamp?
    /// True when nothing more goes into what is gathered.
    var isFull = false
    /// A batch at work, in parts if it was taken apart.
    var pieces: [Piece] = []
    /// No attempt before that.
    var notBefore: Timestamp?
    var window: TumblingWindow?
    /// True when the shard is closed and read to its end.
    var isAtEnd = false
  }

  let run: MappingRun
  let shard: SourceShard
  private let row: LanePosition
  private let earlier: [[LanePosition]]
  private let state: Mutex<State>
  private let waits = Mutex<[TimerHandle]>([])

  init(_ run: MappingRun, _ shard: SourceShard, _ row: LanePosition, earlier: [[LanePosition]]) {
    self.run = run
    self.shard = shard
    self.row = row
    self.earlier = earlier
    var state = State(next: row.position, saved: row.position)
    state.window = row.window.flatMap { TumblingWindow(stored: $0) }
    self.state = Mutex(state)
  }

  /// Takes the state for one turn; the one who takes it puts it back.
  func takeState() -> State {
    state.withLock { state in
      defer { state = State() }
      return state
    }
  }

  func put(_ new: State) { state.withLock { $0 = new } }

  /// True when everything up to the shard's end is handed over.
  var isFinished: Bool { state.withLock { $0.saved == LanePosition.finished } }

  func row(at position: UInt64, _ window: TumblingWindow?) -> LanePosition {
    var row = row
    row.position = position
    row.window = window?.stored
    return row
  }

  /// The place up to which nothing waits, where the row does not say it: records that no filter
  /// lets through are not written down one by one.
  var unsaved: LanePosition? {
    let (position, saved, window) = state.withLock { state in
      (
        state.pieces.isEmpty
          ? state.gathered?.records.first?.position ?? state.next : state.saved,
        state.saved, state.window
      )
    }
    return position > saved && saved != LanePosition.finished ? row(at: position, window) : nil
  }

  /// True for a record that is this lane's and not handed over by an earlier one.
  func takes(_ record: SourceRecordView) -> Bool {
    if row.lanes == 1, earlier.isEmpty { return true }
    let hash = LanePlan.hash(record.partitionKey)
    guard hash % UInt64(row.lanes) == UInt64(row.lane) else { return false }
    return earlier.allSatisfy { lanes in
      record.position >= lanes[Int(hash % UInt64(lanes.count))].position
    }
  }

  // MARK: Waiting

  /// Waits for a moment, for something to read, or for both; `wake` may be called more than once.
  func wait(
    until moment: Timestamp?, at position: UInt64?, _ clock: any Clock,
    timer: @escaping @Sendable () async -> Void, wake: @escaping @Sendable () -> Void
  ) throws(ServiceError) {
    var handles: [TimerHandle] = []
    if let moment { handles.append(clock.schedule(at: moment, timer)) }
    if let position {
      do throws(ServiceError) {
        handles.append(try run.source.whenReadable(at: position, shard, wake))
      } catch {
        for handle in handles { handle.cancel() }
        throw error
      }
    }
    let old = waits.withLock { waits in
      defer { waits = handles }
      return waits
    }
    for handle in old { handle.cancel() }
  }

  func cancelWaits() {
    let old = waits.withLock { waits in
      defer { waits = [] }
      return waits
    }
    for handle in old { handle.cancel() }
  }
}
