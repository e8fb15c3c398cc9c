import CCurl
import Dispatch

/// Requests by the machine's libcurl, each on a thread that may wait.
public struct CurlCaller: HTTPCaller {
  private static let queue = DispatchQueue(label: "leat.http", attributes: .concurrent)

  public init() {}

  public func post(_ request: HTTPPost) async throws(HTTPFailure) -> HTTPAnswer {
    let result = await withCheckedContinuation { waiter in
      Self.queue.async { waiter.resume(returning: Self.send(request)) }
    }
    return try result.get()
  }

  private static func send(_ request: HTTPPost) -> Result<HTTPAnswer, HTTPFailure> {
    // Line breaks would let a value add headers of its own.
    let lines = request.headers.map { header in
      "\(header.name): \(header.value)".filter { !$0.isNewline && $0 != "\0" }
    }
    var reply = leat_http_reply()
    defer { leat_http_free(&reply) }
    withCStrings(lines) { headers in
      request.body.withUnsafeBytes { body in
        leat_http_post(
          request.url, headers, lines.count, body.baseAddress, body.count,
          request.timeoutSeconds * 1000, request.answerBytesMax, &reply)
      }
    }
    guard reply.code == 0 else {
      let reason = withUnsafeBytes(of: &reply.reason) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      return .failure(HTTPFailure(kind(reply.code), reason))
    }
    let body = UnsafeBufferPointer(start: reply.body, count: reply.length)
    return .success(HTTPAnswer(status: reply.status, body: Array(body)))
  }

  /// By libcurl's numbers: https://curl.se/libcurl/c/libcurl-errors.html
  private static func kind(_ code: Int32) -> HTTPFailure.Kind {
    switch code {
    case -1: .noClient
    case 23: .tooLarge
    case 28: .timeout
    case 35, 51, 53, 54, 58, 59, 60, 64, 66, 77, 82, 83, 90, 91: .certificate
    default: .unreachable
    }
  }

  private static func withCStrings(
    _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Void
  ) {
    var bytes: [CChar] = []
    var starts: [Int] = []
    for text in texts {
      starts.append(bytes.count)
      bytes += text.utf8CString
    }
    bytes.withUnsafeBufferPointer { buffer in
      let pointers = starts.map { start in buffer.baseAddress.map { $0 + start } }
      pointers.withUnsafeBufferPointer { body($0.baseAddress) }
    }
  }
}
