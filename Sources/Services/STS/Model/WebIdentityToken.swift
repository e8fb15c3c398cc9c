import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// The claims of a JSON web token.
struct WebIdentityToken: Sendable {
  /// The claim in which a provider gives tags and a source identity.
  private static let namespace = "https://aws.amazon.com/"

  let issuer: String
  let subject: String
  /// The authorized party where there is one, else the audience.
  let audience: String
  let sourceIdentity: String?
  let tags: [ValuedTag]
  let transitiveKeys: [String]
  private let expires: Int64
  private let notBefore: Int64?

  /// Throws `InvalidIdentityToken`.
  init(_ text: String) throws(ServiceError) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, Self.object(parts[0]) != nil, let claims = Self.object(parts[1]) else {
      throw STSFaults.invalidToken(
        "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access "
          + "Token)")
    }
    func claim(_ name: String) throws(ServiceError) -> String {
      guard let value = claims[name]?.scalarText, !value.isEmpty else {
        throw STSFaults.invalidToken("Missing a required claim: \(name)")
      }
      return value
    }
    issuer = try claim("iss")
    subject = try claim("sub")
    guard let seconds = Int64(try claim("exp")) else {
      throw STSFaults.invalidToken("The claim exp is no number")
    }
    expires = seconds
    notBefore = claims["nbf"]?.integerValue
    let audiences = claims["aud"]?.listValue?.compactMap(\.stringValue)
    guard let found = claims["azp"]?.stringValue ?? audiences?.first ?? claims["aud"]?.stringValue
    else { throw STSFaults.invalidToken("Missing a required claim: aud") }
    audience = found
    sourceIdentity = claims["\(Self.namespace)source_identity"]?.stringValue
    let given = claims["\(Self.namespace)tags"]
    tags = (given?["principal_tags"]?.objectValue ?? [:]).compactMap { key, value in
      (value.listValue?.first ?? value).stringValue.map { ValuedTag(Key: key, Value: $0) }
    }
    transitiveKeys =
      given?["transitive_tag_keys"]?.listValue?.compactMap(\.stringValue) ?? []
  }

  /// Throws `ExpiredTokenException`, and `InvalidIdentityToken` for one that is not good yet.
  func check(now: Timestamp) throws(ServiceError) {
    let seconds = now.milliseconds / 1000
    guard seconds < expires else {
      throw ServiceError(
        "ExpiredTokenException",
        "Token expired: current date/time \(seconds) must be before the expiration date/time "
          + "\(expires)")
    }
    if let notBefore, seconds < notBefore {
      throw STSFaults.invalidToken(
        "Token must not be accepted before \(notBefore): it is \(seconds)")
    }
  }

  /// The object in a part of a token, which is base 64 for URLs, without its end.
  private static func object(_ part: Substring) -> PropertyValue? {
    var text = part.replacing("-", with: "+").replacing("_", with: "/")
    while !text.utf8.count.isMultiple(of: 4) { text += "=" }
    // A part that is no JSON is no token's.
    guard let bytes = Base64.decode(String(text)), let value = try? JSONReader.read(bytes),
      value.objectValue != nil
    else { return nil }
    return value
  }
}
