import AWSModel

/// The Parameter Store's errors, as it words them.
enum SSMFault {
  static func notFound(_ name: String) -> ServiceError {
    ServiceError("ParameterNotFound", "Parameter \(name) not found.")
  }

  static func versionNotFound(_ version: String, of name: String) -> ServiceError {
    ServiceError(
      "ParameterVersionNotFound",
      "Systems Manager could not find version \(version) of \(name). Verify the version and try "
        + "again.")
  }

  static let alreadyExists = ServiceError(
    "ParameterAlreadyExists",
    "The parameter already exists. To overwrite this value, set the overwrite option in the "
      + "request to true.")

  static let tooManyLevels = ServiceError(
    "HierarchyLevelLimitExceededException",
    "A hierarchy can have a maximum of \(SSMLimits.levelsMax) levels.")

  static let typeChanged = ServiceError(
    "HierarchyTypeMismatchException",
    "Parameter Store does not support changing a parameter type. You must create a new, unique "
      + "parameter.")

  static let invalidPattern = ServiceError(
    "InvalidAllowedPatternException",
    "The request does not meet the regular expression requirement.")

  static func mismatch(_ pattern: String) -> ServiceError {
    ServiceError(
      "ParameterPatternMismatchException",
      "Parameter value, cannot be validated against allowedPattern: \(pattern)")
  }

  static func oldestIsLabelled(_ name: String, _ version: Int64) -> ServiceError {
    ServiceError(
      "ParameterMaxVersionLimitExceeded",
      "You attempted to create a new version of \(name) by calling the PutParameter API with the "
        + "overwrite flag. Version \(version), the oldest version, can't be deleted because it has "
        + "a label associated with it. Move the label to another version and try again.")
  }

  static let tooManyLabels = ServiceError(
    "ParameterVersionLabelLimitExceeded",
    "A parameter version can have maximum \(SSMLimits.labelsMax) labels. Move one or more labels "
      + "to another version and try again.")

  static let invalidToken = ServiceError(
    "InvalidNextToken", "The specified token isn't valid.")

  static func invalidFilterKey(_ message: String) -> ServiceError {
    ServiceError("InvalidFilterKey", message)
  }

  static func invalidFilterOption(_ message: String) -> ServiceError {
    ServiceError("InvalidFilterOption", message)
  }

  static func invalidFilterValue(_ message: String) -> ServiceError {
    ServiceError("InvalidFilterValue", message)
  }
}
