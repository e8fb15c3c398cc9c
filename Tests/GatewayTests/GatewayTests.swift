import AWSModel
import Effects
import HTTPGateway
import PropertyTree
import Testing

@Suite struct GatewayTests {
  static let scope =
    "Authorization: AWS4-HMAC-SHA256 Credential=123456789012/20261121/eu-west-1/echo/aws4_request,"
    + " SignedHeaders=host, Signature=0\r\n"

  static func post(
    _ operation: String, _ body: String, _ more: String = "", contentType: String? = nil
  ) -> String {
    "POST / HTTP/1.1\r\nHost: localhost:1\r\nX-Amz-Target: Echo_1.\(operation)\r\n\(scope)"
      + "Content-Type: \(contentType ?? "application/x-amz-json-1.1")\r\n\(more)"
      + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }

  @Test(arguments: ["Hot", "Slow"]) func bothWaysGiveTheSameAnswer(_ operation: String)
    async throws
  {
    try await withGateway([EchoService()]) { port in
      try await RawClient.connected(to: port) { client in
        for number in 1...3 {
          try await client.send(Self.post(operation, #"{"N":\#(number)}"#))
          let response = try #require(try await client.receive())
          #expect(response.status == 200)
          #expect(response.headers["x-amzn-requestid"]?.count == 36)
          #expect(response.headers["content-type"] == "application/x-amz-json-1.1")
          #expect(response.headers["date"]?.hasSuffix("GMT") == true)
          #expect(
            try JSONReader.read(response.body) == [
              "Way": .string(operation.lowercased()), "Said": ["N": .int(Int64(number))],
              "Account": "123456789012", "Region": "eu-west-1", "Endpoint": "http://localhost:1",
            ])
        }
      }
    }
  }

  @Test func anAddressThatCannotBeBoundIsSaid() async throws {
    try await withGateway([EchoService()]) { port in
      let taken = try await #require(throws: GatewayFailure.self) {
        try await withGateway(port: port, [EchoService()]) { _ in
          Issue.record("two gateways listen on one port")
        }
      }
      #expect(taken.isTaken)
      #expect(
        taken.description
          == "can't listen on port \(port) of 127.0.0.1: Address already in use")
    }
    let foreign = try await #require(throws: GatewayFailure.self) {
      try await withGateway(host: "192.0.2.1", [EchoService()]) { _ in }
    }
    #expect(!foreign.isTaken && foreign.description.contains("192.0.2.1"))
  }

  /// Those of other emulators, by method and path: what else is there is a bucket's.
  @Test(arguments: [
    ("POST /moto-api/reset", "POST reset 0 0"), ("GET /_localstack/health", "GET health 0 0"),
    ("GET /moto-api/reset", nil), ("POST /moto-api/reset/x", nil),
  ])
  func aliasesLeadToTheControlInterface(_ request: String, _ answer: String?) async throws {
    try await withGateway([EchoService()]) { port in
      try await RawClient.connected(to: port) { client in
        try await client.send(
          "\(request) HTTP/1.1\r\nHost: localhost:1\r\nContent-Length: 0\r\n\r\n")
        let response = try #require(try await client.receive())
        if let answer { #expect(response.body == answer) } else { #expect(response.status >= 400) }
      }
    }
  }

  @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
    try await withGateway([EchoService()]) { port in
      try await RawClient.connected(to: port) { client in
        let kinds = ["Hot", "Slow", "Hot", "Hot", "Slow", "Slow", "Hot", "None", "Hot"]
        try await client.send(
          kinds.enumerated().map { Self.post($1, #"{"N":\#($0)}"#) }.joined())
        for (number, kind) in kinds.enumerated() {
          let response = try #require(try await client.receive())
          let value = try JSONReader.read(response.body)
          if kind == "None" {
            #expect(response.status == 400)
            #expect(value["__type"] == "UnsupportedOperation")
          } else {
            #expect(value["Said"] == ["N": .int(Int64(number))])
          }
        }
      }
    }
  }

  @Test func requestsWaitBehindOneThatIsBeingAnswered() async throws {
    let service = EchoService()
    try await withGateway([service]) { port in
      try await RawClient.connected(to: port) { client in
        var holds = service.holds.makeAsyncIterator()
        try await client.send(
          Self.post("Hold", "{}") + Self.post("Slow", #"{"N":1}"#) + Self.post("Hot", #"{"N":2}"#))
        await holds.next()
        service.release()
        #expect(try await client.receive()?.body == #"{"Way":"held"}"#)
        for number in 1...2 {
          let response = try #require(try await client.receive())
          #expect(try JSONReader.read(response.body)["Said"] == ["N": .int(Int64(number))])
        }
      }
    }
  }

  @Test func aLongAnswerComesInPartsAndBreaksOffWhereItFails() async throws {
    try await withGateway([EchoService()]) { port in
      try await RawClient.connected(to: port) { client in
        try await client.send(Self.post("Parts", "{}"))
        let whole = try #require(try await client.receive())
        #expect(whole.status == 200)
        #expect(whole.body == "3\r\n[1,\r\n2\r\n2,\r\n2\r\n3]\r\n0\r\n\r\n")
        try await client.send(Self.post("Hot", #"{"N":1}"#))
        #expect(try await client.receive()?.status == 200, "the connection goes on")
        try await client.send(Self.post("Parts", #"{"N":1}"#))
        let broken = try #require(try await client.receive())
        #expect(broken.body == "3\r\n[1,\r\n2\r\n2,\r\n", "no last chunk")
        #expect(try await client.isClosed())
      }
    }
  }

  @Test func hotFaultsAreErrorDocuments() async throws {
    try await withGateway([EchoService()]) { port in
      try await RawClient.connected(to: port) { client in
        try await client.send(Self.post("Hot", "{"))
        let response = try #require(try await client.receive())
        #expect(response.status == 400)
        #expect(response.headers["x-amzn-errortype"] == "SerializationException")
        let bad = Self.post("Hot", "{}").replacing("eu-west-1", with: "..%2fx")
        try await client.send(bad)
        let refused = try #require(try await client.receive())
        #expect(refused.headers["x-amzn-errortype"] == "AuthorizationHeaderMalformed")
      }
    }
  }

  @Test(arguments: ["Hot", "Slow"]) func connectionCloseIsHonoured(_ operation: String)
    async throws
  {
    try await withGateway([EchoService()]) { port in
      try await RawClient.connected(to: port) { client in
        try await client.send(Self.post(operation, "{}", "Connection: close\r\n"))
        #expect(try await client.receive()?.status == 200)
        #expect(try await client.isClosed())
      }
    }
  }

  @Test func largeBodiesAreRefusedAndTheConnectionLives() async throws {
    try await withGateway(bodyBytesMax: 1000, [EchoService()]) { port in
      try await RawClient.connected(to: port) { client in
        let long = #"{"A":"\#(String(repeating: "a", count: 5000))"}"#
        try await client.send(Self.post("Slow", long))
        #expect(try await client.receive()?.status == 413)
        try await client.send(Self.post("Slow", "{}"))
        #expect(try await client.receive()?.status == 200)
      }
    }
  }

  @Test func expectContinueIsAnswered() async throws {
    try await withGateway([EchoService()]) { port in
      try await RawClient.connected(to: port) { client in
        let request = Self.post("Hot", "{}", "Expect: 100-continue\r\n")
        try await client.send(String(request.dropLast(2)))
        #expect(try await client.receive()?.status == 100)
        try await client.send("{}")
        #expect(try await client.receive()?.status == 200)
      }
    }
  }

  @Test func shutdownAnswersWhatIsUnderWay() async throws {
    let service = EchoService()
    let effects = Effects.live()
    let answered = try await withThrowingTaskGroup(of: Int?.self) { group in
      let (ports, continuation) = AsyncStream<Int>.makeStream()
      let (cancels, cancel) = AsyncStream<Void>.makeStream()
      group.addTask {
        try await withGateway([service]) { port in
          continuation.yield(port)
          var iterator = cancels.makeAsyncIterator()
          await iterator.next()
        }
        return nil
      }
      group.addTask {
        var iterator = ports.makeAsyncIterator()
        let port = try #require(await iterator.next())
        let status = Status()
        try await RawClient.connected(to: port) { client in
          var holds = service.holds.makeAsyncIterator()
          try await client.send(Self.post("Hold", "{}"))
          await holds.next()
          cancel.yield()
          effects.clock.schedule(at: effects.clock.now.adding(milliseconds: 50)) {
            service.release()
          }
          status.value = try await client.receive()?.status
        }
        return status.value
      }
      var found: Int?
      for try await value in group { found = value ?? found }
      return found
    }
    #expect(answered == 200)
  }

  private final class Status { var value: Int? }
}
