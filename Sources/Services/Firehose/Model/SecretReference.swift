import AWSModel
import PropertyTree

/// The secret that holds a destination's credentials, in place of the members for them.
/// https://docs.aws.amazon.com/firehose/latest/dev/using-secrets-manager.html
struct SecretReference: Codable, Sendable, Hashable {
  var SecretARN: String?
  var RoleARN: String?
  var Enabled: Bool?

  /// The secret's ARN, where it is in use.
  var arn: String? { Enabled == true ? SecretARN : nil }

  /// - Parameter rival: the member for the same credentials, where it is given.
  func faults(_ path: PropertyPath, rival: String?) -> [ConfigurationFault] {
    guard Enabled == true else { return [] }
    let place = path.appending("SecretsManagerConfiguration")
    var found: [ConfigurationFault] = []
    if SecretARN.flatMap({ ARN(parsing: $0) })?.service != "secretsmanager" {
      found.append(
        .init(
          path: place.appending("SecretARN"),
          message: "SecretARN must be the ARN of a secret when SecretsManagerConfiguration is "
            + "enabled"))
    }
    if let rival {
      found.append(
        .init(
          path: path.appending(rival),
          message: "\(rival) must not be given when SecretsManagerConfiguration is enabled"))
    }
    return found
  }
}
