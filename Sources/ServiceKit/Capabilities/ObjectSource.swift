import AWSModel
import PropertyTree

/// The name of an object, and of its version.
public struct ObjectReference: Sendable, Hashable {
  public var bucket: String
  public var key: String
  /// nil: the current one.
  public var version: String?

  public init(bucket: String, key: String, version: String? = nil) {
    self.bucket = bucket
    self.key = key
    self.version = version
  }
}

extension ObjectReference {
  /// The object at `s3://bucket/key`; nil for anything else. `s3a:` and `s3n:` are other names of
  /// the same.
  public init?(location: String) {
    guard
      let scheme = ["s3://", "s3a://", "s3n://"].first(where: { location.hasPrefix($0) })
    else { return nil }
    let rest = location.dropFirst(scheme.count)
    guard let slash = rest.firstIndex(of: "/"), slash != rest.startIndex,
      rest.index(after: slash) != rest.endIndex
    else { return nil }
    self.init(bucket: String(rest[..<slash]), key: String(rest[rest.index(after: slash)...]))
  }
}

extension Capability<any ObjectSource> {
  public static var storedObjects: Self { Self("objects to read", offeredBy: "S3") }
}

extension Capability<any AssetStore> {
  public static var assets: Self { Self("files of deployments", offeredBy: "S3") }
}

/// Reads whole objects (S3), for services that load what they run from a bucket.
public protocol ObjectSource: Sendable {
  /// The object's bytes as they are in that transaction.
  ///
  /// - Parameter bytesMax: refuses larger objects, `EntityTooLarge`.
  /// - Throws: `NoSuchBucket`, `NoSuchKey`, `NoSuchVersion`, `MethodNotAllowed` for a delete marker.
  func object(
    _ reference: ObjectReference, bytesMax: Int, scope: Scope, in transaction: Transaction
  ) throws -> [UInt8]
}

/// Holds what deployments bring along (S3): objects in buckets that are made for them.
public protocol AssetStore: Sendable {
  /// Writes and syncs the bytes under a temporary name.
  func stage(_ bytes: [UInt8]) throws -> StagedAsset
  /// Forgets staged bytes that come to nothing.
  func abandon(_ staged: StagedAsset)
  /// True when the object is there.
  func holds(_ reference: ObjectReference, scope: Scope, in transaction: Transaction) throws -> Bool
  /// Makes the staged bytes an object, and its bucket where there is none. True when the bucket was
  /// made.
  func put(
    _ staged: StagedAsset, as reference: ObjectReference, scope: Scope, in transaction: Transaction
  ) throws -> Bool
  /// Removes the object, all versions. No error where it is gone.
  func remove(_ reference: ObjectReference, scope: Scope, in transaction: Transaction) throws
  /// Removes the bucket if it holds nothing. True when there is no such bucket any more.
  func removeEmptyBucket(_ name: String, scope: Scope, in transaction: Transaction) throws -> Bool
}

/// Bytes that an `AssetStore` has on disk, without an object that names them yet.
public struct StagedAsset: Sendable, Hashable {
  /// The store's own name for the file.
  public var fileName: String
  public var size: Int64
  /// Hex MD5 of the bytes.
  public var md5: String

  public init(fileName: String, size: Int64, md5: String) {
    self.fileName = fileName
    self.size = size
    self.md5 = md5
  }
}

extension Capability<any CodeSources> {
  public static var codeSources: Self { Self("sources of code", offeredBy: "Lambda") }
}

/// Remembers the local folders that code was packaged from (Lambda).
public protocol CodeSources: Sendable {
  /// - Parameter path: absolute, of the folder.
  func remember(_ path: String, ofArchive archive: [UInt8], in transaction: Transaction) throws
}
