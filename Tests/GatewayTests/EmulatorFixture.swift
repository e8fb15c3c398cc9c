import AWSModel
import AWSWire
import Effects
import Emulator
import PropertyTree
import ServiceKit

/// An emulator of the test's services without a socket, gone when `body` returns.
func withEmulator(
  _ services: [any Service], authorizer: (any RequestAuthorizer)? = nil,
  _ body: (Emulator) async throws -> Void
) async throws {
  let effects = Effects.live()
  let directory = "/tmp/leat-emulator-\(effects.random.uuid())"
  let emulator = try Emulator(
    EmulatorConfiguration(dataDirectory: directory, isDurable: false), effects: effects,
    authorizer: authorizer, make: { _ in services })
  defer { try? effects.files.remove(directory) }  // left behind in /tmp, it hurts nobody
  try await body(emulator)
  try emulator.close()
}

extension WireResponse {
  /// The whole body. A file has none here.
  var bytes: [UInt8] {
    get async throws {
      switch body {
      case .bytes(let bytes): return bytes
      case .file: return []
      case .stream(let stream):
        var all: [UInt8] = []
        for try await piece in stream.chunks { all += piece }
        return all
      }
    }
  }

  var text: String { get async throws { String(decoding: try await bytes, as: UTF8.self) } }
}

/// Requests in each protocol to `Echo` of a `PolyglotService`, with the member `Name`.
struct SpokenRequest {
  var request: WireRequest
  var body: [UInt8]

  static func scope(_ service: String) -> WireHeader {
    WireHeader(
      "authorization",
      "AWS4-HMAC-SHA256 Credential=AKID/20261121/eu-west-1/\(service)/aws4_request, "
        + "SignedHeaders=host, Signature=0")
  }

  init(
    _ wire: WireProtocol, operation: String = "Echo", members: PropertyValue = ["Name": "n"]
  ) {
    let json = JSONWriter.bytes(members)
    let cbor = CBORTree(wire).bytes(members, shape: .structure(["Data": .blob]))
    let form = (members.objectValue ?? [:]).map { "&\($0.key)=\($0.value.scalarText ?? "")" }
    switch wire {
    case .json10, .json11, .cbor11:
      request = Self.post(
        "/", "poly",
        [
          WireHeader("x-amz-target", "Poly_1.\(operation)"),
          WireHeader("content-type", ResponseEncoder.contentType(wire)),
        ])
      body = wire == .cbor11 ? cbor : json
    case .rpcV2CBOR:
      request = Self.post(
        "/service/Poly_1/operation/\(operation)", "poly",
        [
          WireHeader("smithy-protocol", "rpc-v2-cbor"),
          WireHeader("content-type", "application/cbor"),
        ])
      body = cbor
    case .query, .ec2Query:
      request = Self.post(
        "/", wire == .query ? "poly" : "ec2",
        [WireHeader("content-type", "application/x-www-form-urlencoded")])
      let version = wire == .query ? "1" : "2"
      body = Array("Action=\(operation)&Version=\(version)\(form.joined())".utf8)
    case .restJSON:
      request = Self.post("/\(operation.lowercased())", "restjson", [])
      body = json
    case .restXML:
      request = Self.post("/\(operation.lowercased())", "restxml", [])
      let parts = (members.objectValue ?? [:]).map {
        "<\($0.key)>\($0.value.scalarText ?? "")</\($0.key)>"
      }
      body = Array("<In>\(parts.joined())</In>".utf8)
    }
  }

  private static func post(_ path: String, _ service: String, _ headers: [WireHeader])
    -> WireRequest
  {
    WireRequest(method: "POST", path: path, headers: [scope(service)] + headers)
  }

  func send(to emulator: Emulator) async -> WireResponse {
    await emulator.handle(request, body: BufferedBody(body))
  }
}

/// The same operations in services that between them speak every protocol.
struct PolyglotService: Service {
  static let traits = ServiceTraits(
    "poly", .json11, alsoSpeaks: [.cbor11, .rpcV2CBOR, .query],
    targetPrefix: "Poly_1", apiVersion: "1", xmlNamespace: "urn:poly")

  static var all: [any Service] {
    [PolyglotService(), EC2LikeService(), RESTService<JSONDialect>(), RESTService<XMLDialect>()]
  }

  static let shape = MemberShape.structure([
    "Data": .blob, "At": .timestamp, "Map": .map(.plain),
  ])

  static func echo(_ http: HTTPTrait? = nil) -> Operation {
    Operation(name: "Echo", http: http) { input, _ in
      struct Input: Decodable { var Name: String }
      let name = try input.decode(Input.self, operation: "Echo").Name
      if name == "limited" {
        throw ServiceError(
          "Throttled", "Slow down.", status: 429, headers: ["Retry-After": "3"])
      }
      return OperationOutput(members: [
        "Name": .string(name), "Data": "AQI=", "At": .double(1.5),
        "List": [["K": 1], ["K": 2]], "Empty": .list([]), "Map": ["a": "1"],
      ])
    }.answering(shape)
  }

  var operations: [Operation] { [Self.echo()] }
}

struct EC2LikeService: Service {
  static let traits = ServiceTraits("ec2", .ec2Query, apiVersion: "2", xmlNamespace: "urn:ec2")
  var operations: [Operation] { [PolyglotService.echo()] }
}

protocol RESTDialect: Sendable {
  static var traits: ServiceTraits { get }
}

enum JSONDialect: RESTDialect {
  static let traits = ServiceTraits("restjson", .restJSON)
}

enum XMLDialect: RESTDialect {
  static let traits = ServiceTraits("restxml", .restXML)
}

struct RESTService<Dialect: RESTDialect>: Service {
  static var traits: ServiceTraits { Dialect.traits }
  var operations: [Operation] {
    [PolyglotService.echo(HTTPTrait("POST", "/echo", outputRoot: "Out"))]
  }
}
