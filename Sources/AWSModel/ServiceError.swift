import Effects
import PropertyTree

/// A fault that AWS's API would return: exact code, HTTP status, message.
public struct ServiceError: Error, Sendable, Hashable {
  /// `ResourceNotFoundException`, `NoSuchBucket`, …
  public var code: String
  public var message: String
  public var status: Int
  /// Further members of the error's shape, for example S3's `Key` or `BucketName`.
  public var fields: PropertyObject
  /// The fault of this machine's storage behind the error; never told to clients.
  public var storageFailure: StorageFailure?
  /// Sent with the error, names in any case: `Retry-After`, `Allow`, `x-amz-delete-marker`.
  public var headers: [String: String]

  public init(
    _ code: String, _ message: String, status: Int = 400,
    fields: PropertyObject = PropertyObject(), headers: [String: String] = [:]
  ) {
    self.code = code
    self.message = message
    self.status = status
    self.fields = fields
    self.headers = headers
  }

  public var diskFault: DiskFault? { storageFailure?.fault }

  /// The code of what Leat does not implement.
  public static let unsupportedCode = "UnsupportedOperation"

  /// An operation, field or value that this emulator does not implement. 4xx, because SDKs retry
  /// a 5xx for minutes.
  public static func unsupported(_ what: String) -> ServiceError {
    ServiceError(unsupportedCode, "Leat does not support \(what).", status: 400)
  }

  /// A request that its sender may not make. Each protocol has a code of its own for it, which the
  /// emulator puts in.
  public static func accessDenied(_ message: String) -> ServiceError {
    ServiceError("AccessDenied", message, status: 403)
  }

  public static func validation(_ message: String) -> ServiceError {
    ServiceError("ValidationException", message)
  }

  /// A failure of this machine (disk full, file gone), never of the caller.
  public static func internalFailure(_ message: String) -> ServiceError {
    ServiceError("InternalFailure", message, status: 500)
  }
}
