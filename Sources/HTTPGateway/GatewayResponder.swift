import AWSModel
import AWSWire
import Effects
import Emulator
import HTTPTypes
import HummingbirdCore
import NIOCore

/// Answers one request of the general path: guards, then `/_leat/…` or the emulator.
struct GatewayResponder: Sendable {
  let environment: ServedEnvironment
  let configuration: GatewayConfiguration

  private static let controlPrefix = "/_leat/"
  /// Other emulators' addresses of the same things, which their users' scripts call.
  private static let aliases = [
    "POST /moto-api/reset": "/_leat/reset", "GET /_localstack/health": "/_leat/health",
  ]
  private static let fileChunkBytes = 256 << 10

  private var emulator: Emulator { environment.emulator }
  private var control: any ControlEndpoint { environment.control }
  private var effects: Effects { emulator.environment.effects }

  func respond(to request: Request, _ writer: consuming ResponseWriter) async throws {
    var wire = WireRequest(request.head)
    if let path = Self.aliases["\(wire.method) \(wire.path)"] { wire.path = path }
    let isControl = wire.path.hasPrefix(Self.controlPrefix)
    if isControl || !emulator.hasFrontDoor(for: wire),
      let refusal = OriginGuard(host: configuration.host).refusal(wire, isControl: isControl)
    {
      return try await write(refusal, wire, writer)
    }
    if wire.header("expect")?.lowercased() == "100-continue" {
      try await writer.writeInformationalHead(HTTPResponse(status: .continue))
    }
    let body = StreamedBody(request)
    if isControl {
      try await respondToControl(wire, body, writer)
    } else {
      let response = await emulator.handle(
        wire, body: body, bodyBytesMax: configuration.bodyBytesMax)
      try await write(response, wire, writer)
    }
  }

  // MARK: AWS

  private func write(
    _ response: WireResponse, _ request: WireRequest, _ writer: consuming ResponseWriter
  ) async throws {
    switch response.body {
    case .bytes(let bytes):
      let head = head(response, request, count: Int64(bytes.count))
      if request.method == "HEAD" || bytes.isEmpty {
        try await writer.writeResponse(head)
      } else {
        try await writer.write(
          response: head, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
      }
    case .file(let path, let offset, let count):
      let head = head(response, request, count: count)
      if request.method == "HEAD" { return try await writer.writeResponse(head) }
      // Opened before the head goes out: afterwards a missing file could no longer be reported.
      let file: any FileHandle
      do {
        file = try effects.files.open(path, .read)
      } catch {
        return try await write(unreadable(error, request), request, writer)
      }
      var body: any ResponseBodyWriter = try await writer.writeHead(head)
      try await copy(file, offset, count, to: &body)
      try await body.finish(nil)
    case .stream(let stream):
      var head = head(response, request, count: 0)
      head.headerFields[.contentLength] = nil
      if request.method == "HEAD" { return try await writer.writeResponse(head) }
      var body: any ResponseBodyWriter = try await writer.writeHead(head)
      // A write waits until the socket has taken it, and the next piece is not asked for before.
      for try await piece in stream.chunks { try await body.write(ByteBuffer(bytes: piece)) }
      try await body.finish(nil)
    }
  }

  private func copy(
    _ file: any FileHandle, _ offset: Int64, _ count: Int64, to body: inout any ResponseBodyWriter
  ) async throws {
    var position = offset
    while position < offset + count {
      let wanted = Int(min(Int64(Self.fileChunkBytes), offset + count - position))
      let bytes = try file.read(at: position, count: wanted)
      // Throwing ends the connection: a short body must not look whole.
      guard !bytes.isEmpty else {
        throw ServiceError.internalFailure("a file ends before its announced length")
      }
      position += Int64(bytes.count)
      try await body.write(ByteBuffer(bytes: bytes))
    }
  }

  private func unreadable(_ error: FileFailure, _ request: WireRequest) -> WireResponse {
    emulator.environment.report("\(request.method) \(request.path) failed: \(error)")
    return ErrorEncoder.encode(
      .internalFailure("The object's bytes can't be read."), wireProtocol: .restXML,
      resource: request.path, requestID: effects.random.uuid())
  }

  private func head(_ response: WireResponse, _ request: WireRequest, count: Int64) -> HTTPResponse
  {
    var head = HTTPResponse(status: .init(code: response.status))
    for header in response.headers {
      guard let name = HTTPField.Name(header.name) else { continue }
      head.headerFields.append(HTTPField(name: name, value: header.value))
    }
    head.headerFields[.date] = effects.clock.now.httpDate
    let keepsLength = request.method == "HEAD" && response.header("content-length") != nil
    if response.status == 204 || response.status == 304 {
      head.headerFields[.contentLength] = nil
    } else if !keepsLength {
      head.headerFields[.contentLength] = String(count)
    }
    return head
  }

  // MARK: Leat

  /// Plans carry the archives of functions along, in base64: 250 MB and more.
  private static let controlBytesMax = 384 << 20

  private func respondToControl(
    _ request: WireRequest, _ body: StreamedBody, _ writer: consuming ResponseWriter
  ) async throws {
    var body = body
    let bytes: [UInt8]
    do {
      bytes = try await body.collect(upTo: Self.controlBytesMax)
    } catch let error as ServiceError {
      return try await write(
        ErrorEncoder.encode(
          error, wireProtocol: .restJSON, requestID: effects.random.uuid()), request, writer)
    }
    let response = await control.respond(
      to: ControlRequest(
        method: request.method,
        path: FormCoding.decode(request.path.dropFirst(Self.controlPrefix.count)),
        query: Dictionary(request.query.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 }),
        body: bytes))
    let type = WireHeader("content-type", response.contentType)
    switch response.body {
    case .bytes(let bytes):
      try await write(
        WireResponse(status: response.status, headers: [type], body: .bytes(bytes)), request,
        writer)
    case .lines(let lines):
      var head = HTTPResponse(status: .init(code: response.status))
      head.headerFields[.contentType] = response.contentType
      head.headerFields[.date] = effects.clock.now.httpDate
      var body: any ResponseBodyWriter = try await writer.writeHead(head)
      for await line in lines {
        var buffer = ByteBuffer(bytes: line)
        if line.last != 0x0A { buffer.writeInteger(0x0A as UInt8) }
        try await body.write(buffer)
      }
      try await body.finish(nil)
    }
  }
}

extension WireRequest {
  init(_ head: HTTPRequest) {
    self.init(
      method: head.method.rawValue, target: head.path ?? "/",
      headers: head.headerFields.map { WireHeader($0.name.canonicalName, $0.value) },
      host: head.authority ?? "localhost")
  }
}
