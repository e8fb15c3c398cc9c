import PropertyTree

/// The place of an input's or output's member in an HTTP message, for the REST protocols. Members
/// without a binding stand in the body's document.
public enum HTTPBinding: Sendable, Hashable {
  /// A `{Name}` of the URI pattern; labels bind by their own name without being listed.
  case query(String)
  case header(String)
  /// All headers that start so, as an object keyed by the rest (`x-amz-meta-`).
  case headerPrefix(String)
  /// The member is the whole body document (XML: its element's name is the member's).
  case payload
  /// Output only: the status code.
  case status
}

/// The method, path and status by which a REST operation is reached.
public struct HTTPTrait: Sendable, Hashable {
  /// `GET`, `PUT`, …
  public var method: String
  /// `/2015-03-31/functions/{FunctionName}/invocations`; `{Key+}` takes the rest with its slashes.
  public var path: String
  /// Query keys that must be present (an empty value means any): `["uploads": ""]` for `?uploads`.
  public var requiredQuery: [String: String]
  /// Headers that must be present for this operation to match: `x-amz-copy-source`.
  public var requiredHeaders: [String]
  public var successStatus: Int
  public var input: [String: HTTPBinding]
  public var output: [String: HTTPBinding]
  /// restXML: the name of the answer's root element.
  public var outputRoot: String?

  public init(
    _ method: String, _ path: String, query requiredQuery: [String: String] = [:],
    headers requiredHeaders: [String] = [], status successStatus: Int = 200,
    input: [String: HTTPBinding] = [:], output: [String: HTTPBinding] = [:],
    outputRoot: String? = nil
  ) {
    self.method = method
    self.path = path
    self.requiredQuery = requiredQuery
    self.requiredHeaders = requiredHeaders
    self.successStatus = successStatus
    self.input = input
    self.output = output
    self.outputRoot = outputRoot
  }
}

/// The decoded request, as the wire layer hands it to an operation.
public struct OperationInput: Sendable {
  /// The members, by their AWS names, bound from body, URI, query and headers.
  public var members: PropertyValue
  /// The raw payload of a streaming operation; empty for others.
  public var body: any RequestBody
  /// Places where one value may stand for a list of one, because the protocol can't tell the two
  /// apart.
  public var lenientLists: LenientLists

  public init(
    members: PropertyValue, body: any RequestBody = BufferedBody([]),
    lenientLists: LenientLists = .never
  ) {
    self.members = members
    self.body = body
    self.lenientLists = lenientLists
  }

  /// Decodes the members. What is missing is a ValidationException, a value of another type a
  /// SerializationException, what `Input` does not declare an UnsupportedOperation that names it.
  public func decode<Input: Decodable>(_ type: Input.Type, operation: String) throws -> Input {
    try Operation.decodeInput(
      type, from: members, operation: operation, lenientLists: lenientLists)
  }
}

/// The answer of an operation, before it takes the wire's form.
public struct OperationOutput: Sendable {
  public var members: PropertyValue
  /// Replaces the encoded document (S3 GetObject, Lambda Invoke).
  public var body: ResponseBody?
  /// Events that follow the members, as an event stream.
  public var events: EventStream?
  /// Extra headers, sent as they are.
  public var headers: [(name: String, value: String)]
  /// Replaces the trait's success status.
  public var status: Int?

  public init(
    members: PropertyValue = .object(PropertyObject()), body: ResponseBody? = nil,
    events: EventStream? = nil, headers: [(name: String, value: String)] = [],
    status: Int? = nil
  ) {
    self.members = members
    self.body = body
    self.events = events
    self.headers = headers
    self.status = status
  }
}

/// One API operation of a service: its name, traits and behaviour.
public struct Operation: Sendable {
  public typealias Body =
    @Sendable (OperationInput, RequestContext) async throws -> OperationOutput
  /// Takes the request's JSON bytes, answers JSON bytes through `reply`, on any thread, once.
  /// Returns false, having changed nothing, for whatever it does not know: the general way then
  /// answers, with all checks. It may also call `thorough` itself later, instead of `reply`.
  public typealias HotBody =
    @Sendable (
      _ request: [UInt8], RequestContext, _ reply: HotReply,
      _ thorough: @escaping @Sendable () -> Void
    ) -> Bool

