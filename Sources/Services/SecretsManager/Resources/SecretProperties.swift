import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// What the properties of `AWS::SecretsManager::Secret` say of the value.
enum SecretProperties {
  struct Generation: Decodable {
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

  static func generation(_ properties: PropertyValue) throws(ServiceError) -> Generation? {
    guard let value = properties["GenerateSecretString"] else { return nil }
    do { return try TreeDecoder().decode(Generation.self, from: value) } catch {
      throw .validation("GenerateSecretString is not valid: \(error)")
    }
  }

  /// The value that the properties give or have generated; nil for an empty secret.
  static func value(_ properties: PropertyValue, _ random: any RandomSource) throws(ServiceError)
    -> SecretValue?
  {
    let generation = try generation(properties)
    let text = properties["SecretString"]?.scalarText
    if generation != nil, text != nil {
      throw SecretFault.invalid("Give SecretString or GenerateSecretString, not both.")
    }
    return try SecretLimits.value(
      text: try generation.map { generation throws(ServiceError) in try generation.text(random) }
        ?? text,
      binary: nil)
  }

  static func tags(_ properties: PropertyValue) throws(ServiceError) -> [Tag] {
    var tags: [Tag] = []
    for tag in properties["Tags"]?.listValue ?? [] {
      guard let key = tag["Key"]?.scalarText, let value = tag["Value"]?.scalarText else {
        throw .validation("A tag needs `Key` and `Value`.")
      }
      tags.append(Tag(Key: key, Value: value))
    }
    try SecretLimits.check(tags: tags)
    return tags
  }
}
