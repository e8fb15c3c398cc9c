import Effects
import Testing

/// REST-XML through the socket: files, HEAD, streaming, virtual hosts, `/_leat/`.
@Suite struct ObjectTests {
  static func withFile(_ body: @escaping (RawClient) async throws -> Void) async throws {
    let effects = Effects.live()
    let path = "/tmp/leat-object-\(effects.random.uuid())"
    try effects.files.writeAtomically(Array("0123456789".utf8), to: path)
    try await withGateway([FileService(path: path)]) { port in
      try await RawClient.connected(to: port) { client in try await body(client) }
    }
    try effects.files.remove(path)
  }

  static func request(
    _ method: String, _ target: String, _ headers: String = "", host: String = "localhost:1",
    body: String = ""
  ) -> String {
    "\(method) \(target) HTTP/1.1\r\nHost: \(host)\r\n\(headers)"
      + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }

  @Test func filesAndRanges() async throws {
    try await Self.withFile { client in
      try await client.send(Self.request("GET", "/b/k"))
      let whole = try #require(try await client.receive())
      #expect(whole.body == "0123456789")
      #expect(whole.headers["x-amz-request-id"] != nil)
      try await client.send(Self.request("GET", "/b/k", "Range: bytes=2-4\r\n"))
      let part = try #require(try await client.receive())
      #expect(part.status == 206)
      #expect(part.body == "234")
      #expect(part.headers["content-range"] == "bytes 2-4/10")
    }
  }

  @Test func headHasALengthAndNoBody() async throws {
    try await Self.withFile { client in
      try await client.send(Self.request("HEAD", "/b/k"))
      let response = try #require(try await client.receive(hasBody: false))
      #expect(response.headers["content-length"] == "10")
      #expect(response.headers["etag"] == "\"e\"")
      try await client.send(Self.request("HEAD", "/b/missing"))
      let missing = try #require(try await client.receive(hasBody: false))
      #expect(missing.status == 404)
      try await client.send(Self.request("GET", "/b/k"))
      #expect(try await client.receive()?.body == "0123456789")
    }
  }

  @Test(arguments: [
    ("/bucket/a%20b/c", "localhost:1", "bucket", "a b/c"),
    ("/a/b", "bucket.s3.localhost:1", "bucket", "a/b"),
    ("/a", "my.bucket.s3.eu-west-1.amazonaws.com", "my.bucket", "a"),
    ("/a", "bucket.localhost:4566", "bucket", "a"),
    ("/b/a", "s3.localhost", "b", "a"), ("/b/a", "127.0.0.1:4566", "b", "a"),
  ]) func bucketsInPathAndHost(
    _ target: String, _ host: String, _ bucket: String, _ key: String
  ) async throws {
    try await Self.withFile { client in
      try await client.send(Self.request("PUT", target, host: host, body: "12345"))
      let response = try #require(try await client.receive())
      #expect(response.headers["x-bucket"] == bucket)
      #expect(response.headers["x-key"] == key)
      #expect(response.headers["x-count"] == "5")
    }
  }

  @Test func chunkedUploadsAreUnwrapped() async throws {
    try await Self.withFile { client in
      let headers =
        "x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\r\n"
        + "x-amz-decoded-content-length: 5\r\ncontent-encoding: aws-chunked\r\n"
      let body = "5;chunk-signature=00\r\nhello\r\n0;chunk-signature=11\r\n\r\n"
      try await client.send(Self.request("PUT", "/b/k", headers, body: body))
      #expect(try await client.receive()?.headers["x-count"] == "5")
    }
  }

  @Test func whatIsNotSupportedIsNamed() async throws {
    try await Self.withFile { client in
      try await client.send(Self.request("PUT", "/b/k?legal-hold", body: "x"))
      let response = try #require(try await client.receive())
      #expect(response.status == 400)
      #expect(response.body.contains("<Code>UnsupportedOperation</Code>"))
      #expect(response.body.contains("PutObjectLegalHold of s3"))
      try await client.send(Self.request("DELETE", "/b/k"))
      #expect(try await client.receive()?.body.contains("DeleteObject of s3") == true)
    }
  }

  @Test func controlRequests() async throws {
    try await Self.withFile { client in
      try await client.send(Self.request("POST", "/_leat/stacks/plan?a=1", body: "abc"))
      let response = try #require(try await client.receive())
      #expect(response.body == "POST stacks/plan 1 3")
      #expect(response.headers["content-type"] == "text/plain")
      try await client.send(Self.request("GET", "/_leat/lines"))
      let lines = try #require(try await client.receive())
      #expect(lines.headers["content-type"] == "application/x-ndjson")
      for line in ["1\n", "2\n", "3\n"] { #expect(lines.body.contains(line)) }
    }
  }

  @Test func webPagesOfOthersAreRefused() async throws {
    try await Self.withFile { client in
      let origin = "Origin: https://example.com\r\n"
      try await client.send(Self.request("POST", "/_leat/x", origin))
      #expect(try await client.receive()?.status == 403)
      try await client.send(Self.request("GET", "/_leat/x", host: "evil.example.com"))
      #expect(try await client.receive()?.status == 403)
      try await client.send(Self.request("PUT", "/b/k", origin, body: "x"))
      #expect(try await client.receive()?.status == 403)
      try await client.send(Self.request("GET", "/_leat/x"))
      #expect(try await client.receive()?.status == 200)
    }
  }
}
