import AWSModel

/// The Data Catalog's errors, as it words them.
enum GlueFault {
  static func notFound(_ message: String) -> ServiceError {
    ServiceError("EntityNotFoundException", message)
  }

  static func alreadyExists(_ what: String) -> ServiceError {
    ServiceError("AlreadyExistsException", "\(what) already exists.")
  }

  static func invalid(_ message: String) -> ServiceError {
    ServiceError("InvalidInputException", message)
  }

  static func invalidState(_ message: String) -> ServiceError {
    ServiceError("InvalidStateException", message)
  }

  static func tooMany(_ message: String) -> ServiceError {
    ServiceError("ResourceNumberLimitExceededException", message)
  }

  static let noPartition = notFound("Cannot find partition.")
  static let noVersion = notFound("Version not found.")
  static let concurrentUpdate = ServiceError(
    "ConcurrentModificationException", "Update table failed due to concurrent modifications.")
  static let valueCount = invalid(
    "The number of partition keys do not match the number of partition values")
}

/// The error that one entry of a batch failed with.
struct GlueErrorDetail: Encodable, Sendable, Hashable {
  var ErrorCode: String
  var ErrorMessage: String

  init(_ error: ServiceError) {
    ErrorCode = error.code
    ErrorMessage = error.message
  }
}
