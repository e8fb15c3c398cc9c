/// The way back for an operation that takes bytes and answers by callback.
public struct HotReply: Sendable {
  private let end: @Sendable (Result<[UInt8], ServiceError>) -> Void
  private let take: @Sendable (UnsafeRawBufferPointer) -> Void

  /// - Parameters:
  ///   - take: takes a part of a long answer, while the operation is being called. Its bytes are valid
  ///     during the call only.
  ///   - end: takes the answer, or what follows its parts, or an error; on any thread, once. After
  ///     parts an error can only end the connection.
  public init(
    take: @escaping @Sendable (UnsafeRawBufferPointer) -> Void,
    end: @escaping @Sendable (Result<[UInt8], ServiceError>) -> Void
  ) {
    self.take = take
    self.end = end
  }

  /// Ends the answer.
  public func callAsFunction(_ result: Result<[UInt8], ServiceError>) { end(result) }

  /// Sends a part of an answer that is too long to be held whole; only while the operation is being
  /// called, on its thread.
  public func send(_ part: UnsafeRawBufferPointer) { take(part) }
}
