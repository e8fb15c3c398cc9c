import APIFacts

/// The words in which a service says that a request breaks the bounds of its members.
///
/// Most say it in the words of one framework and differ in the error's code alone. Some members are
/// worded by the service itself: those are left to its operations.
/// <https://docs.aws.amazon.com/kinesis/latest/APIReference/CommonErrors.html>,
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html>,
/// <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>
struct ValidationStyle: Sendable {
  var code: String
  /// Members that the service checks itself, in its own words.
  var own: Set<String> = []
  /// A pattern that the service words in a sentence of its own.
  var sentence: (pattern: String, rest: String)?

  private static let styles: [String: ValidationStyle] = [
    "logs": ValidationStyle(
      code: "InvalidParameterException", own: ["retentionInDays", "filterPattern"]),
    "lambda": ValidationStyle(
      code: "ValidationException", own: ["Runtime", "PackageType", "LogFormat", "Publish"]),
    "secretsmanager": ValidationStyle(
      code: "ValidationException",
      own: ["Name", "ClientRequestToken", "SecretString", "SecretBinary", "ResourcePolicy"]),
    "iam": ValidationStyle(
      code: "ValidationError",
      sentence: (
        #"[\w+=,.@-]+"#,
        "is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
      )),
  ]

  /// nil for services whose requests are not held against the bounds of the model: S3 words what is
  /// wrong with each member itself.
  static func of(_ service: ServiceFacts) -> ValidationStyle? {
    if let style = styles[service.name] { return style }
    switch service.protocols.first {
    case .json, .restJSON, .cbor: return ValidationStyle(code: "ValidationException")
    case .query: return ValidationStyle(code: "ValidationError")
    case .ec2, .restXML, nil: return nil
    }
  }
}
