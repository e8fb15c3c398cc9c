import AWSModel
import PropertyTree
import ServiceKit

/// Finds a function's code: in the request itself, or in a bucket.
struct CodeLoader: Sendable {
  let database: ServiceDatabase
  /// Asked on use, so that services can be made in any order.
  let objects: @Sendable () throws(ServiceError) -> any ObjectSource

  /// The code of a request, `ZipFile` in base64. Throws `InvalidParameterValueException`.
  func code(_ source: FunctionRequest.Source?, scope: Scope) throws -> FunctionCode {
    if let source, let archived = try database.read({ try object(source, scope: scope, in: $0) }) {
      return archived
    }
    guard let text = source?.ZipFile, let archive = Base64.decode(text) else {
      throw Self.invalid("Please provide a source for function code.")
    }
    return try FunctionCode(archive: archive)
  }

  /// The code in a bucket; nil where the source names none.
  func object(
    _ source: FunctionRequest.Source, scope: Scope, in transaction: Transaction
  ) throws -> FunctionCode? {
    guard source.S3Bucket != nil || source.S3Key != nil || source.S3ObjectVersion != nil else {
      return nil
    }
    guard source.ZipFile == nil, let bucket = source.S3Bucket, let key = source.S3Key else {
      throw Self.invalid(
        "Please provide one source for function code: ZipFile, or S3Bucket and S3Key.")
    }
    let objects = try objects()
    let archive: [UInt8]
    do {
      archive = try objects.object(
        ObjectReference(bucket: bucket, key: key, version: source.S3ObjectVersion),
        bytesMax: FunctionCode.objectBytesMax, scope: scope, in: transaction)
    } catch let fault as ServiceError {
      throw Self.invalid(
        "Error occurred while GetObject. S3 Error Code: \(fault.code). S3 Error Message: "
          + "\(fault.message) (s3://\(bucket)/\(key))")
    }
    return try FunctionCode(archive: archive, bytesMax: FunctionCode.objectBytesMax)
  }

  private static func invalid(_ message: String) -> ServiceError {
    ServiceError("InvalidParameterValueException", message, fields: ["Type": "User"])
  }
}
