import AWSModel
import PropertyTree
import ServiceKit

/// A call whose response goes to its caller as the function writes it.
/// https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
struct StreamedInvocation: Sendable {
  let stream = ResponseStream()
  /// Ends with the call.
  let result: Task<FunctionResult, any Error>

  /// Starts the call, which goes on when its reader goes away.
  init(_ start: @escaping @Sendable (ResponseStream) async throws -> FunctionResult) {
    let stream = stream
    result = Task {
      defer { stream.finish() }
      return try await start(stream)
    }
  }

  /// The content type of what the function streams; nil where it answered as a whole, or failed.
  func contentType() async -> String? { await stream.begun() }

  /// `PayloadChunk`s, and the end.
  ///
  /// - Parameter showsLog: adds the tail of the log.
  func events(showsLog: Bool) -> EventStream {
    EventStream(Events(invocation: self, showsLog: showsLog, guardian: Guardian(stream)))
  }

  /// The bytes of the response as they come, behind those that were read already. A function that
  /// fails breaks them off.
  func bytes(after first: [UInt8]) -> ByteStream {
    ByteStream(Bytes(invocation: self, first: first, guardian: Guardian(stream)))
  }

  fileprivate struct Bytes: AsyncSequence, Sendable {
    typealias Element = [UInt8]
    typealias Failure = any Error

    let invocation: StreamedInvocation
    let first: [UInt8]
    let guardian: Guardian

    func makeAsyncIterator() -> Iterator { Iterator(bytes: self, first: first) }

    struct Iterator: AsyncIteratorProtocol {
      let bytes: Bytes
      var first: [UInt8]

      mutating func next() async throws -> [UInt8]? {
        if !first.isEmpty {
          defer { first = [] }
          return first
        }
        if let chunk = await bytes.invocation.stream.next() { return chunk }
        let result = try await bytes.invocation.result.value
        guard result.functionError == nil else {
          throw ServiceError(
            ErrorDocument.type(of: result.payload) ?? "Unhandled",
            "The function failed while it streamed its response.", status: 502)
        }
        return nil
      }
    }
  }

  /// Goes with the answer: nobody reads any more.
  fileprivate final class Guardian: Sendable {
    private let stream: ResponseStream
    init(_ stream: ResponseStream) { self.stream = stream }
    deinit { stream.abandon() }
  }

  fileprivate struct Events: AsyncSequence, Sendable {
    typealias Element = StreamEvent
    typealias Failure = any Error

    let invocation: StreamedInvocation
    let showsLog: Bool
    let guardian: Guardian

    func makeAsyncIterator() -> Iterator {
      Iterator(invocation: invocation, showsLog: showsLog, guardian: guardian)
    }
  }

  fileprivate struct Iterator: AsyncIteratorProtocol {
    let invocation: StreamedInvocation
    let showsLog: Bool
    let guardian: Guardian
    private var isStreamOver = false
    private var isOver = false

    init(invocation: StreamedInvocation, showsLog: Bool, guardian: Guardian) {
      self.invocation = invocation
      self.showsLog = showsLog
      self.guardian = guardian
    }

    mutating func next() async throws -> StreamEvent? {
      if isOver { return nil }
      if !isStreamOver {
        if let chunk = await invocation.stream.next() {
          return StreamEvent("PayloadChunk", payload: chunk)
        }
        isStreamOver = true
        // A response that came whole is one chunk.
        let result = try await invocation.result.value
        if result.functionError == nil, !result.payload.isEmpty {
          return StreamEvent("PayloadChunk", payload: result.payload)
        }
      }
      isOver = true
      let result = try await invocation.result.value
      var members: PropertyObject = [:]
      if result.functionError != nil {
        members["ErrorCode"] = .string(ErrorDocument.type(of: result.payload) ?? "Unhandled")
        members["ErrorDetails"] = .string(String(decoding: result.payload, as: UTF8.self))
      }
      if showsLog { members["LogResult"] = .string(Base64.encode(Array(result.logTail.utf8))) }
      return StreamEvent("InvokeComplete", members: .object(members))
    }
  }
}
