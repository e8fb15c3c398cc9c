import AWSModel

/// IAM's errors, with their exact codes and statuses.
enum IAMFaults {
  static func noSuchEntity(_ message: String) -> ServiceError {
    ServiceError("NoSuchEntity", message, status: 404)
  }

  static func exists(_ message: String) -> ServiceError {
    ServiceError("EntityAlreadyExists", message, status: 409)
  }

  static func deleteConflict(_ message: String) -> ServiceError {
    ServiceError("DeleteConflict", message, status: 409)
  }

  static func limit(_ message: String) -> ServiceError {
    ServiceError("LimitExceeded", message, status: 409)
  }

  /// - Parameter name: as the quotas are called: `PoliciesPerRole`.
  static func quota(_ name: String, _ max: Int) -> ServiceError {
    limit("Cannot exceed quota for \(name): \(max)")
  }

  static func malformedPolicy(_ message: String) -> ServiceError {
    ServiceError("MalformedPolicyDocument", message)
  }

  static func validation(_ message: String) -> ServiceError {
    ServiceError("ValidationError", message)
  }

  static func invalidInput(_ message: String) -> ServiceError {
    ServiceError("InvalidInput", message)
  }
}
