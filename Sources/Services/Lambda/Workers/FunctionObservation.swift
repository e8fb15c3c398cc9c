import AWSModel
import PropertyTree
import ServiceKit
import Synchronization

extension LambdaService: FunctionWorkbench {
  public func observe(_ request: ObservedCall, scope: Scope) async throws -> ObservedResult {
    let reference = try FunctionReference(request.function, scope: scope)
    let choice = try caller.choose(reference)
    let event: String
    if let payload = request.payload {
      event = payload
    } else {
      event = try lastFailedEvent(reference.key)
    }
    _ = try Self.checked(event)
    let requestID = environment.effects.random.uuid()
    let lines = ObservedLines()
    var options = CallOptions()
    options.observer = { lines.add($0) }
    options.debugger = request.debugger
    let result = try await caller.call(
      choice, as: reference, payload: Array(event.utf8), requestID: requestID, options: options)
    return ObservedResult(requestID: requestID, event: event, result: result, log: lines.all)
  }

  private func lastFailedEvent(_ key: FunctionKey) throws -> String {
    guard let event = try FailedEventStore(environment: environment).last(key) else {
      throw ServiceError(
        "ResourceNotFoundException",
        "\(key.name) has not failed on an event that could be replayed.",
        status: 404, fields: ["Type": "User"])
    }
    return event
  }

  private static func checked(_ event: String) throws -> PropertyValue {
    do throws(JSONReader.Failure) { return try JSONReader.read(Array(event.utf8)) } catch {
      throw ServiceError(
        "InvalidRequestContentException",
        "Could not parse request body into json: \(error.message) at byte \(error.offset)",
        fields: ["Type": "User"])
    }
  }
}

/// Lines of a watched call, the last of them where there are very many.
private final class ObservedLines: Sendable {
  private static let bytesMax = 8 << 20

  private struct State {
    var lines: [String] = []
    var byteCount = 0
    var dropped = 0
  }
  private let state = Mutex(State())

  func add(_ line: String) {
    state.withLock { state in
      guard state.byteCount + line.utf8.count <= Self.bytesMax else {
        state.dropped += 1
        return
      }
      state.lines.append(line)
      state.byteCount += line.utf8.count
    }
  }

  var all: [String] {
    state.withLock { state in
      state.dropped == 0
        ? state.lines
        : state.lines + ["… and \(state.dropped) lines more, which the log group has"]
    }
  }
}
