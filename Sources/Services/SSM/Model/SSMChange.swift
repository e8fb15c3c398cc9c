import AWSModel
import ServiceKit

/// A parameter as a caller wants it; nil stays as it is, or takes its default.
struct SSMChange: Sendable {
  var name: String
  var value: String
  var type: SSMParameterType?
  var description: String?
  var allowedPattern: String?
  var tier: String?
  var dataType: String?
  var keyID: String?

  /// Throws where no parameter can be so.
  func check() throws(ServiceError) {
    try SSMLimits.check(name: name)
    guard !value.isEmpty else { throw .validation("A parameter's value can't be empty.") }
    switch dataType {
    case nil, "text": break
    case "aws:ec2:image", "aws:ssm:integration":
      throw .unsupported("the data type `\(dataType ?? "")` of parameters")
    case let other?:
      throw .validation(
        "The following data type is not supported: \(other) (Data type names are all lowercase.)")
    }
    if let keyID, keyID != SSMLimits.defaultKey {
      throw .unsupported("keys of KMS; a SecureString is sealed with the environment's own key")
    }
  }

  /// The version that the change makes of a parameter, or of none, with the parameter's type.
  func next(after old: SSMParameter?) throws(ServiceError) -> (
    type: SSMParameterType, version: SSMVersion
  ) {
    guard let type = type ?? old?.type else {
      throw .validation("A parameter type is required when you create a parameter.")
    }
    if let old, old.type != type { throw SSMFault.typeChanged }
    if keyID != nil, type != .secure {
      throw .validation("KeyId is only for parameters of the type SecureString.")
    }
    let pattern = Self.given(allowedPattern ?? old?.newest.allowedPattern)
    if let pattern { try SSMLimits.check(value, against: pattern) }
    let version = SSMVersion(
      version: (old?.newest.version ?? 0) + 1, value: value,
      description: Self.given(description ?? old?.newest.description), allowedPattern: pattern,
      tier: try chosenTier(old), dataType: "text", modified: .init(milliseconds: 0))
    return (type, version)
  }

  /// Empty text takes a description or pattern away.
  private static func given(_ text: String?) -> String? { text?.isEmpty == true ? nil : text }

  private func chosenTier(_ old: SSMParameter?) throws(ServiceError) -> String {
    let bytes = value.utf8.count
    let wasAdvanced = old?.newest.tier == "Advanced"
    let isSmall = bytes <= SSMLimits.standardBytesMax
    switch tier {
    case "Standard" where wasAdvanced:
      throw .validation(
        "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the "
          + "advanced-parameter tier to the standard-parameter tier. If necessary, you can delete "
          + "the advanced parameter and recreate it as a standard parameter.")
    case "Intelligent-Tiering" where isSmall && !wasAdvanced: return "Standard"
    case nil where !wasAdvanced, "Standard":
      guard isSmall else {
        throw .validation(
          "Standard tier parameters support a maximum parameter value of "
            + "\(SSMLimits.standardBytesMax) characters. To create a larger parameter value, "
            + "upgrade the parameter to use the advanced-parameter tier.")
      }
      return "Standard"
    default:
      guard bytes <= SSMLimits.advancedBytesMax else {
        throw .validation(
          "Advanced tier parameters support a maximum parameter value of "
            + "\(SSMLimits.advancedBytesMax) characters.")
      }
      return "Advanced"
    }
  }
}
