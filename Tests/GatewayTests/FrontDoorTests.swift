import AWSModel
import AWSWire
import PropertyTree
import ServiceKit
import Testing

@testable import Emulator

/// Ways in by host and path, and which hosts are buckets.
@Suite struct FrontDoorTests {
  struct Door: FrontDoor {
    var places: [FrontDoorPlace]
    var signingName = "execute-api"

    func respond(to request: FrontDoorRequest) async throws -> FrontDoorResponse {
      var body = request.body
      let bytes = try await body.collect(upTo: 100)
      if request.path.hasSuffix("/fault") {
        throw ServiceError("Forbidden", "Not here.", status: 403, headers: ["X-Why": "door"])
      }
      let captures = request.captures.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      let text =
        "\(request.method) \(request.path) ?\(request.rawQuery) \(captures.joined(separator: ","))"
        + " \(request.context.scope.region) \(bytes.count)"
      return FrontDoorResponse(
        status: 201, headers: [("X-Door", signingName)], body: .bytes(Array(text.utf8)))
    }
  }

  struct DoorService: Service {
    static let traits = ServiceTraits("apigateway", .restJSON)
    let operations: [Operation] = []
    let frontDoors: [any FrontDoor] = [
      Door(places: [
        .host(label: "execute-api"), .path("/restapis/{api}/{stage}/_user_request_"),
      ]),
      Door(places: [.host(label: "lambda-url")], signingName: "lambda"),
    ]
  }

  static func get(
    _ target: String, host: String = "localhost:4566", signedFor service: String? = nil
  ) -> WireRequest {
    WireRequest(
      method: "GET", target: target, headers: service.map { [SpokenRequest.scope($0)] } ?? [],
      host: host)
  }

  @Test(
    arguments: [
      (
        "a1.execute-api.localhost:4566", "/prod/x%20y?a=1&a=2", nil,
        "GET /prod/x%20y ?a=1&a=2 name=a1 us-east-1 2"
      ),
      ("a1.execute-api.eu-west-1.amazonaws.com", "/", nil, "GET / ? name=a1 eu-west-1 2"),
      ("a1.execute-api.localhost", "/", "execute-api", "GET / ? name=a1 eu-west-1 2"),
      ("f.lambda-url.eu-central-1.localhost:4566", "/p", nil, "GET /p ? name=f eu-central-1 2"),
      (
        "localhost", "/restapis/a/v1/_user_request_/p/q?z", nil,
        "GET /p/q ?z api=a,stage=v1 us-east-1 2"
      ),
      (
        "localhost", "/restapis/a%2Fb/v1/_user_request_", nil,
        "GET / ? api=a/b,stage=v1 us-east-1 2"
      ),
    ] as [(String, String, String?, String)]) func requestsReachTheirDoor(
      _ host: String, _ target: String, _ service: String?, _ expected: String
    ) async throws
  {
    try await withEmulator([DoorService(), FileService(path: "/none")]) { emulator in
      let request = Self.get(target, host: host, signedFor: service)
      #expect(emulator.hasFrontDoor(for: request))
      let response = await emulator.handle(request, body: BufferedBody([1, 2]))
      #expect(response.status == 201)
      let text = try await response.text
      #expect(text == expected)
      #expect(response.header("x-door") != nil)
    }
  }

  @Test func aFaultIsAMessageWithItsHeaders() async throws {
    try await withEmulator([DoorService()]) { emulator in
      let response = await emulator.handle(
        Self.get("/fault", host: "a.execute-api.localhost"), body: BufferedBody([]))
      #expect(response.status == 403)
      #expect(response.header("x-why") == "door")
      let document = try JSONReader.read(try await response.text)
      #expect(document["message"] == "Not here.")
    }
  }

  @Test(
    arguments: [
      ("localhost", "/restapis/a/v1/_user_request_/p", "s3"),
      ("localhost", "/restapis/a/v1", nil), ("localhost", "/restapisx/a/v1/_user_request_", nil),
      ("execute-api.localhost", "/", nil), ("execute-api.eu-west-1.amazonaws.com", "/", nil),
      ("a1.execute-apix.localhost", "/", nil),
    ] as [(String, String, String?)]) func othersPassBy(
      _ host: String, _ target: String, _ service: String?
    ) async throws
  {
    try await withEmulator([DoorService()]) { emulator in
      #expect(!emulator.hasFrontDoor(for: Self.get(target, host: host, signedFor: service)))
    }
  }

  /// Host, whether the request is signed for S3, and what the host means.
  static let hosts: [(String, Bool, VirtualHost)] = [
    ("localhost:4566", false, .endpoint), ("127.0.0.1:4566", true, .endpoint),
    ("[::1]:4566", false, .endpoint), ("leat:4566", false, .endpoint),
    ("host.docker.internal:4566", true, .endpoint),
    ("s3.localhost:4566", true, .endpoint), ("s3.us-east-1.localhost", true, .endpoint),
    ("s3.amazonaws.com", false, .endpoint), ("s3.eu-west-1.amazonaws.com", false, .endpoint),
    ("s3-eu-west-1.amazonaws.com", false, .endpoint),
    ("b.s3.localhost:4566", false, .bucket("b")), ("B.s3.localhost", false, .bucket("b")),
    ("my.b.s3.us-east-1.localhost:4566", false, .bucket("my.b")),
    ("b.s3.localhost.localstack.cloud:4566", true, .bucket("b")),
    ("b.s3.amazonaws.com", false, .bucket("b")),
    ("b.s3.us-gov-west-1.amazonaws.com", false, .bucket("b")),
    ("b.s3-eu-west-1.amazonaws.com", false, .bucket("b")),
    ("b.s3.dualstack.eu-west-1.amazonaws.com", false, .bucket("b")),
    ("b.s3-accelerate.amazonaws.com", false, .bucket("b")),
    // boto3 and the AWS CLI with `http://localhost:4566` as their endpoint.
    ("b.localhost:4566", true, .bucket("b")), ("kinesis.localhost:4566", true, .bucket("kinesis")),
    ("my.s3.data.localhost", true, .bucket("my.s3.data")),
    // Without a signature: a public object, unless the name is a service's or a door's.
    ("b.localhost:4566", false, .bucket("b")), ("kinesis.localhost:4566", false, .foreign),
    ("kinesis.us-east-1.localhost:4566", false, .foreign),
    ("a1.execute-api.localhost:4566", false, .foreign),
    ("f.lambda-url.us-east-1.localhost:4566", false, .foreign),
    ("f.lambda-url.us-east-1.on.aws", false, .foreign),
    ("b.s3-website.localhost:4566", false, .foreign),
    ("b.s3-website-us-east-1.amazonaws.com", false, .foreign),
    ("1.s3-control.us-east-1.amazonaws.com", true, .foreign),
    ("d.custom-door.localhost", false, .foreign),
  ]

  @Test(arguments: hosts.indices) func hostsAndBuckets(_ index: Int) {
    let (host, isSigned, expected) = Self.hosts[index]
    #expect(
      VirtualHost(
        host, isSignedForS3: isSigned, services: ["s3", "kinesis"], doors: ["custom-door"])
        == expected, "\(host)")
  }

  @Test func aHostThatLeadsNowhereIsAClearRefusal() async throws {
    try await withEmulator([FileService(path: "/none")]) { emulator in
      let response = await emulator.handle(
        Self.get("/", host: "a1.execute-api.localhost:4566"), body: BufferedBody([]))
      #expect(response.status == 400)
      let text = try await response.text
      #expect(text.contains("the host a1.execute-api.localhost:4566"))
    }
  }
}
