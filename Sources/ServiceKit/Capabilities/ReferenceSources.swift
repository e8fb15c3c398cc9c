import AWSModel
import Effects

extension Capability<any ParameterSource> {
  public static var parameters: Self { Self("parameters", offeredBy: "SSM") }
}

extension Capability<any SecretSource> {
  public static var secrets: Self { Self("secrets", offeredBy: "Secrets Manager") }
}

/// Reads parameters (SSM), for templates that refer to them.
public protocol ParameterSource: Sendable {
  /// The parameter's value, of the given version or the newest.
  ///
  /// - Throws: `ServiceError`: `ParameterNotFound`, `ParameterVersionNotFound`.
  func parameter(
    _ name: String, version: Int64?, scope: Scope, in transaction: Transaction
  ) throws -> StoredParameter
  /// All names, for suggestions.
  func parameterNames(in scope: Scope, _ transaction: Transaction) throws -> [String]
}

/// A parameter's value; lists joined with commas.
public struct StoredParameter: Sendable, Hashable {
  public var value: String
  /// True for a `SecureString`.
  public var isSecure: Bool

  public init(value: String, isSecure: Bool) {
    self.value = value
    self.isSecure = isSecure
  }
}

/// Reads secrets (Secrets Manager), for templates that refer to them.
public protocol SecretSource: Sendable {
  /// A version's text: by stage, by id, or the current one.
  ///
  /// - Parameter id: the name, or the ARN with or without its random end.
  /// - Throws: `ServiceError`: `ResourceNotFoundException`, `InvalidRequestException`.
  func secretText(
    _ id: String, stage: String?, versionID: String?, now: Timestamp, scope: Scope,
    in transaction: Transaction
  ) throws -> String
  /// A version with what is known of it.
  ///
  /// - Throws: as `secretText`.
  func secret(
    _ id: String, stage: String?, versionID: String?, now: Timestamp, scope: Scope,
    in transaction: Transaction
  ) throws -> StoredSecret
  /// All names, for suggestions.
  func secretNames(in scope: Scope, _ transaction: Transaction) throws -> [String]
}

/// A version of a secret as other services read it.
public struct StoredSecret: Sendable {
  public var arn: String
  public var name: String
  public var versionID: String
  public var stages: [String]
  /// nil where the version holds bytes.
  public var text: String?
  public var created: Timestamp

  public init(
    arn: String, name: String, versionID: String, stages: [String], text: String?,
    created: Timestamp
  ) {
    self.arn = arn
    self.name = name
    self.versionID = versionID
    self.stages = stages
    self.text = text
    self.created = created
  }
}
