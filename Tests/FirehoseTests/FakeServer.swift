import Effects
import Synchronization

/// A server in memory: answers each request by a script, the last answer again and again.
final class FakeServer: HTTPCaller, Sendable {
  typealias Answer = @Sendable (HTTPPost) -> Result<HTTPAnswer, HTTPFailure>

  private struct State {
    var requests: [HTTPPost] = []
    var script: [Answer]
  }

  private let state: Mutex<State>

  init(_ script: Answer...) { state = Mutex(State(script: script)) }

  var requests: [HTTPPost] { state.withLock { $0.requests } }

  func post(_ request: HTTPPost) async throws(HTTPFailure) -> HTTPAnswer {
    let answer = state.withLock { state in
      state.requests.append(request)
      return state.script.count > 1 ? state.script.removeFirst() : state.script[0]
    }
    return try answer(request).get()
  }

  static func status(_ status: Int, _ body: String = "") -> Answer {
    { _ in .success(HTTPAnswer(status: status, body: Array(body.utf8))) }
  }

  static func failure(_ kind: HTTPFailure.Kind) -> Answer {
    { _ in .failure(HTTPFailure(kind, "no")) }
  }
}
