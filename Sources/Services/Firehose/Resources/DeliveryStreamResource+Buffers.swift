import AWSModel
import ServiceKit

extension DeliveryStreamResource: BufferingResourceHandler {
  func buffers(_ physicalID: String, in scope: Scope) throws -> [WaitingBuffer] {
    guard let stream = try catalog.find(physicalID, in: scope) else { return [] }
    // A source that can't be read leaves what is known of it already.
    var fault: String?
    do throws(ServiceError) { try worker.feed(stream).notice(stream) } catch {
      fault = error.message
    }
    let timing = stream.timing
    let waiting = stream.processed.all
    return stream.outlook(catalog.environment.effects.clock.now).map { step, due, failure in
      var buffer = WaitingBuffer(
        resource: physicalID, stage: .delivery, records: stream.input.records,
        bytes: stream.input.bytes, due: due, failure: failure ?? fault)
      switch step {
      case .process: buffer.stage = .processing
      case .deliverInput: break
      case .deliver(let lane):
        let held = waiting.filter { timing.lane($0.key) == lane }
        buffer.stage = lane == .bucket ? .bucket : .delivery
        buffer.records = held.values.reduce(0) { $0 + $1.records }
        buffer.bytes = held.values.reduce(0) { $0 + $1.bytes }
        let partitions = held.keys.count { $0.isPartition }
        buffer.partitions = partitions == 0 ? nil : partitions
      }
      return buffer
    }.sorted { ($0.stage.order, $0.due) < ($1.stage.order, $1.due) }
  }

  func hasAny(in scope: Scope) throws -> Bool { try !catalog.all(in: scope).isEmpty }

  func readers(of arn: String, in scope: Scope) throws -> [String] {
    try catalog.all(in: scope).map(\.model).filter { $0.source?.KinesisStreamARN == arn }
      .map(\.name)
  }

  func flush(_ physicalID: String, in scope: Scope) async throws {
    guard let stream = try catalog.find(physicalID, in: scope) else { return }
    do { try await worker.drain(stream) } catch let failure as DeliveryFailure {
      throw ServiceError(
        failure.code,
        "The delivery stream \(physicalID) can't deliver to \(stream.model.place): "
          + "\(failure.message)")
    }
  }
}

extension WaitingBuffer.Stage {
  fileprivate var order: Int {
    switch self {
    case .processing: 0
    case .delivery: 1
    case .bucket: 2
    }
  }
}
