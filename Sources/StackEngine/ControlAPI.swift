import AWSModel
import Diagnostics
import Effects
import Emulator
import PropertyTree
import ServiceKit
import StackContracts
import StackModel

/// Leat's own interface under `/_leat/`: stacks as commands want them, the clock, and a reset.
public final class ControlAPI: ControlEndpoint {
  private let operations: any StackOperations
  private let clock: any Clock
  private let version: String
  private let answers: PostedAnswers?
  private let streams: (any RecordSource)?
  private let functions: (any FunctionWorkbench)?
  private let isolates: Bool
  private let reset: (@Sendable () async throws -> Void)?

  /// - Parameters:
  ///   - answers: takes what is put for stacks that wait; nil to refuse it.
  ///   - streams: measured for `leat shards`; nil to refuse it.
  ///   - functions: called for `leat invoke`; nil to refuse it.
  ///   - isolates: true where functions run behind walls.
  ///   - clock: a `VirtualClock` can be advanced, others refuse.
  ///   - reset: empties an ephemeral environment; nil for one that is kept.
  public init(
    operations: any StackOperations, clock: any Clock, version: String,
    answers: PostedAnswers? = nil, streams: (any RecordSource)? = nil,
    functions: (any FunctionWorkbench)? = nil, isolates: Bool = false,
    reset: (@Sendable () async throws -> Void)? = nil
  ) {
    self.operations = operations
    self.clock = clock
    self.version = version
    self.answers = answers
    self.streams = streams
    self.functions = functions
    self.isolates = isolates
    self.reset = reset
  }

  public func respond(to request: ControlRequest) async -> ControlResponse {
    do {
      guard let (method, answer) = routes[request.path] else {
        return fault(404, "there is no /_leat/\(request.path)")
      }
      guard method == request.method else {
        return fault(405, "/_leat/\(request.path) wants \(method)")
      }
      return try await answer(request)
    } catch let error as ControlFault {
      return fault(400, error.message)
    } catch let error as StackFailure {
      return failure(error)
    } catch let error as ServiceError where error.storageFailure == nil {
      return failure(StackFailure(.invalidArgument, error.message))
    } catch let error as JSONReader.Failure {
      return fault(400, "the body is not JSON: \(error.message) at byte \(error.offset)")
    } catch let error as DecodingError {
      return fault(400, "the body is not what /_leat/\(request.path) wants: \(error)")
    } catch {
      return StackFailure(storage: error).map(failure) ?? fault(500, "\(error)")
    }
  }

  private typealias Answer = @Sendable (ControlRequest) async throws -> ControlResponse

  private var routes: [String: (method: String, answer: Answer)] {
    [
      ControlPath.health: ("GET", health), ControlPath.stacks: ("GET", stacks),
      ControlPath.stack: ("GET", stack), ControlPath.events: ("GET", events),
      ControlPath.history: ("GET", history), ControlPath.drift: ("GET", drift),
      ControlPath.planAdoption: ("GET", planAdoption),
      ControlPath.plan: ("POST", plan), ControlPath.planDestroy: ("POST", planDestroy),
      ControlPath.draft: ("POST", draft), ControlPath.planRevision: ("POST", planRevision),
      ControlPath.apply: ("POST", apply), ControlPath.clock: ("GET", time),
      ControlPath.advanceClock: ("POST", advance), ControlPath.reset: ("POST", resetAll),
      ControlPath.rollback: ("POST", rollBack),
      ControlPath.buffers: ("GET", buffers), ControlPath.flush: ("POST", flush),
      ControlPath.answers: ("PUT", putAnswer),
      ControlPath.streamShards: ("GET", measureShards),
      ControlPath.invoke: ("POST", invoke),
    ]
  }

  // MARK: Stacks

  private func plan(_ request: ControlRequest) async throws -> ControlResponse {
    let wanted = try ControlCodec.decode(DeployRequest.self, request.body)
    return try json(await operations.plan(wanted))
  }

  private func planDestroy(_ request: ControlRequest) async throws -> ControlResponse {
    let wanted = try ControlCodec.decode(DestroyRequest.self, request.body)
    return try json(await operations.planDestroy(wanted))
  }

