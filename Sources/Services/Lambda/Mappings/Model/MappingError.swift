import AWSModel

/// Faults in the words of Lambda's API.
enum MappingError {
  static let notFound = ServiceError(
    "ResourceNotFoundException", "The resource you requested does not exist.", status: 404,
    fields: ["Type": "User"])

  static func invalid(_ message: String) -> ServiceError {
    ServiceError("InvalidParameterValueException", message, fields: ["Type": "User"])
  }

  /// A parameter that belongs to sources of another kind.
  static func foreign(_ parameter: String) -> ServiceError {
    invalid("Unsupported \(parameter) parameter for given event source mapping type.")
  }

  static func duplicate(_ source: String, _ function: String, _ uuid: String) -> ServiceError {
    ServiceError(
      "ResourceConflictException",
      "The event source arn (\" \(source) \") and function (\" \(function) \") provided mapping "
        + "already exists. Please update or delete the existing mapping with UUID \(uuid)",
      status: 409, fields: ["Type": "User"])
  }
}
