import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// A secret of Secrets Manager that is read under a parameter's name:
/// `/aws/reference/secretsmanager/<name>`, with `:version id` or `:stage` behind it or without.
///
/// https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html
struct SSMSecretReference: Sendable {
  static let prefix = "/aws/reference/secretsmanager/"

  let name: String
  private let id: String
  private let selector: String?

  /// nil for the name of a parameter.
  init?(_ name: String) {
    guard name.hasPrefix(Self.prefix) else { return nil }
    self.name = name
    let parts = name.dropFirst(Self.prefix.count).split(
      separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    id = parts.first.map(String.init) ?? ""
    selector = parts.count == 2 ? String(parts[1]) : nil
  }

  /// The secret in the shape of a parameter. Throws `ParameterNotFound`, `ValidationException`.
  func parameter(
    decrypts: Bool, _ source: any SecretSource, now: Timestamp, _ scope: Scope,
    _ transaction: Transaction
  ) throws -> SSMParameterShape {
    guard decrypts else {
      throw ServiceError.validation(
        "WithDecryption flag must be True for retrieving a Secret Manager secret.")
    }
    // Ids of versions have 32 characters or more; stages are shorter words.
    let isVersion = (selector?.utf8.count ?? 0) >= 32
    let secret: StoredSecret
    do {
      secret = try source.secret(
        id, stage: isVersion ? nil : selector, versionID: isVersion ? selector : nil, now: now,
        scope: scope, in: transaction)
    } catch let fault as ServiceError where fault.code == "ResourceNotFoundException" {
      throw ServiceError(
        "ParameterNotFound",
        "An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret \(name) "
          + "not found.")
    }
    guard let text = secret.text else {
      throw ServiceError.unsupported("secrets of bytes under a parameter's name (`\(name)`)")
    }
    return SSMParameterShape(secret, text, name: name, selector: selector)
  }
}

extension SSMParameterShape {
  fileprivate init(_ secret: StoredSecret, _ text: String, name: String, selector: String?) {
    Name = name
    Type = SSMParameterType.secure.rawValue
    Value = text
    Version = 0
    Selector = selector.map { ":\($0)" }
    LastModifiedDate = secret.created.epochSeconds
    ARN = secret.arn
    DataType = "text"
    let answer: PropertyValue = [
      "ARN": .string(secret.arn), "Name": .string(secret.name),
      "VersionId": .string(secret.versionID), "SecretString": .string(text),
      "VersionStages": .list(secret.stages.map { .string($0) }),
      "CreatedDate": .double(secret.created.epochSeconds),
    ]
    SourceResult = JSONWriter.compact(answer)
  }
}
