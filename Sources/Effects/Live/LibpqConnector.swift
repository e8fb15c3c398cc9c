import CPQ
import Dispatch

/// Databases by the machine's libpq, each session on a thread that may wait.
public struct LibpqConnector: SQLConnector {
  /// The authorities that Debian trusts: libpq knows of none by itself.
  private static let authorities = "/etc/ssl/certs/ca-certificates.crt"

  private static let noFile = "/dev/null/none"

  public init() {}

  public func connect(_ server: SQLServer) async throws(SQLFailure) -> any SQLSession {
    let session = LibpqSession()
    try await session.open(Self.parameters(server))
    do throws(SQLFailure) {
      _ = try await session.run(
        "SELECT set_config('statement_timeout', $1, false)",
        [String(server.timeoutSeconds * 1000)])
    } catch {
      await session.close()
      throw error
    }
    return session
  }

  /// Everything that libpq would else take from the environment or from files of the user's.
  private static func parameters(_ server: SQLServer) -> [(String, String)] {
    // Given authorities, libpq asks for a certificate whatever the mode is.
    let isVerified = server.security == .verifyFull || server.security == .verifyAuthority
    return [
      ("host", server.host), ("port", String(server.port)), ("dbname", server.database),
      ("user", server.user), ("password", server.password), ("passfile", "/dev/null"),
      ("sslmode", server.security.rawValue), ("sslrootcert", isVerified ? authorities : noFile),
      ("sslcert", noFile), ("sslkey", noFile), ("gssencmode", "disable"),
      ("connect_timeout", String(server.timeoutSeconds)), ("client_encoding", "UTF8"),
      ("application_name", "leat"), ("keepalives_idle", "30"),
      ("tcp_user_timeout", String(server.timeoutSeconds * 1000)),
    ]
  }
}

private final class LibpqSession: SQLSession {
  private let queue = DispatchQueue(label: "leat.sql")
  /// Touched on the queue alone.
  nonisolated(unsafe) private var connection: UnsafeMutableRawPointer?

  func open(_ parameters: [(String, String)]) async throws(SQLFailure) {
    try await perform { [self] in
      withCStrings(parameters.map { $0.0 }) { keywords in
        withCStrings(parameters.map { $0.1 }) { values in
          var reply = leat_pq_reply()
          connection = leat_pq_connect(keywords, values, &reply)
          return reply.code == 0 ? .success([]) : .failure(Self.failure(&reply))
        }
      }
    }
  }

  func run(_ statement: String, _ values: [String?]) async throws(SQLFailure) -> [[String?]] {
    try await perform { [self] in
      guard let connection else { return .failure(Self.closed) }
      return withCStrings(values) { texts in
        var reply = leat_pq_reply()
        leat_pq_run(connection, statement, texts, Int32(values.count), &reply)
        defer { leat_pq_free(&reply) }
        guard reply.code == 0 else { return .failure(Self.failure(&reply)) }
        return .success(
          (0..<reply.rows).map { row in
            (0..<reply.columns).map { column in
              leat_pq_value(&reply, row, column).map { String(cString: $0) }
            }
          })
      }
    }
  }

  func copy(_ statement: String, _ bytes: [UInt8]) async throws(SQLFailure) {
    try await perform { [self] in
      guard let connection else { return .failure(Self.closed) }
      var reply = leat_pq_reply()
      bytes.withUnsafeBytes { data in
        leat_pq_copy(
          connection, statement, data.baseAddress?.assumingMemoryBound(to: CChar.self), data.count,
          &reply)
      }
      return reply.code == 0 ? .success([]) : .failure(Self.failure(&reply))
    }
  }

  func close() async {
    await withCheckedContinuation { waiter in
      queue.async { [self] in
        leat_pq_close(connection)
        connection = nil
        waiter.resume()
      }
    }
  }

  private static let closed = SQLFailure(.unreachable, "the connection is closed")

  @discardableResult
  private func perform(
    _ work: @escaping @Sendable () -> Result<[[String?]], SQLFailure>
  ) async throws(SQLFailure) -> [[String?]] {
    let result = await withCheckedContinuation { waiter in
      queue.async { waiter.resume(returning: work()) }
    }
    return try result.get()
  }

  private static func failure(_ reply: inout leat_pq_reply) -> SQLFailure {
    let context = withUnsafeBytes(of: &reply.context, text)
    return SQLFailure(
      reply.code == -1 ? .noClient : reply.code == -2 ? .unreachable : .refused,
      state: withUnsafeBytes(of: &reply.state, text),
      withUnsafeBytes(of: &reply.reason, text), line: line(context))
  }

  private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// `COPY name, line 3, …`: the first such place counts, because values stand last.
  private static func line(_ context: String) -> Int? {
    let first = context.prefix { $0 != "\n" }
    guard first.hasPrefix("COPY ") else { return nil }
    for part in first.split(separator: ",").dropFirst() where part.hasPrefix(" line ") {
      if let line = Int(part.dropFirst(" line ".count).prefix { $0.isNumber }) { return line }
    }
    return nil
  }
}

/// A list of C strings with NULL behind the last one.
private func withCStrings<T>(
  _ texts: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> T
) -> T {
  var bytes: [CChar] = []
  var starts: [Int?] = []
  for text in texts {
    starts.append(text == nil ? nil : bytes.count)
    if let text { bytes += text.utf8CString }
  }
  return bytes.withUnsafeBufferPointer { buffer in
    let pointers = starts.map { start in
      start.flatMap { start in buffer.baseAddress.map { $0 + start } }
    }
    return (pointers + [nil]).withUnsafeBufferPointer { body($0.baseAddress) }
  }
}
