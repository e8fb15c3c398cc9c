import AWSModel

extension ServiceError {
  /// `InvalidParameterValueException`, as Lambda answers most values that the model allows.
  static func parameter(_ message: String) -> ServiceError {
    ServiceError("InvalidParameterValueException", message, fields: ["Type": "User"])
  }

  /// `ResourceNotFoundException`
  static func missing(_ message: String) -> ServiceError {
    ServiceError("ResourceNotFoundException", message, status: 404, fields: ["Type": "User"])
  }

  /// `ResourceConflictException`
  static func conflict(_ message: String) -> ServiceError {
    ServiceError("ResourceConflictException", message, status: 409, fields: ["Type": "User"])
  }

  /// `PreconditionFailedException`, for a RevisionId that is not the last one.
  static let revisionMismatch = ServiceError(
    "PreconditionFailedException",
    "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias "
      + "API to retrieve the latest Revision Id", status: 412, fields: ["Type": "User"])
}
