import AWSModel
import Diagnostics
import PropertyTree
import StackContracts
import StackModel

/// Carries a request to the server that holds the data directory. The lead for implementers:
/// answer the status and the body's lines without their line ends as they arrive; a body without
/// line ends is one line.
public protocol ControlTransport: Sendable {
  /// - Parameters:
  ///   - path: after `/_leat/`, with its query.
  func send(_ method: String, _ path: String, body: [UInt8]) async throws
    -> (status: Int, lines: AsyncThrowingStream<[UInt8], any Error>)
}

/// Stack operations through a server's `/_leat/` endpoint.
public struct RemoteStackOperations: StackOperations {
  private let transport: any ControlTransport

  public init(transport: any ControlTransport) { self.transport = transport }

  public func plan(_ request: DeployRequest) async throws -> PlanResult {
    try await ask("POST", ControlPath.plan, body: ControlCodec.encode(request))
  }

  public func planDestroy(_ request: DestroyRequest) async throws -> PlanResult {
    try await ask("POST", ControlPath.planDestroy, body: ControlCodec.encode(request))
  }

  public func planRevision(_ request: RevisionRequest) async throws -> PlanResult {
    try await ask("POST", ControlPath.planRevision, body: ControlCodec.encode(request))
  }

  public func draft(_ request: DraftRequest) async throws -> TemplateDraft {
    try await ask("POST", ControlPath.draft, body: ControlCodec.encode(request))
  }

  public func apply(_ plan: Plan, onEvent: @escaping @Sendable (StackEvent) -> Void) async throws
    -> StackState
  { try await follow(ControlPath.apply, ControlCodec.encode(plan), onEvent) }

  public func rollBack(
    _ request: RollbackRequest, onEvent: @escaping @Sendable (StackEvent) -> Void
  ) async throws -> StackState {
    try await follow(ControlPath.rollback, ControlCodec.encode(request), onEvent)
  }

  private func follow(
    _ path: String, _ body: [UInt8], _ onEvent: @Sendable (StackEvent) -> Void
  ) async throws -> StackState {
    let (status, lines) = try await transport.send("POST", path, body: body)
    guard status == 200 else { throw try await fault(status, lines) }
    for try await bytes in lines where !bytes.isEmpty {
      let line = try ControlCodec.decode(ApplyLine.self, bytes)
      if let event = line.event { onEvent(event) }
      if let failure = line.failure { throw failure }
      if let state = line.state { return state }
    }
    throw StackFailure(
      .stackNotUpdatable, "the server ended its answer before the deployment was done",
      hint: "look at the stack's events; an interrupted deployment is carried on at the next start")
  }

  public func stacks(in scope: Scope) async throws -> [StackState] {
    try await ask("GET", "\(ControlPath.stacks)?\(query(scope))")
  }

  public func stack(named name: String, in scope: Scope) async throws -> StackState? {
    let answer: StackAnswer = try await ask(
      "GET", "\(ControlPath.stack)?name=\(Self.escape(name))&\(query(scope))")
    return answer.stack
  }

  public func events(ofStack name: String, in scope: Scope) async throws -> [StackEvent] {
    try await ask("GET", "\(ControlPath.events)?name=\(Self.escape(name))&\(query(scope))")
  }

  public func history(ofStack name: String, in scope: Scope) async throws -> [DeploymentRecord] {
    try await ask("GET", "\(ControlPath.history)?name=\(Self.escape(name))&\(query(scope))")
  }

  public func drift(ofStack name: String, in scope: Scope) async throws -> DriftReport {
    try await ask("GET", "\(ControlPath.drift)?name=\(Self.escape(name))&\(query(scope))")
  }

  public func planAdoption(ofStack name: String, in scope: Scope) async throws -> PlanResult {
    try await ask("GET", "\(ControlPath.planAdoption)?name=\(Self.escape(name))&\(query(scope))")
  }

  public func buffers(ofStack name: String, in scope: Scope) async throws -> [StackBuffer] {
    try await ask("GET", "\(ControlPath.buffers)?name=\(Self.escape(name))&\(query(scope))")
  }

  public func flush(_ request: FlushRequest) async throws -> [StackBuffer] {
    try await ask("POST", ControlPath.flush, body: ControlCodec.encode(request))
  }

  private func ask<Answer: Decodable>(_ method: String, _ path: String, body: [UInt8] = [])
    async throws -> Answer
  {
    let (status, lines) = try await transport.send(method, path, body: body)
    guard status == 200 else { throw try await fault(status, lines) }
    return try ControlCodec.decode(Answer.self, try await collect(lines))
  }

  private func fault(_ status: Int, _ lines: AsyncThrowingStream<[UInt8], any Error>) async throws
    -> any Error
  {
    let bytes = try await collect(lines)
    do {
      if status == 409, let failure = try? ControlCodec.decode(StackFailure.self, bytes) {
        return failure  // What is no StackFailure is a ControlFault, which is tried next.
      }
      return try ControlCodec.decode(ControlFault.self, bytes)
    } catch {
      // Not our server's way of failing: tell what came.
      let text = String(decoding: bytes.prefix(200), as: UTF8.self)
      return ControlFault(message: "the server answered \(status): \(text)")
    }
  }

  private func collect(_ lines: AsyncThrowingStream<[UInt8], any Error>) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    for try await line in lines { bytes += line }
    return bytes
  }

  private func query(_ scope: Scope) -> String {
    "account=\(Self.escape(scope.account.text))&region=\(Self.escape(scope.region.text))"
  }

  /// Percent-encodes all but the unreserved characters.
  static func escape(_ text: String) -> String {
    var out = ""
    let digits = Array("0123456789ABCDEF")
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        out.append(Character(UnicodeScalar(byte)))
      default:
        out += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }
    return out
  }
}
