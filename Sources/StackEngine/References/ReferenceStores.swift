import AWSModel
import Effects
import PropertyTree
import ServiceKit
import StackModel

/// The stores that dynamic references read from.
struct ReferenceStores: Sendable {
  let capabilities: Capabilities

  init(capabilities: Capabilities) { self.capabilities = capabilities }

  /// The value of a reference in what is stored at this moment.
  ///
  /// Throws `ServiceError`.
  func value(
    of reference: DynamicReference, in scope: Scope, at now: Timestamp, _ transaction: Transaction
  ) throws -> String {
    if reference.service == .accessKey { return try accessKey(reference, transaction) }
    guard reference.service == .secretsManager else {
      return try parameter(reference, in: scope, transaction)
    }
    let text = try capabilities.require(.secrets).secretText(
      reference.name, stage: reference.versionStage, versionID: reference.version, now: now,
      scope: scope, in: transaction)
    guard let key = reference.jsonKey else { return text }
    return try Self.member(key, of: text)
  }

  private func accessKey(_ reference: DynamicReference, _ transaction: Transaction) throws
    -> String
  {
    guard
      let secret = try capabilities.require(.userKeys).secret(
        ofKey: reference.name, transaction)
    else {
      throw ServiceError(
        "NoSuchEntity", "The Access Key with id \(reference.name) cannot be found.", status: 404)
    }
    return secret
  }

  private func parameter(
    _ reference: DynamicReference, in scope: Scope, _ transaction: Transaction
  ) throws -> String {
    let found = try capabilities.require(.parameters).parameter(
      reference.name, version: reference.version.flatMap { Int64($0) }, scope: scope,
      in: transaction)
    if found.isSecure, reference.service == .ssm {
      throw ServiceError.validation(
        "\(reference.name) is a SecureString, which CloudFormation does not read here")
    }
    return found.value
  }

  private static func member(_ key: String, of text: String) throws -> String {
    let value: PropertyValue
    do { value = try JSONReader.read(text) } catch {
      throw ServiceError.validation("Could not parse SecretString JSON")
    }
    guard let member = value[key] else {
      throw ServiceError.validation(
        "Could not find a value associated with JSONKey in SecretString")
    }
    return member.scalarText ?? JSONWriter.compact(member)
  }
}
