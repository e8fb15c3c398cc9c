import AWSModel

/// Secrets Manager's errors, as it words them.
enum SecretFault {
  static let notFound = ServiceError(
    "ResourceNotFoundException", "Secrets Manager can't find the specified secret.")

  static func noValue(_ what: String) -> ServiceError {
    ServiceError(
      "ResourceNotFoundException",
      "Secrets Manager can't find the specified secret value for \(what)")
  }

  static let deleted = ServiceError(
    "InvalidRequestException",
    "You can't perform this operation on the secret because it was marked for deletion.")

  static let scheduled = ServiceError(
    "InvalidRequestException",
    "You can't create this secret because a secret with this name is already scheduled for "
      + "deletion.")

  static func exists(_ name: String) -> ServiceError {
    ServiceError(
      "ResourceExistsException",
      "The operation failed because the secret \(name) already exists.")
  }

  static func tokenUsed(_ token: String, _ arn: String) -> ServiceError {
    ServiceError(
      "ResourceExistsException",
      "You can't use ClientRequestToken \(token) because that value is already in use for a "
        + "version of secret \(arn).")
  }

  static func invalid(_ message: String) -> ServiceError {
    ServiceError("InvalidParameterException", message)
  }

  static func refused(_ message: String) -> ServiceError {
    ServiceError("InvalidRequestException", message)
  }

  static let invalidToken = ServiceError(
    "InvalidNextTokenException", "The specified token isn't valid.")
}