  private func planRevision(_ request: ControlRequest) async throws -> ControlResponse {
    let wanted = try ControlCodec.decode(RevisionRequest.self, request.body)
    return try json(await operations.planRevision(wanted))
  }

  private func draft(_ request: ControlRequest) async throws -> ControlResponse {
    try json(await operations.draft(try ControlCodec.decode(DraftRequest.self, request.body)))
  }

  /// The deployment goes on when the client goes away.
  private func apply(_ request: ControlRequest) async throws -> ControlResponse {
    let plan = try ControlCodec.decode(Plan.self, request.body)
    let operations = operations
    return following { try await operations.apply(plan, onEvent: $0) }
  }

  private func rollBack(_ request: ControlRequest) async throws -> ControlResponse {
    let wanted = try ControlCodec.decode(RollbackRequest.self, request.body)
    let operations = operations
    return following { try await operations.rollBack(wanted, onEvent: $0) }
  }

  /// Answers with the events of some work as they come, then with the state that it reaches.
  private func following(
    _ work:
      @escaping @Sendable (_ tell: @escaping @Sendable (StackEvent) -> Void) async throws ->
      StackState
  ) -> ControlResponse {
    let (lines, sink) = AsyncStream<[UInt8]>.makeStream()
    let send: @Sendable (ApplyLine) -> Void = { line in
      do {
        sink.yield(try ControlCodec.encode(line) + [UInt8(ascii: "\n")])
      } catch {
        // A line that can't be encoded ends the answer, which the client reports.
        sink.finish()
      }
    }
    Task {
      do {
        send(ApplyLine(state: try await work { send(ApplyLine(event: $0)) }))
      } catch let failure as StackFailure {
        send(ApplyLine(failure: failure))
      } catch {
        let failure = StackFailure(storage: error) ?? StackFailure(.stackNotUpdatable, "\(error)")
        send(ApplyLine(failure: failure))
      }
      sink.finish()
    }
    return ControlResponse(contentType: "application/x-ndjson", body: .lines(lines))
  }

  private func stacks(_ request: ControlRequest) async throws -> ControlResponse {
    try json(await operations.stacks(in: scope(request)))
  }

  private func stack(_ request: ControlRequest) async throws -> ControlResponse {
    let state = try await operations.stack(named: try name(request), in: scope(request))
    return try json(StackAnswer(stack: state))
  }

  private func events(_ request: ControlRequest) async throws -> ControlResponse {
    try json(await operations.events(ofStack: try name(request), in: scope(request)))
  }

  private func history(_ request: ControlRequest) async throws -> ControlResponse {
    try json(await operations.history(ofStack: try name(request), in: scope(request)))
  }

  private func drift(_ request: ControlRequest) async throws -> ControlResponse {
    try json(await operations.drift(ofStack: try name(request), in: scope(request)))
  }

  private func planAdoption(_ request: ControlRequest) async throws -> ControlResponse {
    try json(await operations.planAdoption(ofStack: try name(request), in: scope(request)))
  }

  private func buffers(_ request: ControlRequest) async throws -> ControlResponse {
    try json(await operations.buffers(ofStack: try name(request), in: scope(request)))
  }

  private func flush(_ request: ControlRequest) async throws -> ControlResponse {
    try json(await operations.flush(ControlCodec.decode(FlushRequest.self, request.body)))
  }

  /// The way of S3's presigned addresses: an empty answer, once the body is kept.
  private func putAnswer(_ request: ControlRequest) async throws -> ControlResponse {
    guard request.body.count <= PostedAnswers.bytesMax else {
      return fault(413, "an answer may have \(PostedAnswers.bytesMax) bytes")
    }
    let answer = try JSONReader.read(request.body)
    guard let answers, let box = request.query["box"], try await answers.put(answer, into: box)
    else { return fault(404, "nothing waits for an answer there") }
    return ControlResponse(body: .bytes([]))
  }

  // MARK: Streams

