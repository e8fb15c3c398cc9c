import AWSModel
import Diagnostics
import Effects
import Emulator
import PropertyTree
import ServiceKit
import StackContracts
import StackEngine

/// An environment that a running server holds.
final class ServedConnection: EnvironmentConnection {
  private let http: HTTPClientConnection
  private let scope: Scope
  private let address: String
  let stacks: any StackOperations

  init(endpoint: String, scope: Scope) async throws {
    let http = try await HTTPClientConnection.connect(to: endpoint)
    self.http = http
    self.scope = scope
    address = endpoint
    stacks = RemoteStackOperations(transport: HTTPControlTransport(http: http))
  }

  var endpoint: String? { address }

  func call(_ service: String, _ operation: String, _ input: PropertyValue) async throws
    -> PropertyValue
  {
    guard let prefix = Emulator.traits(of: service)?.targetPrefix else {
      preconditionFailure("\(service) has no JSON protocol")
    }
    let credential = "\(scope.account)/20260101/\(scope.region)/\(service)/aws4_request"
    let answer = try await http.request(
      "POST", "/",
      headers: [
        ("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "\(prefix).\(operation)"),
        (
          "authorization",
          "AWS4-HMAC-SHA256 Credential=\(credential), SignedHeaders=host, Signature=unsigned"
        ),
      ], body: JSONWriter.bytes(input))
    let body = try await answer.collect()
    let members: PropertyValue = body.isEmpty ? [:] : try JSONReader.read(body)
    guard answer.status < 300 else {
      let type = members["__type"]?.stringValue ?? "InternalFailure"
      throw ServiceError(
        type.split(separator: "#").last.map(String.init) ?? type,
        members["message"]?.stringValue ?? members["Message"]?.stringValue ?? "",
        status: answer.status)
    }
    return members
  }

  func control(_ method: String, _ path: String, _ body: PropertyValue) async throws
    -> PropertyValue
  {
    let answer = try await http.request(
      method, "/_leat/\(path)", headers: [("content-type", "application/json")],
      body: method == "GET" ? [] : JSONWriter.bytes(body))
    let bytes = try await answer.collect()
    let members: PropertyValue = bytes.isEmpty ? [:] : try JSONReader.read(bytes)
    guard answer.status < 300 else {
      let message = members["error"]?.stringValue ?? members["message"]?.stringValue
      throw StackFailure(
        .invalidArgument, message ?? "the server answered \(answer.status)",
        hint: members["hint"]?.stringValue)
    }
    return members
  }

  func time() async throws -> Timestamp {
    let answer = try await control("GET", ControlPath.clock, .null)
    guard let milliseconds = answer["milliseconds"]?.integerValue else {
      throw EndpointFailure("the server did not tell its time")
    }
    return Timestamp(milliseconds: milliseconds)
  }

  func measures(ofStream arn: String, recentMilliseconds: Int64) async throws -> StreamMeasures {
    let answer = try await control(
      "GET", "\(ControlPath.streamShards)?arn=\(arn)&recent=\(recentMilliseconds)", .null)
    return try TreeDecoder().decode(StreamMeasures.self, from: answer)
  }

  func flush(_ request: FlushRequest) async throws -> [StackBuffer] {
    try await stacks.flush(request)
  }

  func observe(_ call: ObservedCall) async throws -> ObservedResult {
    let path =
      "/_leat/\(ControlPath.invoke)?account=\(scope.account)&region=\(scope.region)"
    let answer = try await http.request(
      "POST", path, headers: [("content-type", "application/json")],
      body: ControlCodec.encode(call))
    let bytes = try await answer.collect()
    guard answer.status < 300 else {
      let members = try JSONReader.read(bytes)
      throw ServiceError(
        members["code"]?.stringValue ?? "InternalFailure",
        members["message"]?.stringValue ?? "the server answered \(answer.status)",
        status: answer.status)
    }
    return try ControlCodec.decode(ObservedResult.self, bytes)
  }

  func close() async { await http.close() }
}

/// Carries `/_leat/` requests over the connection, answers split into lines.
private struct HTTPControlTransport: ControlTransport {
  var http: HTTPClientConnection

  func send(_ method: String, _ path: String, body: [UInt8]) async throws
    -> (status: Int, lines: AsyncThrowingStream<[UInt8], any Error>)
  {
    let answer = try await http.request(
      method, "/_leat/\(path)", headers: [("content-type", "application/json")], body: body)
    let (lines, sink) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
    Task {
      var rest: [UInt8] = []
      do {
        for try await chunk in answer.chunks {
          rest += chunk
          while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            sink.yield(Array(rest[..<end]))
            rest.removeSubrange(...end)
          }
        }
        if !rest.isEmpty { sink.yield(rest) }
        sink.finish()
      } catch {
        sink.finish(throwing: error)
      }
    }
    return (answer.status, lines)
  }
}
