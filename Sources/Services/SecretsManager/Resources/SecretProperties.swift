import AWSModel
import Effects
import PropertyTree
import ServiceKit

extension SecretResource {
  struct Properties: Codable, Sendable {
    var Name: String?
    var Description: String?
    var SecretString: String?
    var GenerateSecretString: SecretGeneration?
    var KmsKeyId: String?
    var Tags: [Tag]?

    /// The value that is given or generated; nil for an empty secret.
    func value(_ random: any RandomSource) throws(ServiceError) -> SecretValue? {
      try checkSource()
      let text = try GenerateSecretString.map { rule throws(ServiceError) in try rule.text(random) }
      return try SecretLimits.value(text: text ?? SecretString, binary: nil)
    }

    func checkSource() throws(ServiceError) {
      guard SecretString != nil, GenerateSecretString != nil else { return }
      throw SecretFault.invalid("Give SecretString or GenerateSecretString, not both.")
    }
  }
}

/// `GenerateSecretString`: how a value is made up.
struct SecretGeneration: Codable, Sendable, Hashable {
  var ExcludeCharacters: String?
  var ExcludeLowercase: Bool?
  var ExcludeNumbers: Bool?
  var ExcludePunctuation: Bool?
  var ExcludeUppercase: Bool?
  var GenerateStringKey: String?
  var IncludeSpace: Bool?
  var PasswordLength: Int?
  var RequireEachIncludedType: Bool?
  var SecretStringTemplate: String?

  var rule: PasswordRule {
    PasswordRule(
      length: PasswordLength ?? 32, excluded: ExcludeCharacters ?? "",
      excludesLower: ExcludeLowercase ?? false, excludesUpper: ExcludeUppercase ?? false,
      excludesDigits: ExcludeNumbers ?? false,
      excludesPunctuation: ExcludePunctuation ?? false, includesSpace: IncludeSpace ?? false,
      requiresEachType: RequireEachIncludedType ?? true)
  }

  /// The object that the password becomes a member of; nil where the secret is the password.
  func template() throws(ServiceError) -> PropertyObject? {
    guard (SecretStringTemplate == nil) == (GenerateStringKey == nil) else {
      throw SecretFault.invalid(
        "SecretStringTemplate and GenerateStringKey must be given together.")
    }
    guard let text = SecretStringTemplate else { return nil }
    let value: PropertyValue
    do { value = try JSONReader.read(text) } catch {
      throw SecretFault.invalid("SecretStringTemplate is not JSON.")
    }
    guard let object = value.objectValue else {
      throw SecretFault.invalid("SecretStringTemplate is not a JSON object.")
    }
    return object
  }

  func check() throws(ServiceError) {
    try rule.check()
    _ = try template()
  }

  func text(_ random: any RandomSource) throws(ServiceError) -> String {
    try check()
    let password = rule.password(random)
    guard var object = try template(), let key = GenerateStringKey else { return password }
    object[key] = .string(password)
    return JSONWriter.compact(.object(object))
  }
}
