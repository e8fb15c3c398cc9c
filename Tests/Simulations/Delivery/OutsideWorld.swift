import AWSModel
import Effects
import PropertyTree
import ServiceKit
import Synchronization

/// Functions and servers as delivery streams meet them. It remembers through all crashes of the
/// emulator, as the world does.
package final class OutsideWorld: Sendable {
  /// The ways in which a function fails as a whole.
  package enum FunctionFault: Int, CaseIterable, Sendable {
    case error, throttled, nonsense
  }

  /// The ways in which a server fails.
  package enum ServerFault: Int, CaseIterable, Sendable {
    case unreachable, status500
    /// It has taken the records, and the answer was lost.
    case answerLost
    /// It wants no request of that size, now or later.
    case tooLarge
  }

  private struct State {
    var functionFault: (fault: FunctionFault, count: Int)?
    var serverFault: (fault: ServerFault, count: Int)?
    var dropped: [String: Set<Int>] = [:]
    /// By the server's URL: how often each record was taken.
    var taken: [String: [Int: Int]] = [:]
    /// Records whose taking was not told.
    var untold: [String: [Int: Int]] = [:]
  }

  private let state = Mutex(State())

  func failFunctions(_ fault: FunctionFault, count: Int) {
    state.withLock { $0.functionFault = (fault, count) }
  }

  func failServers(_ fault: ServerFault, count: Int) {
    state.withLock { $0.serverFault = (fault, count) }
  }

  /// Nothing fails any more.
  func mend() {
    state.withLock { state in
      state.functionFault = nil
      state.serverFault = nil
    }
  }

  /// Records that the function has dropped, of a delivery stream.
  func dropped(by name: String) -> Set<Int> { state.withLock { $0.dropped[name] ?? [] } }
  func taken(at url: String) -> [Int: Int] { state.withLock { $0.taken[url] ?? [:] } }
  func untold(at url: String) -> [Int: Int] { state.withLock { $0.untold[url] ?? [:] } }
}

extension OutsideWorld: FunctionInvoker {
  package func invoke(_ function: String, payload: [UInt8], scope: Scope) async throws
    -> FunctionResult
  {
    let fault = state.withLock { state -> FunctionFault? in
      guard let next = state.functionFault else { return nil }
      state.functionFault = next.count > 1 ? (next.fault, next.count - 1) : nil
      return next.fault
    }
    switch fault {
    case .throttled:
      throw ServiceError("TooManyRequestsException", "Rate Exceeded.", status: 429)
    case .error:
      return FunctionResult(
        payload: Array(#"{"errorType":"Error","errorMessage":"no"}"#.utf8),
        functionError: "Unhandled")
    case .nonsense: return FunctionResult(payload: Array("[]".utf8))
    case nil: return try transform(JSONReader.read(payload))
    }
  }

  private func transform(_ event: PropertyValue) throws -> FunctionResult {
    let stream = event["deliveryStreamArn"]?.stringValue?.split(separator: "/").last ?? ""
    var results: [PropertyValue] = []
    for record in event["records"]?.listValue ?? [] {
      let data = record["data"] ?? .null
      let text = String(
        decoding: Base64.decode(data.stringValue ?? "") ?? [], as: UTF8.self)
      guard let id = try SimulatedRecord.ids(text).first else { continue }
      var result: PropertyObject = ["recordId": record["recordId"] ?? .null]
      switch SimulatedRecord.fate(id) {
      case .forgotten: continue
      case .dropped:
        result["result"] = "Dropped"
        _ = state.withLock { $0.dropped[String(stream), default: []].insert(id) }
      case .refused: result["result"] = "ProcessingFailed"
      case .delivered:
        result["result"] = "Ok"
        result["data"] = data
        result["metadata"] = ["partitionKeys": ["key": .string(SimulatedRecord.key(id))]]
      }
      results.append(.object(result))
    }
    return FunctionResult(payload: JSONWriter.bytes(["records": .list(results)]))
  }
}

extension OutsideWorld: HTTPCaller {
  package func post(_ request: HTTPPost) async throws(HTTPFailure) -> HTTPAnswer {
    let fault = state.withLock { state -> ServerFault? in
      guard let next = state.serverFault else { return nil }
      state.serverFault = next.count > 1 ? (next.fault, next.count - 1) : nil
      return next.fault
    }
    switch fault {
    case .unreachable: throw HTTPFailure(.unreachable, "no route")
    case .status500: return HTTPAnswer(status: 500, body: Array(#"{"errorMessage":"no"}"#.utf8))
    case .tooLarge: return HTTPAnswer(status: 413, body: Array(#"{"errorMessage":"big"}"#.utf8))
    case .answerLost, nil: break
    }
    let body: PropertyValue
    let ids: [Int]
    do {
      body = try JSONReader.read(request.body)
      ids = try (body["records"]?.listValue ?? []).flatMap { record in
        try SimulatedRecord.ids(
          String(
            decoding: Base64.decode(record["data"]?.stringValue ?? "") ?? [], as: UTF8.self))
      }
    } catch { return HTTPAnswer(status: 400, body: Array("\(error)".utf8)) }
    state.withLock { state in
      for id in ids {
        state.taken[request.url, default: [:]][id, default: 0] += 1
        if fault != nil { state.untold[request.url, default: [:]][id, default: 0] += 1 }
      }
    }
    if fault == .answerLost { throw HTTPFailure(.timeout, "no answer") }
    return HTTPAnswer(
      status: 200,
      body: JSONWriter.bytes(["requestId": body["requestId"] ?? .null, "timestamp": 1]))
  }
}

/// Offers the functions of the outside world, as Lambda does.
struct OutsideService: Service {
  static let traits = ServiceTraits("lambda", .restJSON)
  let outside: OutsideWorld
  var operations: [Operation] { [] }
  var offer: Capabilities {
    Capabilities().offering(outside as any FunctionInvoker, as: .functions)
  }
}
