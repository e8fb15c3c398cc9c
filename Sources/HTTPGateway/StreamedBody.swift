import AWSModel
import HummingbirdCore
import NIOCore

/// A request's body as it comes from the socket.
struct StreamedBody: AWSModel.RequestBody {
  let length: Int64?
  private let source: Source

  /// One task reads a body, piece after piece; the iterator itself can't say so.
  private final class Source: @unchecked Sendable {
    private var iterator: HummingbirdCore.RequestBody.AsyncIterator

    init(_ body: HummingbirdCore.RequestBody) { iterator = body.makeAsyncIterator() }

    func next() async throws -> ByteBuffer? { try await iterator.next() }
  }

  init(_ request: Request) {
    length = request.headers[.contentLength].flatMap(Int64.init)
    source = Source(request.body)
  }

  mutating func next() async throws -> [UInt8]? {
    do {
      return try await source.next().map { Array($0.readableBytesView) }
    } catch let error as ServiceError {
      throw error
    } catch {
      throw ServiceError("IncompleteBody", "The connection ended inside the body: \(error)")
    }
  }
}
