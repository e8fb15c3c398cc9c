import AWSModel
import Archives
import ServiceKit

/// An object that is packed and written while its bytes come: no more of them than a piece is in
/// memory. Whoever makes one either finishes or abandons it.
///
/// Every call throws `DeliveryFailure`.
final class ObjectStream {
  private enum Packing {
    case none
    case gzip(DeflateStream)
    case zip(ZipStream)
    case snappy(SnappyStream)
  }

  /// Smaller pieces are gathered up to this size.
  private static let pieceBytes = 256 << 10

  private let staging: any ObjectStaging
  private let packing: Packing
  private var gathered: [UInt8] = []

  init(_ bucket: String, _ compression: Compression, _ sink: any ObjectSink, _ scope: Scope) throws
  {
    do {
      packing =
        switch compression {
        case .none: .none
        case .gzip: .gzip(try DeflateStream(.gzip))
        case .zip: .zip(try ZipStream())
        case .snappy: .snappy(SnappyStream(.framed))
        case .hadoopSnappy: .snappy(SnappyStream(.hadoop))
        }
      staging = try sink.begin(bucket: bucket, scope: scope)
    } catch { throw DeliveryFailure(error, at: "S3") }
  }

  func append(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try append($0) } }

  func append(_ bytes: UnsafeRawBufferPointer) throws {
    if gathered.count + bytes.count > Self.pieceBytes {
      try flush()
      if bytes.count >= Self.pieceBytes { return try pack(bytes) }
    }
    gathered.append(contentsOf: bytes)
  }

  private func flush() throws {
    if gathered.isEmpty { return }
    try gathered.withUnsafeBytes { try pack($0) }
    gathered.removeAll(keepingCapacity: true)
  }

  private func pack(_ bytes: UnsafeRawBufferPointer) throws {
    do {
      switch packing {
      case .none: try staging.append(bytes)
      case .gzip(let stream): try stream.write(bytes) { try staging.append($0) }
      case .zip(let stream): try stream.write(bytes)
      case .snappy(let stream): try stream.write(bytes) { try staging.append($0) }
      }
    } catch { throw DeliveryFailure(error, at: "S3") }
  }

  /// - Parameter key: the object's; an archive's only entry has its last part as its name, without
  ///   the ending.
  func finish(_ key: String) throws -> StagedObject {
    do {
      try flush()
      switch packing {
      case .none: break
      case .gzip(let stream): try stream.finish { try staging.append($0) }
      case .zip(let stream): try stream.finish(Self.entry(key)) { try staging.append($0) }
      case .snappy(let stream): try stream.finish { try staging.append($0) }
      }
    } catch {
      staging.abandon()
      throw DeliveryFailure(error, at: "S3")
    }
    do { return try staging.finish() } catch { throw DeliveryFailure(error, at: "S3") }
  }

  func abandon() { staging.abandon() }

  private static func entry(_ key: String) -> String {
    let name = key.split(separator: "/").last.map(String.init) ?? key
    return name.hasSuffix(".zip") ? String(name.dropLast(4)) : name
  }
}
