import AWSModel
import PropertyTree
import ServiceKit
import Synchronization

/// The function of a mapping simulation. It remembers through all crashes of the emulator what it
/// was given.
package final class MappedFunction: FunctionInvoker {
  package enum Fault: Int, CaseIterable, Sendable {
    /// It throws before it has done anything.
    case error
    /// It has done everything and ran out of time, or was killed, before it said so.
    case timeout
    /// It has done some, and says which one was the first that failed.
    case partial
    case throttled
    /// An answer that means nothing, where answers are read.
    case nonsense
  }

  /// Every hand-over of a record, in order.
  struct HandOver: Sendable {
    var id: Int
    var shard: String
    var sequence: String
  }

  private struct State {
    var fault: (fault: Fault, count: Int)?
    var handedOver: [HandOver] = []
    /// Records that an answer has said are done.
    var done: Set<Int> = []
    /// The sum of what came in each window, as its state said at the end.
    var counted = 0
  }

  private let state = Mutex(State())
  let kind: MappingKind

  init(kind: MappingKind) { self.kind = kind }

  func fail(_ fault: Fault, count: Int) { state.withLock { $0.fault = (fault, count) } }
  func mend() { state.withLock { $0.fault = nil } }
  var handedOver: [HandOver] { state.withLock { $0.handedOver } }
  var done: Set<Int> { state.withLock { $0.done } }

  static func id(_ record: PropertyValue) throws -> Int {
    guard let data = record["kinesis"]?["data"]?.stringValue, let bytes = Base64.decode(data),
      let id = try JSONReader.read(bytes)["id"]?.integerValue
    else { throw Violation("a record without its id: \(record)") }
    return Int(id)
  }

  package func invoke(_ function: String, payload: [UInt8], scope: Scope) async throws
    -> FunctionResult
  {
    let fault = state.withLock { state -> Fault? in
      guard let next = state.fault else { return nil }
      state.fault = next.count > 1 ? (next.fault, next.count - 1) : nil
      return next.fault
    }
    if fault == .throttled {
      throw ServiceError("TooManyRequestsException", "Rate Exceeded.", status: 429)
    }
    let event = try JSONReader.read(payload)
    let records = event["Records"]?.listValue ?? []
    let given = try records.map { record in
      HandOver(
        id: try Self.id(record),
        shard: String(record["eventID"]?.stringValue?.split(separator: ":").first ?? ""),
        sequence: record["kinesis"]?["sequenceNumber"]?.stringValue ?? "")
    }
    state.withLock { $0.handedOver += given }
    let failed = FunctionResult(
      payload: Array(#"{"errorType":"Error","errorMessage":"no"}"#.utf8),
      functionError: "Unhandled")
    switch fault {
    case .error?, .timeout?: return failed
    case .nonsense? where kind.reportsItemFailures:
      return FunctionResult(payload: Array(#"{"batchItemFailures":[{}]}"#.utf8))
    default: break
    }
    var first = given.firstIndex { kind.isPoison($0.id) }
    if fault == .partial, kind.reportsItemFailures, !given.isEmpty {
      first = min(first ?? .max, given.count / 2)
    }
    guard let first else {
      state.withLock { $0.done.formUnion(given.map(\.id)) }
      return FunctionResult(payload: answer(event, records.count))
    }
    guard kind.reportsItemFailures else { return failed }
    state.withLock { $0.done.formUnion(given[..<first].map(\.id)) }
    return FunctionResult(
      payload: JSONWriter.bytes([
        "batchItemFailures": [["itemIdentifier": .string(given[first].sequence)]],
        "state": event["state"] ?? [:],
      ]))
  }

  /// In windows, the state counts records.
  private func answer(_ event: PropertyValue, _ count: Int) -> [UInt8] {
    guard event["window"] != nil else { return Array("null".utf8) }
    let before = event["state"]?["count"]?.integerValue ?? 0
    return JSONWriter.bytes(["state": ["count": .int(before + Int64(count))]])
  }
}
