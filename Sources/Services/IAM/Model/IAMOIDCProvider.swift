import AWSModel
import Effects
import ServiceKit

/// A provider of OpenID Connect whose tokens an account trusts, keyed by account and URL.
struct IAMOIDCProvider: Codable, Sendable, Hashable, IAMTagged {
  static let clientIDsMax = 100
  static let thumbprintsMax = 5
  private static let scheme = "https://"

  /// The URL without its scheme.
  var name: String
  var createdAt: Timestamp
  var clientIDs: [String]
  /// SHA-1 of certificates, 40 hexadecimal digits in small letters.
  var thumbprints: [String]
  var tags: [ValuedTag] = []

  static func arn(_ name: String, in account: AccountID) -> String {
    "arn:aws:iam::\(account):oidc-provider/\(name)"
  }

  func arn(in account: AccountID) -> String { Self.arn(name, in: account) }

  static func missing(_ name: String) -> ServiceError {
    IAMFaults.noSuchEntity("OpenIDConnect Provider not found for arn \(name)")
  }

  static func taken(_ name: String) -> ServiceError {
    IAMFaults.exists("Provider with url \(scheme)\(name) already exists.")
  }

  /// The name in a URL. Throws `ValidationError`.
  static func name(ofURL url: String) throws(ServiceError) -> String {
    guard url.hasPrefix(scheme) else {
      throw IAMFaults.validation("Invalid Open ID Connect Provider URL")
    }
    let rest = url.dropFirst(scheme.count)
    guard let first = rest.utf8.first, first != UInt8(ascii: "/"), !rest.contains("?"),
      !rest.contains("#"), !rest.contains(" ")
    else { throw IAMFaults.validation("Invalid Open ID Connect Provider URL") }
    return String(rest.hasSuffix("/") ? rest.dropLast() : rest)
  }

  /// The name in an ARN of an account. Throws `InvalidInput`.
  static func name(ofARN text: String) throws(ServiceError) -> String {
    guard let arn = ARN(parsing: text), arn.service == "iam",
      arn.resource.hasPrefix("oidc-provider/")
    else { throw IAMFaults.invalidInput("Invalid ARN: \(text)") }
    return String(arn.resource.dropFirst("oidc-provider/".count))
  }

  static func check(thumbprints: [String]) throws(ServiceError) {
    guard thumbprints.count <= thumbprintsMax else {
      throw IAMFaults.invalidInput("Thumbprint list must contain fewer than 5 entries.")
    }
    for thumbprint in thumbprints
    where thumbprint.utf8.count != 40 || !thumbprint.allSatisfy(\.isHexDigit) {
      throw IAMFaults.validation("Invalid thumbprint: \(thumbprint) is no SHA-1 in hexadecimal")
    }
  }

  static func check(clientIDs: [String]) throws(ServiceError) {
    guard clientIDs.count <= clientIDsMax else {
      throw IAMFaults.quota("ClientIdsPerOpenIdConnectProvider", clientIDsMax)
    }
  }
}
