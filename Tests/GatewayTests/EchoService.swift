import AWSModel
import Effects
import PropertyTree
import ServiceKit
import StackModel
import Synchronization

/// A JSON service that repeats what it is told; `Hold` answers when the test says so.
final class EchoService: Service {
  static let traits = ServiceTraits("echo", .json11, targetPrefix: "Echo_1")

  private let held = Mutex<[HotReply]>([])
  /// One element for each request that `Hold` has taken.
  let holds: AsyncStream<Void>
  private let heldContinuation: AsyncStream<Void>.Continuation

  init() { (holds, heldContinuation) = AsyncStream.makeStream() }

  var operations: [Operation] {
    [
      Operation(name: "Slow") { input, context in
        OperationOutput(members: Self.answer(input.members, context, "slow"))
      },
      Operation(
        name: "Hot",
        hot: { bytes, context, reply, _ in
          do {
            let value = try JSONReader.read(bytes)
            reply(.success(JSONWriter.bytes(Self.answer(value, context, "hot"))))
          } catch {
            reply(.failure(ServiceError("SerializationException", "\(error)")))
          }
          return true
        },
        invoke: { input, context in
          OperationOutput(members: Self.answer(input.members, context, "slow"))
        }),
      Operation(
        name: "Hold",
        hot: { [self] _, _, reply, _ in
          held.withLock { $0.append(reply) }
          heldContinuation.yield()
          return true
        },
        invoke: { _, _ in throw ServiceError.validation("Hold is hot only") }),
      // An answer in two parts and a rest, or one that breaks off before it.
      Operation(
        name: "Parts",
        hot: { bytes, _, reply, _ in
          Array("[1,".utf8).withUnsafeBytes(reply.send)
          Array("2,".utf8).withUnsafeBytes(reply.send)
          let isBroken = bytes.count > 2
          reply(isBroken ? .failure(.validation("broken")) : .success(Array("3]".utf8)))
          return true
        },
        invoke: { _, _ in throw ServiceError.validation("Parts is hot only") }),
    ]
  }

  func release() {
    let replies = held.withLock { held in
      defer { held = [] }
      return held
    }
    for reply in replies { reply(.success(Array(#"{"Way":"held"}"#.utf8))) }
  }

  private static func answer(
    _ members: PropertyValue, _ context: RequestContext, _ way: String
  ) -> PropertyValue {
    [
      "Way": .string(way), "Said": members, "Account": .string(context.scope.account.text),
      "Region": .string(context.scope.region.text), "Endpoint": .string(context.endpoint),
    ]
  }
}

/// An S3-like service with three operations over one file.
struct FileService: Service {
  static let traits = ServiceTraits("s3", .restXML)
  let path: String

  var operations: [Operation] {
    [
      Operation(
        name: "GetObject",
        http: HTTPTrait("GET", "/{Bucket}/{Key+}", input: ["Range": .header("range")])
      ) { input, _ in
        if input.members["Range"] != nil {
          return OperationOutput(
            body: .file(path: path, offset: 2, count: 3),
            headers: [("content-range", "bytes 2-4/10")], status: 206)
        }
        return OperationOutput(body: .file(path: path, offset: 0, count: 10))
      },
      Operation(name: "HeadObject", http: HTTPTrait("HEAD", "/{Bucket}/{Key+}")) { input, _ in
        if input.members["Key"] == "missing" {
          throw ServiceError("NoSuchKey", "The key does not exist.", status: 404)
        }
        return OperationOutput(headers: [("content-length", "10"), ("etag", "\"e\"")])
      },
      Operation(
        name: "PutObject", http: HTTPTrait("PUT", "/{Bucket}/{Key+}"), streamsBody: true
      ) { input, _ in
        var body = input.body
        var count = 0
        while let chunk = try await body.next() { count += chunk.count }
        return OperationOutput(headers: [
          ("x-count", String(count)), ("x-key", input.members["Key"]?.stringValue ?? ""),
          ("x-bucket", input.members["Bucket"]?.stringValue ?? ""),
        ])
      },
    ]
  }
}
