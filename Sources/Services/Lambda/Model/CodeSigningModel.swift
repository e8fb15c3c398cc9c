import AWSModel
import Effects
import PropertyTree

/// A code-signing configuration. Archives here bear no signature of AWS Signer, so `Enforce` is
/// refused by name; `Warn` lets them through, as AWS does.
struct CodeSigningModel: Codable, Sendable, Hashable {
  var id: String
  var description = ""
  /// Profiles of Signer, 1–20.
  var publishers: [String]
  var policy = "Warn"
  var tags: [String: String] = [:]
  var lastModified: Timestamp

  struct Publishers: Codable, Sendable, Hashable { var SigningProfileVersionArns: [String] }
  struct Policies: Codable, Sendable, Hashable {
    var UntrustedArtifactOnDeployment: String?
  }

  static func arn(_ id: String, in scope: Scope) -> String {
    ARN("lambda", scope, "code-signing-config:\(id)").description
  }

  func shown(in scope: Scope) -> PropertyValue {
    [
      "CodeSigningConfigId": .string(id), "CodeSigningConfigArn": .string(Self.arn(id, in: scope)),
      "Description": .string(description),
      "AllowedPublishers": ["SigningProfileVersionArns": .list(publishers.map { .string($0) })],
      "CodeSigningPolicies": ["UntrustedArtifactOnDeployment": .string(policy)],
      "LastModified": .string(lastModified.iso8601),
    ]
  }

  /// Throws by name for what can't be enforced.
  mutating func apply(_ policies: Policies?) throws(ServiceError) {
    guard let given = policies?.UntrustedArtifactOnDeployment else { return }
    guard given == "Warn" else {
      throw .unsupported(
        "code signatures, which UntrustedArtifactOnDeployment: \(given) would demand")
    }
    policy = given
  }

  /// Throws `CodeSigningConfigNotFoundException`.
  static func missing(_ arn: String) -> ServiceError {
    ServiceError(
      "CodeSigningConfigNotFoundException",
      "The code signing configuration cannot be found. Check that the provided configuration is not "
        + "deleted: \(arn).", status: 404, fields: ["Type": "User"])
  }
}
