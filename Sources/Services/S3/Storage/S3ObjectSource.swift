import AWSModel
import Effects
import ServiceKit

/// The way in which other services read whole objects.
struct S3ObjectSource: ObjectSource {
  let store: S3Store

  func object(
    _ reference: ObjectReference, bytesMax: Int, scope: Scope, in transaction: Transaction
  ) throws -> [UInt8] {
    let rows = S3Rows(transaction)
    let bucket = try rows.bucket(reference.bucket, account: scope.account)
    let object = try rows.existing(reference.key, version: reference.version, in: bucket)
    guard object.size <= Int64(bytesMax) else {
      throw ServiceError(
        "EntityTooLarge", "The object has \(object.size) bytes; at most \(bytesMax) are read.")
    }
    guard let file = object.file else { return [] }
    let handle = try store.files.open(file)
    let bytes = try S3ObjectFiles.attempt { () throws(FileFailure) in
      try handle.read(at: 0, count: Int(object.size))
    }
    guard bytes.count == Int(object.size) else {
      throw ServiceError.internalFailure("The object's bytes can't be read.")
    }
    return bytes
  }
}
