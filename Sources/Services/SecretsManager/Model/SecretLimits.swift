import AWSModel
import PropertyTree
import ServiceKit

/// Bounds of secrets' names and values.
enum SecretLimits {
  static let versionsMax = 100
  static let stagesMax = 20
  /// Bytes of a value.
  static let bytesMax = 65_536
  static let policyBytesMax = 20_480
  static let recoveryDays = 7...30
  static let defaultKey = "alias/aws/secretsmanager"

  static func check(name: String) throws(ServiceError) {
    guard (1...512).contains(name.utf8.count), name.utf8.allSatisfy(isNameByte) else {
      throw .validation(
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the "
          + "following: -/_+=.@!")
    }
  }

  static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: Array("-/_+=.@!".utf8).contains(byte)
    }
  }

  /// The value that a request gives; nil for none.
  static func value(text: String?, binary: String?) throws(ServiceError) -> SecretValue? {
    if text != nil, binary != nil {
      throw SecretFault.invalid(
        "You can't specify both a binary secret value and a string secret "
          + "value in the same secret.")
    }
    if let text {
      guard (1...bytesMax).contains(text.utf8.count) else {
        throw SecretFault.invalid("A secret's value has 1 to \(bytesMax) bytes.")
      }
      return .text(text)
    }
    guard let binary else { return nil }
    guard let bytes = Base64.decode(binary), (1...bytesMax).contains(bytes.count) else {
      throw SecretFault.invalid("A secret's value has 1 to \(bytesMax) bytes.")
    }
    return .binary(binary)
  }

  static func check(token: String?) throws(ServiceError) {
    guard let token, !(32...64).contains(token.utf8.count) else { return }
    throw SecretFault.invalid("ClientRequestToken must be 32-64 characters long.")
  }

  static func check(description: String?) throws(ServiceError) {
    guard let description, description.utf16.count > 2048 else { return }
    throw .validation("A description has at most 2048 characters.")
  }

  /// KMS is not here: every value is sealed with the environment's own key.
  static func check(key: String?) throws(ServiceError) {
    guard let key, !key.isEmpty, key != defaultKey else { return }
    throw .unsupported("keys of KMS; secrets are sealed with the environment's own key")
  }

  static func check(tags: [Tag]) throws(ServiceError) {
    switch TagRules().violation(of: tags) {
    case nil: return
    case .key(let key), .value(let key), .reserved(let key):
      throw SecretFault.invalid("The tag `\(key)` is not valid.")
    case .duplicate(let key): throw SecretFault.invalid("Duplicate tag key: \(key)")
    case .count(let max): throw SecretFault.invalid("A secret can have no more than \(max) tags.")
    }
  }

  /// A policy must be a JSON object.
  static func check(policy: String) throws(ServiceError) {
    guard policy.utf8.count <= policyBytesMax else {
      throw SecretFault.invalid("A resource policy has at most \(policyBytesMax) bytes.")
    }
    let document: PropertyValue
    do { document = try JSONReader.read(policy) } catch {
      throw ServiceError("MalformedPolicyDocumentException", "This resource policy is not JSON.")
    }
    guard document.objectValue?["Statement"] != nil else {
      throw ServiceError(
        "MalformedPolicyDocumentException", "This resource policy has no statement.")
    }
  }
}
