import AWSModel
import PropertyTree

/// S3's own errors, with the codes, statuses and words that clients look for.
extension ServiceError {
  static func noSuchBucket(_ name: String) -> ServiceError {
    ServiceError(
      "NoSuchBucket", "The specified bucket does not exist", status: 404,
      fields: ["BucketName": .string(name)])
  }

  static func noSuchKey(_ key: String) -> ServiceError {
    ServiceError(
      "NoSuchKey", "The specified key does not exist.", status: 404,
      fields: ["Key": .string(key)])
  }

  /// There is nothing to do with a delete marker but delete it.
  ///
  /// - Parameter method: HTTP's.
  static func markerIsNoObject(_ marker: S3Object, for method: String) -> ServiceError {
    ServiceError(
      "MethodNotAllowed", "The specified method is not allowed against this resource.",
      status: 405, fields: ["Method": .string(method), "ResourceType": "DeleteMarker"],
      headers: [
        "Allow": "DELETE", "Last-Modified": marker.modified.httpDate,
        "x-amz-delete-marker": "true", "x-amz-version-id": marker.versionID,
      ])
  }

  static func noSuchVersion(_ key: String, _ version: String) -> ServiceError {
    ServiceError(
      "NoSuchVersion", "The specified version does not exist.", status: 404,
      fields: ["Key": .string(key), "VersionId": .string(version)])
  }

  static func noSuchUpload(_ id: String) -> ServiceError {
    ServiceError(
      "NoSuchUpload",
      "The specified upload does not exist. The upload ID may be invalid, or the upload may have "
        + "been aborted or completed.", status: 404, fields: ["UploadId": .string(id)])
  }

  static func bucketNotEmpty(_ name: String) -> ServiceError {
    ServiceError(
      "BucketNotEmpty",
      "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
      status: 409, fields: ["BucketName": .string(name)])
  }

  static func bucketOwned(_ name: String) -> ServiceError {
    ServiceError(
      "BucketAlreadyOwnedByYou",
      "Your previous request to create the named bucket succeeded and you already own it.",
      status: 409, fields: ["BucketName": .string(name)])
  }

  static func invalidBucketName(_ name: String) -> ServiceError {
    ServiceError(
      "InvalidBucketName", "The specified bucket is not valid.",
      fields: ["BucketName": .string(name)])
  }

  static func preconditionFailed(_ condition: String) -> ServiceError {
    ServiceError(
      "PreconditionFailed", "At least one of the pre-conditions you specified did not hold",
      status: 412, fields: ["Condition": .string(condition)])
  }

  static func invalidArgument(_ name: String, _ value: String, _ message: String) -> ServiceError {
    ServiceError(
      "InvalidArgument", message,
      fields: ["ArgumentName": .string(name), "ArgumentValue": .string(value)])
  }

  static func badDigest(_ what: String) -> ServiceError {
    ServiceError("BadDigest", "The \(what) you specified did not match what we received.")
  }

  static let malformedXML = ServiceError(
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema")

  /// A configuration that the bucket truly does not have.
  static func absent(_ code: String, _ message: String, bucket: String) -> ServiceError {
    ServiceError(code, message, status: 404, fields: ["BucketName": .string(bucket)])
  }
}
