import AWSModel
import PropertyTree

/// A part of a configuration that can't be accepted: for a call an error, for a template a finding.
struct ConfigurationFault: Sendable, Hashable {
  var path: PropertyPath
  var message: String
  /// True where AWS would take it and Leat does not implement it.
  var isUnsupported = false
  /// True where the API's validators find it (ValidationException), not the service
  /// (InvalidArgumentException).
  var isShape = false

  var error: ServiceError {
    if isUnsupported { return .unsupported(message) }
    return isShape ? .validation(message) : ServiceError("InvalidArgumentException", message)
  }

  /// The reason why a pattern can't be used.
  struct Reason: Error {
    var message: String
    var isUnsupported = false
  }
}
