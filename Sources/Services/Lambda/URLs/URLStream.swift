import AWSModel
import PropertyTree
import ServiceKit

/// The answer through a URL that passes on what its function streams.
///
/// A response of the integration's content type begins with a document of status, headers and
/// cookies, and eight zero bytes behind it; any other is the body.
/// https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
enum URLStream {
  static let integrationType = "application/vnd.awslambda.http-integration-response"
  private static let separator = [UInt8](repeating: 0, count: 8)
  /// Status, headers and cookies before the body, in bytes.
  private static let preludeBytesMax = 1 << 20

  static func response(_ invocation: StreamedInvocation) async throws -> FrontDoorResponse {
    guard let type = await invocation.contentType() else {
      // The function has failed, or answered as a whole.
      let result = try await invocation.result.value
      guard result.functionError == nil else { return URLAnswer.failure }
      return FrontDoorResponse(
        headers: [("Content-Type", "application/json")], body: .bytes(result.payload))
    }
    guard type == integrationType else {
      return FrontDoorResponse(
        headers: [("Content-Type", type)], body: .stream(invocation.bytes(after: [])))
    }
    guard let (prelude, rest) = await readPrelude(invocation.stream),
      // A head that is no document makes an answer that is no response.
      let tree = try? JSONReader.read(prelude)
    else {
      invocation.stream.abandon()
      return URLAnswer.failure
    }
    let status = tree["statusCode"]?.integerValue ?? 200
    guard (100...599).contains(status) else {
      invocation.stream.abandon()
      return URLAnswer.failure
    }
    return FrontDoorResponse(
      status: Int(status), headers: URLAnswer.headers(tree, type: "application/octet-stream"),
      body: .stream(invocation.bytes(after: rest)))
  }

  /// The document before the separator, and the bytes behind it that came along; nil where there is
  /// no separator.
  private static func readPrelude(
    _ stream: ResponseStream
  ) async -> (prelude: [UInt8], rest: [UInt8])? {
    var bytes: [UInt8] = []
    while bytes.count < preludeBytesMax, let chunk = await stream.next() {
      var start = max(0, bytes.count - separator.count + 1)
      bytes += chunk
      while start + separator.count <= bytes.count {
        if bytes[start] == 0, bytes[start...].starts(with: separator) {
          return (Array(bytes[..<start]), Array(bytes[(start + separator.count)...]))
        }
        start += 1
      }
    }
    return nil
  }
}