  private func measureShards(_ request: ControlRequest) async throws -> ControlResponse {
    guard let arn = request.query["arn"],
      let recent = request.query["recent"].flatMap({ Int64($0) }),
      recent >= 0
    else { throw ControlFault(message: "/_leat/\(request.path) wants ?arn= and &recent=") }
    guard let streams else { return fault(404, "there are no streams here") }
    do {
      return try json(
        StreamMeasures(streams, stream: arn, at: clock.now, recentMilliseconds: recent))
    } catch let error as ServiceError { return fault(error.status, error.message) }
  }

  // MARK: Functions

  private func invoke(_ request: ControlRequest) async throws -> ControlResponse {
    guard let functions else { return fault(404, "there are no functions here") }
    let call = try ControlCodec.decode(ObservedCall.self, request.body)
    do { return try json(await functions.observe(call, scope: scope(request))) } catch let error
      as ServiceError
    {
      let members: PropertyObject = [
        "code": .string(error.code), "message": .string(error.message),
      ]
      return ControlResponse(
        status: error.status, body: .bytes(JSONWriter.bytes(.object(members))))
    }
  }

  // MARK: Environment

  private struct Health: Encodable {
    var status = "ok"
    var version: String
    var time: String
    var isolatesFunctions: Bool
  }

  private func health(_ request: ControlRequest) async throws -> ControlResponse {
    try json(Health(version: version, time: clock.now.iso8601, isolatesFunctions: isolates))
  }

  private struct Time: Encodable {
    var milliseconds: Int64
    var time: String
    var isVirtual: Bool
    /// Pieces of work that fell due.
    var ran: Int?
  }

  private func time(_ request: ControlRequest) async throws -> ControlResponse {
    try json(time(ran: nil))
  }

  private func advance(_ request: ControlRequest) async throws -> ControlResponse {
    guard let virtual = clock as? VirtualClock else {
      return fault(
        409, "the clock is the machine's own and can't be advanced; serve with a virtual clock")
    }
    let step = try ControlCodec.decode(ClockAdvance.self, request.body)
    guard (0...Self.advanceMillisecondsMax).contains(step.milliseconds) else {
      return fault(400, "milliseconds must be between 0 and \(Self.advanceMillisecondsMax)")
    }
    let ran = await virtual.advance(milliseconds: step.milliseconds)
    return try json(time(ran: ran))
  }

  /// A year: a slip of the finger should not run a million timers.
  private static let advanceMillisecondsMax: Int64 = 366 * 86_400_000

  private func time(ran: Int?) -> Time {
    Time(
      milliseconds: clock.now.milliseconds, time: clock.now.iso8601,
      isVirtual: clock is VirtualClock, ran: ran)
  }

  private func resetAll(_ request: ControlRequest) async throws -> ControlResponse {
    guard let reset else {
      return fault(409, "only an ephemeral environment can be reset")
    }
    try await reset()
    return try json(PropertyValue.object([:]))
  }

  // MARK: Parts

  private func scope(_ request: ControlRequest) -> Scope {
    Scope(
      account: request.query["account"].map { AccountID($0) } ?? .standard,
      region: request.query["region"].map { Region($0) } ?? .standard)
  }

  private func name(_ request: ControlRequest) throws -> String {
    guard let name = request.query["name"], !name.isEmpty else {
      throw ControlFault(message: "/_leat/\(request.path) wants ?name=")
    }
    return name
  }

  private func json(_ value: some Encodable) throws -> ControlResponse {
    ControlResponse(body: .bytes(try ControlCodec.encode(value)))
  }

  /// The failure for a command, which shows it as if it had happened in its own process: code and
  /// hint survive.
  private func failure(_ failure: StackFailure) -> ControlResponse {
    var members: PropertyObject = [
      "code": .string(failure.code.rawValue), "message": .string(failure.message),
    ]
    if let hint = failure.hint { members["hint"] = .string(hint) }
    return ControlResponse(status: 409, body: .bytes(JSONWriter.bytes(.object(members))))
  }

  private func fault(_ status: Int, _ message: String) -> ControlResponse {
    let body = JSONWriter.bytes(.object(["message": .string(message)]))
    return ControlResponse(status: status, body: .bytes(body))
  }
}
