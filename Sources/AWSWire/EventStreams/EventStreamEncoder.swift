import AWSModel
import PropertyTree

/// Turns the events of an operation into messages, one as it is asked for: whoever writes them to
/// the socket sets the pace.
struct EventStreamEncoder: AsyncSequence, Sendable {
  static let contentType = "application/vnd.amazon.eventstream"

  typealias Element = [UInt8]
  typealias Failure = any Error

  let events: EventStream
  let wireProtocol: WireProtocol
  /// The operation's other members, told in a first message by protocols that have no headers for
  /// them.
  let initialResponse: (members: PropertyValue, shape: MemberShape)?

  func makeAsyncIterator() -> Iterator { Iterator(self) }

  struct Iterator: AsyncIteratorProtocol {
    private var events: any AsyncIteratorProtocol<StreamEvent, any Error>
    private let messages: EventMessages
    private var initial: [UInt8]?
    private var isFinished = false

    init(_ encoder: EventStreamEncoder) {
      events = encoder.events.makeIterator()
      messages = EventMessages(wireProtocol: encoder.wireProtocol)
      initial = encoder.initialResponse.map { [messages] in
        messages.event(
          StreamEvent("initial-response", members: $0.members, shape: $0.shape))
      }
    }

    /// A fault of the stream is its last message.
    mutating func next() async throws -> [UInt8]? {
      if let first = initial {
        initial = nil
        return first
      }
      guard !isFinished else { return nil }
      do {
        guard let event = try await events.next(isolation: nil) else { return nil }
        return messages.event(event)
      } catch let fault as ServiceError {
        isFinished = true
        return messages.exception(fault)
      }
    }
  }
}

/// Events and faults as messages of one protocol.
struct EventMessages: Sendable {
  let wireProtocol: WireProtocol

  func event(_ event: StreamEvent) -> [UInt8] {
    var headers = [text(":message-type", "event"), text(":event-type", event.name)]
    if let payload = event.payload {
      headers.append(text(":content-type", event.contentType ?? "application/octet-stream"))
      return EventStreamMessage(headers: headers, payload: payload).bytes
    }
    headers.append(text(":content-type", ResponseEncoder.contentType(wireProtocol)))
    return EventStreamMessage(
      headers: headers, payload: document(event.members, event.shape, root: event.name)
    ).bytes
  }

  func exception(_ fault: ServiceError) -> [UInt8] {
    var members = fault.fields
    members["message"] = .string(fault.message)
    return EventStreamMessage(
      headers: [
        text(":message-type", "exception"), text(":exception-type", fault.code),
        text(":content-type", ResponseEncoder.contentType(wireProtocol)),
      ], payload: document(.object(members), .plain, root: "Error")
    ).bytes
  }

  private func text(_ name: String, _ value: String) -> EventStreamMessage.Header {
    EventStreamMessage.Header(name, .text(value))
  }

  private func document(
    _ members: PropertyValue, _ shape: MemberShape, root: String
  ) -> [UInt8] {
    switch wireProtocol {
    case .json10, .json11, .restJSON: JSONWriter.bytes(members)
    case .cbor11, .rpcV2CBOR: CBORTree(wireProtocol).bytes(members, shape: shape)
    case .query, .ec2Query, .restXML: xml(members, root)
    }
  }

  private func xml(_ members: PropertyValue, _ root: String) -> [UInt8] {
    var xml = XMLWriter()
    xml.value(members, named: root)
    return xml.bytes
  }
}