  public var name: String
  /// The way to an operation that is no part of AWS's API, or goes a way of its own there; the model
  /// knows it for the others.
  public var http: HTTPTrait?
  /// restXML: the name of the answer's root element, which the model leaves out.
  public var answerRoot: String?
  /// True when `OperationInput.body` carries the payload unread.
  public var streamsBody: Bool
  public var invoke: Body
  /// The type that `typed` decodes requests as, for the documentation and for the test that holds
  /// its members against AWS's.
  public var inputType: (any (Decodable & Sendable).Type)?
  /// True for an operation that is listed only so that it is refused by its own name.
  public var isRefusal = false
  /// A second way in for operations that must be fast: no tree, no tasks. Same behaviour.
  public var hot: HotBody?
  /// Blobs, timestamps and maps among the output's members, for protocols that tell them apart.
  public var outputShape = MemberShape.plain

  /// The general form; `typed` is what most operations want.
  public init(
    name: String, http: HTTPTrait? = nil, answerRoot: String? = nil, streamsBody: Bool = false,
    hot: HotBody? = nil, invoke: @escaping Body
  ) {
    self.name = name
    self.http = http
    self.answerRoot = answerRoot
    self.streamsBody = streamsBody
    self.hot = hot
    self.invoke = invoke
  }

  /// The same operation, the blobs, timestamps and maps of its output known.
  public func answering(_ shape: MemberShape) -> Operation {
    var operation = self
    operation.outputShape = shape
    return operation
  }

  /// An operation with a Codable input and output, property names being AWS's member names.
  /// A member of the request that `Input` does not declare is refused by name.
  public static func typed<Input: Decodable & Sendable, Output: Encodable & Sendable>(
    _ name: String, http: HTTPTrait? = nil,
    _ body: @escaping @Sendable (Input, RequestContext) async throws -> Output
  ) -> Operation {
    var operation = Operation(name: name, http: http) { input, context in
      let request = try input.decode(Input.self, operation: name)
      let output = try await body(request, context)
      return OperationOutput(members: try TreeEncoder().encode(output))
    }
    operation.inputType = Input.self
    return operation
  }

  /// An operation with a Codable input that answers with a stream of events and nothing else.
  public static func streaming<Input: Decodable & Sendable>(
    _ name: String,
    _ body: @escaping @Sendable (Input, RequestContext) async throws -> EventStream
  ) -> Operation {
    var operation = Operation(name: name) { input, context in
      let request = try input.decode(Input.self, operation: name)
      return OperationOutput(events: try await body(request, context))
    }
    operation.inputType = Input.self
    return operation
  }

  /// Decodes members as `OperationInput.decode` does, where there is no request: a resource's
  /// properties, the hot way in.
  public static func decodeInput<Input: Decodable>(
    _ type: Input.Type, from members: PropertyValue, operation: String,
    lenientLists: LenientLists = .never
  ) throws -> Input {
    do {
      let (value, unread) = try TreeDecoder(lenientLists: lenientLists)
        .decodeReportingUnread(type, from: members)
      if let first = unread.first {
        throw ServiceError.unsupported("the parameter `\(first)` of \(operation)")
      }
      return value
    } catch let error as DecodingError {
      if let fault = serializationFault(error) { throw fault }
      throw ServiceError.validation(describe(error))
    }
  }

  /// The fault of a value that has another type than its member, in the words of AWS's parsers.
  private static func serializationFault(_ error: DecodingError) -> ServiceError? {
    guard case .typeMismatch(let expected, _) = error else { return nil }
    let message =
      switch expected {
      case is [PropertyValue].Type: "Expected list or null"
      case is [String: PropertyValue].Type: "Expected map or null"
      default: describe(error)
      }
    return ServiceError("SerializationException", message)
  }

  private static func describe(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, let context):
      let path = (context.codingPath.map(\.stringValue) + [key.stringValue]).joined(separator: ".")
      return "The request is missing the required parameter `\(path)`."
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
      .dataCorrupted(let context):
      let path = context.codingPath.map(\.stringValue).joined(separator: ".")
      return "The parameter `\(path)` is not valid: \(context.debugDescription)."
    @unknown default: return "The request is not valid."
    }
  }
}

/// An output without members.
public struct EmptyOutput: Codable, Sendable, Hashable { public init() {} }
