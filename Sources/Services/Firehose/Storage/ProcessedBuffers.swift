import AWSModel
import Effects
import ServiceKit
import Synchronization

/// Processed records that wait for delivery: on disk in a log of their own, in memory the list of
/// what waits where.
///
/// A piece of input is here as a whole or not at all: its last frame holds the position behind it,
/// and is what moves the input on. Nothing is processed again after a crash that is here.
final class ProcessedBuffers: Sendable {
  /// The form of the frames.
  static let format = StoredFormat("firehose.processed")

  /// A frame that waits.
  struct Frame: Sendable, Hashable {
    var index: UInt64
    var records: Int
    var bytes: Int
    var since: Timestamp
    var arrival: Timestamp
  }

  /// Frames that wait in one place, oldest first; never empty.
  struct Buffer: Sendable, Hashable {
    var frames: [Frame] = []
    var bytes = 0
    var records = 0
    /// The beginning of its age.
    var since = Timestamp(milliseconds: .max)

    init(_ frames: [Frame] = []) { for frame in frames { append(frame) } }

    mutating func append(_ frame: Frame) {
      frames.append(frame)
      bytes += frame.bytes
      records += frame.records
      since = min(since, frame.since)
    }

    /// The moment at which it is due; the beginning of its age where it is full.
    func due(_ hints: BufferTiming.Hints) -> Timestamp {
      bytes >= hints.bytes ? since : since.adding(seconds: hints.seconds)
    }
  }

  /// Frames of one place that are delivered together.
  struct Taken: Sendable, Hashable {
    var place: BufferPlace
    var frames: [Frame]
    var records: Int { frames.reduce(0) { $0 + $1.records } }
    var bytes: Int { frames.reduce(0) { $0 + $1.bytes } }
  }

  private struct State {
    var buffers: [BufferPlace: Buffer] = [:]
    /// By place, the frame before which everything is delivered, where other places are behind it.
    var delivered: [String: UInt64] = [:]
    /// One past the last frame.
    var end: UInt64 = 0
    var nextPiece: UInt64 = 0
  }

  private let log: RecordLog
  private let state = Mutex(State())

  init(directory: String, environment: ServiceEnvironment) {
    log = RecordLog(directory: directory, environment: environment)
  }

  var isEmpty: Bool { state.withLock { $0.buffers.isEmpty } }
  var all: [BufferPlace: Buffer] { state.withLock { $0.buffers } }
  /// The partitions that count as active.
  var partitions: Set<BufferPlace> { state.withLock { Set($0.buffers.keys.filter(\.isPartition)) } }

  /// Records that wait, but for copies of them.
  var waiting: (records: Int, bytes: Int) {
    state.withLock { state in
      state.buffers.filter { $0.key != .backup }.reduce((0, 0)) {
        ($0.0 + $1.value.records, $0.1 + $1.value.bytes)
      }
    }
  }

  /// The moment at which the first buffer of a lane is due.
  func due(_ lane: DeliveryLane, _ timing: BufferTiming) -> Timestamp? {
    state.withLock { state in
      state.buffers.filter { timing.lane($0.key) == lane }
        .map { $0.value.due(timing.hints($0.key)) }.min()
    }
  }

  // MARK: Writing

  /// Keeps what a piece of input has become, durably.
  func append(_ frames: [ProcessedFrame], end: DeliveryCheckpoint, at now: Timestamp) async throws {
    let piece = state.withLock { state in
      state.nextPiece += 1
      return state.nextPiece - 1
    }
    var headers = frames.map { $0.header(piece: piece, end: nil) }
    if headers.isEmpty { headers = [.init(piece: piece)] }
    headers[headers.count - 1].end = end.position
    // A header takes little: all of them are written where they will stay.
    var batch = RecordBatch(
      reservingBytes: frames.reduce(0) { $0 + $1.items.bytes.count } + headers.count * 1024)
    for (number, header) in headers.enumerated() {
      let items = frames.isEmpty ? FrameItems() : frames[number].items
      try ProcessedFrame.append(header, items, to: &batch)
    }
    let answer = await withCheckedContinuation { waiter in
      log.append(taking: &batch, at: now) { waiter.resume(returning: $0) }
    }
    let receipt = try answer.get()
    state.withLock { state in
      for (number, frame) in frames.enumerated() {
        Self.add(headers[number], receipt.firstIndex + UInt64(number), frame.place, &state)
      }
      state.end = receipt.firstIndex + UInt64(headers.count)
    }
  }

  private static func add(
    _ header: ProcessedFrame.Header, _ index: UInt64, _ place: BufferPlace, _ state: inout State
  ) {
    state.buffers[place, default: Buffer()].append(
      Frame(
        index: index, records: header.records, bytes: header.bytes, since: header.since,
        arrival: header.arrival))
  }

  // MARK: Delivering

