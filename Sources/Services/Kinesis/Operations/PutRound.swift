import AWSModel
import Effects
import PropertyTree
import ServiceKit
import Synchronization

/// One PutRecords call on its way: the records gathered by shard, then the answer in the order of
/// the request.
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
struct PutRound: Sendable {
  private struct Slot: Sendable {
    var shard: Int32
    /// Its place among the call's records of that shard; -1 for one that the shard's rate keeps out.
    var place: Int32
  }

  private let stream: StreamRuntime
  private var batches: [RecordBatch?]
  private var slots: [Slot] = []

  init(stream: StreamRuntime, count: Int) {
    self.stream = stream
    batches = Array(repeating: nil, count: stream.openCount)
    slots.reserveCapacity(count)
  }

  /// Adds a record to the open shard at `position`. Returns what `write` returns.
  @discardableResult
  mutating func add(
    at position: Int, reserving bytes: Int, _ write: (inout RecordBatch) -> Bool
  ) -> Bool {
    var batch = batches[position] ?? RecordBatch(reservingBytes: bytes)
    // Taken out while it is written to, so that its bytes are not copied.
    batches[position] = nil
    let place = batch.count
    let isAdded = write(&batch)
    batches[position] = batch
    slots.append(Slot(shard: Int32(position), place: Int32(place)))
    return isAdded
  }

  /// Keeps a record out: the open shard at `position` has taken all that its rate allows.
  mutating func refuse(at position: Int) {
    slots.append(Slot(shard: Int32(position), place: -1))
  }

  /// Appends everything; `done` gets the answer's JSON when all shards have answered.
  /// Once: the records are the logs' from then on, and are not copied on their way.
  mutating func append(at now: Timestamp, _ done: @escaping @Sendable ([UInt8]) -> Void) {
    let used = batches.indices.filter { batches[$0] != nil }
    let outcome = Outcome(stream: stream, slots: slots, waiting: used.count, done: done)
    if used.isEmpty { return outcome.answerAtOnce() }
    for position in used {
      guard var batch = batches[position].take() else { continue }
      stream.openShard(position).log.append(taking: &batch, at: now) { result in
        outcome.record(position, result)
      }
    }
  }

  /// Gathers the shards' answers.
  private final class Outcome: Sendable {
    private struct State {
      var results: [Result<RecordLog.Receipt, ServiceError>?]
      var waiting: Int
    }

    private let stream: StreamRuntime
    private let slots: [Slot]
    private let done: @Sendable ([UInt8]) -> Void
    private let state: Mutex<State>

    init(
      stream: StreamRuntime, slots: [Slot], waiting: Int,
      done: @escaping @Sendable ([UInt8]) -> Void
    ) {
      self.stream = stream
      self.slots = slots
      self.done = done
      state = Mutex(
        State(results: Array(repeating: nil, count: stream.openCount), waiting: waiting))
    }

    func answerAtOnce() { done(answer(state.withLock { $0.results })) }

    func record(_ position: Int, _ result: Result<RecordLog.Receipt, ServiceError>) {
      let results = state.withLock { state -> [Result<RecordLog.Receipt, ServiceError>?]? in
        state.results[position] = result
        state.waiting -= 1
        return state.waiting == 0 ? state.results : nil
      }
      if let results { done(answer(results)) }
    }

    private func answer(_ results: [Result<RecordLog.Receipt, ServiceError>?]) -> [UInt8] {
      var out: [UInt8] = []
      out.reserveCapacity(slots.count * 136 + 64)
      var failed = 0
      out.append(contentsOf: #"{"Records":["#.utf8)
      for (number, slot) in slots.enumerated() {
        if number > 0 { out.append(UInt8(ascii: ",")) }
        let shard = stream.openShard(Int(slot.shard))
        if slot.place < 0 {
          failed += 1
          let fault = KinesisError.rateExceeded(shard, stream)
          out.append(
            contentsOf: JSONWriter.bytes(
              ["ErrorCode": .string(fault.code), "ErrorMessage": .string(fault.message)]))
        } else if case .success(let receipt)? = results[Int(slot.shard)] {
          out.append(contentsOf: #"{"SequenceNumber":""#.utf8)
          shard.sequence(
            ofIndex: receipt.firstIndex + UInt64(slot.place), arrival: receipt.timestamp
          ).write(into: &out)
          out.append(contentsOf: #"","ShardId":""#.utf8)
          out.append(contentsOf: shard.id.utf8)
          out.append(contentsOf: #""}"#.utf8)
        } else {
          failed += 1
          out.append(
            contentsOf:
              #"{"ErrorCode":"InternalFailure","ErrorMessage":"Internal service failure."}"#.utf8)
        }
      }
      out.append(contentsOf: #"],"FailedRecordCount":"#.utf8)
      out.append(contentsOf: String(failed).utf8)
      if stream.model.encryptionKeyID != nil {
        out.append(contentsOf: #","EncryptionType":"KMS""#.utf8)
      }
      out.append(UInt8(ascii: "}"))
      return out
    }
  }
}
