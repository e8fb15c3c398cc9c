import PropertyTree

/// One event of an operation that answers with a stream of them.
public struct StreamEvent: Sendable, Hashable {
  /// The member of the stream's union: `SubscribeToShardEvent`, `PayloadChunk`.
  public var name: String
  public var members: PropertyValue
  public var shape: MemberShape
  /// Sent as it is in place of the members: a blob or text that is the event's whole payload.
  public var payload: [UInt8]?
  /// Of `payload`; nil means bytes.
  public var contentType: String?

  public init(_ name: String, members: PropertyValue, shape: MemberShape = .plain) {
    self.name = name
    self.members = members
    self.shape = shape
  }

  public init(_ name: String, payload: [UInt8], contentType: String? = nil) {
    self.name = name
    members = .object([:])
    shape = .plain
    self.payload = payload
    self.contentType = contentType
  }
}

/// The events of one answer, made as they are asked for. A `ServiceError` that is thrown becomes the
/// last message; when the client goes, iteration ends and its iterator with it.
public struct EventStream: Sendable {
  private let events: any AsyncSequence<StreamEvent, any Error> & Sendable

  public init(_ events: some AsyncSequence<StreamEvent, any Error> & Sendable) {
    self.events = events
  }

  public func makeIterator() -> any AsyncIteratorProtocol<StreamEvent, any Error> {
    Self.iterator(of: events)
  }

  private static func iterator<Events: AsyncSequence<StreamEvent, any Error>>(
    of events: Events
  ) -> any AsyncIteratorProtocol<StreamEvent, any Error> {
    events.makeAsyncIterator()
  }
}

/// Bytes of a length that is not known before their end, made as they are asked for.
public struct ByteStream: Sendable {
  public let chunks: any AsyncSequence<[UInt8], any Error> & Sendable

  public init(_ chunks: some AsyncSequence<[UInt8], any Error> & Sendable) { self.chunks = chunks }
}