  /// The buffers of a lane that are due, each up to its size: at least one, and no more once
  /// `bytesMax` are reached.
  ///
  /// - Parameter now: nil takes what is not due, too.
  func take(_ lane: DeliveryLane, _ timing: BufferTiming, now: Timestamp?, bytesMax: Int)
    -> [Taken]
  {
    let waiting = state.withLock { $0.buffers }
      .filter { timing.lane($0.key) == lane }
      .map { (place: $0.key, buffer: $0.value, due: $0.value.due(timing.hints($0.key))) }
      .filter { entry in now.map { entry.due <= $0 } ?? true }
      .sorted { ($0.due, $0.buffer.frames[0].index) < ($1.due, $1.buffer.frames[0].index) }
    var taken: [Taken] = []
    var bytes = 0
    for entry in waiting where taken.isEmpty || bytes < bytesMax {
      var held = 0
      let limit = timing.hints(entry.place).bytes
      let frames = entry.buffer.frames.prefix { frame in
        defer { held += frame.bytes }
        return held < limit
      }
      bytes += held
      taken.append(
        Taken(
          place: entry.place, frames: Array(frames.isEmpty ? entry.buffer.frames.prefix(1) : frames)
        ))
    }
    return taken
  }

  /// Reads frames back.
  func items(_ taken: Taken) throws -> [DeliveryItem] {
    var items: [DeliveryItem] = []
    var wanted = taken.frames.map(\.index)[...]
    while !wanted.isEmpty {
      try read(&wanted, bytesMax: .max) { items.append(try $0.whole()) }
    }
    return items
  }

  /// The most bytes of frames that are gone over at once, but for a frame that is larger by itself.
  private static let turnBytes = 1 << 20

  /// Hands over what the frames hold, in order; other tasks have their turn in between.
  func read(_ taken: Taken, _ body: (ProcessedFrame.Stored) throws -> Void) async throws {
    var wanted = taken.frames.map(\.index)[...]
    while !wanted.isEmpty {
      try read(&wanted, bytesMax: Self.turnBytes, body)
      await Task.yield()
    }
  }

  /// Reads frames, at least one, up to a limit.
  private func read(
    _ wanted: inout ArraySlice<UInt64>, bytesMax: Int,
    _ body: (ProcessedFrame.Stored) throws -> Void
  ) throws {
    guard let first = wanted.first else { return }
    var failure: (any Error)?
    var bytes = 0
    var rest = wanted
    try log.read(from: first) { index, _, payload in
      if index == rest.first {
        do { try ProcessedFrame.each(payload, body) } catch {
          failure = error
          return false
        }
        rest.removeFirst()
        bytes += payload.count
      }
      // A frame far behind is looked up, not walked to.
      return bytes < bytesMax && (rest.first.map { $0 - index <= 16 } ?? false)
    }
    if let failure { throw failure }
    guard rest.first != first else { throw ProcessedFrame.damage }
    wanted = rest
  }

  /// The progress once these are delivered: to be written with what delivers them.
  func progress(delivering taken: [Taken]) -> DeliveryProgress {
    state.withLock { state in
      var next = state
      Self.settle(taken, &next)
      return Self.progress(next)
    }
  }

  private static func progress(_ state: State) -> DeliveryProgress {
    DeliveryProgress(
      through: state.end, floor: floor(state),
      delivered: state.delivered.isEmpty ? nil : state.delivered)
  }

  private static func floor(_ state: State) -> UInt64 {
    state.buffers.values.compactMap { $0.frames.first?.index }.min() ?? state.end
  }

  private static func settle(_ taken: [Taken], _ state: inout State) {
    for one in taken {
      guard let last = one.frames.last?.index else { continue }
      state.delivered[one.place.text] = last + 1
      let rest = state.buffers[one.place]?.frames.filter { $0.index > last } ?? []
      state.buffers[one.place] = rest.isEmpty ? nil : Buffer(rest)
    }
    let floor = floor(state)
    state.delivered = state.delivered.filter { $0.value > floor }
  }

  /// Forgets what is delivered.
  func settle(_ taken: [Taken]) throws(ServiceError) {
    let floor = state.withLock { state in
      Self.settle(taken, &state)
      return Self.floor(state)
    }
    try log.trim(before: floor)
  }

  // MARK: Recovery

  /// Finds what an earlier run has left. Returns the input's position where pieces have been
  /// processed since the checkpoint was written.
  func recover(_ progress: DeliveryProgress?) throws(ServiceError) -> DeliveryCheckpoint? {
    var found = State()
    found.delivered = progress?.delivered ?? [:]
    let through = progress?.through ?? 0
    var open: [(header: ProcessedFrame.Header, index: UInt64)] = []
    var position: DeliveryCheckpoint?
    var isWhole = true
    try log.read(from: progress?.floor ?? 0) { index, _, payload in
      guard let header = ProcessedFrame.header(payload) else {
        isWhole = false
        return false
      }
      if open.first.map({ $0.header.piece != header.piece }) ?? false { open = [] }
      open.append((header, index))
      found.end = index + 1
      found.nextPiece = max(found.nextPiece, header.piece + 1)
      guard let end = header.end else { return true }
      for (header, index) in open {
        guard let text = header.place else { continue }
        guard let place = BufferPlace(text) else {
          isWhole = false
          return false
        }
        if index >= found.delivered[text] ?? 0 { Self.add(header, index, place, &found) }
      }
      open = []
      if index >= through { position = end }
      return true
    }
    guard isWhole else { throw ProcessedFrame.damage }
    found.end = try max(found.end, log.endIndex())
    let recovered = found
    state.withLock { $0 = recovered }
    return position
  }

  func delete() { log.delete() }
}
