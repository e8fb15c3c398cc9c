import AWSModel

/// IAM's errors, with their exact codes and statuses.
enum IAMFaults {
  static func noSuchRole(_ name: String) -> ServiceError {
    noSuchEntity("The role with name \(name) cannot be found.")
  }

  static func noSuchEntity(_ message: String) -> ServiceError {
    ServiceError("NoSuchEntity", message, status: 404)
  }

  static func roleExists(_ name: String) -> ServiceError {
    ServiceError("EntityAlreadyExists", "Role with name \(name) already exists.", status: 409)
  }

  static func deleteConflict(_ message: String) -> ServiceError {
    ServiceError("DeleteConflict", message, status: 409)
  }

  static func malformedPolicy(_ message: String) -> ServiceError {
    ServiceError("MalformedPolicyDocument", message)
  }

  static func validation(_ message: String) -> ServiceError {
    ServiceError("ValidationError", message)
  }
}
