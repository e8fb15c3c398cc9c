import AWSModel

extension Capability<any ObjectSink> {
  public static var objects: Self { Self("objects", offeredBy: "S3") }
}

/// Writes whole objects (S3), in two steps, so that a caller can commit an object together with
/// its own change.
public protocol ObjectSink: Sendable {
  /// Begins an object under a temporary name. Throws `NoSuchBucket` early.
  func begin(bucket: String, scope: Scope) throws -> any ObjectStaging
  /// Forgets staged bytes that come to nothing. Whoever stages either commits or abandons.
  func abandon(_ staged: StagedObject)
  /// Makes the staged bytes an object, inside the caller's transaction.
  func commit(
    _ staged: StagedObject, _ description: ObjectDescription, in transaction: Transaction
  ) throws
}

/// An object whose bytes come piece by piece. Whoever begins one either finishes or abandons it.
public protocol ObjectStaging: AnyObject {
  func append(_ bytes: UnsafeRawBufferPointer) throws
  /// Syncs the bytes. Where it throws, nothing is left.
  func finish() throws -> StagedObject
  /// Forgets what has been written.
  func abandon()
}

extension ObjectSink {
  /// Writes and syncs the bytes under a temporary name. Throws `NoSuchBucket` early.
  public func stage(_ bytes: [UInt8], bucket: String, scope: Scope) throws -> StagedObject {
    let object = try begin(bucket: bucket, scope: scope)
    do { try bytes.withUnsafeBytes { try object.append($0) } } catch {
      object.abandon()
      throw error
    }
    return try object.finish()
  }
}

/// The name of an object and what is kept with it.
public struct ObjectDescription: Sendable, Hashable {
  public var key: String
  public var contentType: String
  public var contentEncoding: String?
  /// The key that the object is said to be encrypted with; nil leaves it to the bucket.
  public var kmsKeyARN: String?

  public init(
    key: String, contentType: String, contentEncoding: String? = nil, kmsKeyARN: String? = nil
  ) {
    self.key = key
    self.contentType = contentType
    self.contentEncoding = contentEncoding
    self.kmsKeyARN = kmsKeyARN
  }
}

public struct StagedObject: Sendable, Hashable {
  public var bucket: String
  public var scope: Scope
  /// The file's name under the staging folder.
  public var fileName: String
  public var size: Int64
  /// Hex MD5 of the bytes.
  public var md5: String

  public init(bucket: String, scope: Scope, fileName: String, size: Int64, md5: String) {
    self.bucket = bucket
    self.scope = scope
    self.fileName = fileName
    self.size = size
    self.md5 = md5
  }
}
