import AWSModel

/// The conditions of a read, in the order that HTTP gives them.
struct S3ReadConditions: Sendable, Hashable {
  var ifMatch: String?
  var ifNoneMatch: String?
  var ifModifiedSince: String?
  var ifUnmodifiedSince: String?

  /// True: answer 304. Throws `PreconditionFailed`, 412. A date that can't be read is ignored, as
  /// HTTP asks.
  func isNotModified(_ object: S3Object) throws -> Bool {
    let modified = object.modified.milliseconds / 1000
    if let ifMatch {
      guard S3ETag.list(ifMatch, holds: object.etag) else {
        throw ServiceError.preconditionFailed("If-Match")
      }
    } else if let date = ifUnmodifiedSince.flatMap(S3Date.parse) {
      guard modified <= date.milliseconds / 1000 else {
        throw ServiceError.preconditionFailed("If-Unmodified-Since")
      }
    }
    if let ifNoneMatch { return S3ETag.list(ifNoneMatch, holds: object.etag) }
    if let date = ifModifiedSince.flatMap(S3Date.parse) {
      return modified <= date.milliseconds / 1000
    }
    return false
  }

  /// For the source of a copy: what would be 304 is 412.
  func checkCopy(_ object: S3Object) throws {
    if try isNotModified(object) {
      throw ServiceError.preconditionFailed(
        ifNoneMatch == nil
          ? "x-amz-copy-source-If-Modified-Since" : "x-amz-copy-source-If-None-Match")
    }
  }
}
