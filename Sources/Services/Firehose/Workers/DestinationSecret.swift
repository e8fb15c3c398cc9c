import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// Reads a destination's credentials from Secrets Manager when something is delivered, so that a
/// secret that has been rotated counts from the next attempt on.
/// https://docs.aws.amazon.com/firehose/latest/dev/using-secrets-manager.html
struct DestinationSecret: Sendable {
  let scope: Scope
  let clock: any Clock
  let capabilities: Capabilities
  let database: ServiceDatabase

  /// The destination with the credentials of its secret, where it names one.
  func opened(_ remote: RemoteDestination) throws(SendFault) -> RemoteDestination {
    guard let arn = remote.configuration.SecretsManagerConfiguration?.arn else { return remote }
    let text: String
    do {
      let secrets = try capabilities.require(.secrets)
      let place = ARN(parsing: arn)?.scope ?? scope
      text = try database.read { [now = clock.now] in
        try secrets.secretText(
          arn, stage: nil, versionID: nil, now: now, scope: place, in: $0)
      }
    } catch {
      let fault = error as? ServiceError
      throw SendFault(
        code: "SecretsManager.\(fault?.code ?? "InternalError")",
        message: "The secret \(arn) can't be read. \(fault?.message ?? "\(error)")")
    }
    // The reason would tell a part of the secret.
    guard let tree = try? JSONReader.read(text), let opened = remote.with(secret: tree) else {
      throw SendFault(
        code: "SecretsManager.InvalidSecret",
        message: "The secret \(arn) must be a JSON object with "
          + "\(type(of: remote.configuration).secretMembers).")
    }
    return opened
  }
}

extension RemoteDestination {
  /// This one with the credentials of a secret; nil where the secret does not hold them.
  fileprivate func with(secret: PropertyValue) -> RemoteDestination? {
    switch self {
    case .httpEndpoint(let configuration):
      configuration.with(secret: secret).map { .httpEndpoint($0) }
    case .splunk(let configuration): configuration.with(secret: secret).map { .splunk($0) }
    case .redshift(let configuration): configuration.with(secret: secret).map { .redshift($0) }
    case .openSearch, .elasticsearch, .serverless, .iceberg: self
    }
  }
}
