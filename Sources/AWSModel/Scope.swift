/// A 12-digit account. The access key chooses it: a key of twelve digits is the account.
public struct AccountID: Sendable, Hashable, Codable, CustomStringConvertible {
  public var text: String
  public init(_ text: String) { self.text = text }
  public init(from decoder: any Decoder) throws {
    text = try decoder.singleValueContainer().decode(String.self)
  }
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
  public static let standard = AccountID("000000000000")
  public var description: String { text }
}

/// `us-east-1`; the signature's scope names it.
public struct Region: Sendable, Hashable, Codable, CustomStringConvertible {
  public var text: String
  public init(_ text: String) { self.text = text }
  public init(from decoder: any Decoder) throws {
    text = try decoder.singleValueContainer().decode(String.self)
  }
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
  public static let standard = Region("us-east-1")
  public var description: String { text }
}

/// Account and region: part of every key.
public struct Scope: Sendable, Hashable, Codable {
  public var account: AccountID
  public var region: Region
  public init(account: AccountID = .standard, region: Region = .standard) {
    self.account = account
    self.region = region
  }
  public static let standard = Scope()
}

/// `arn:aws:service:region:account:resource`.
public struct ARN: Sendable, Hashable, CustomStringConvertible {
  public var service: String
  /// Empty for global services.
  public var region: String
  public var account: String
  /// Everything after the fifth colon, colons included.
  public var resource: String

  public init(service: String, region: String, account: String, resource: String) {
    self.service = service
    self.region = region
    self.account = account
    self.resource = resource
  }

  public init(_ service: String, _ scope: Scope, _ resource: String) {
    self.init(
      service: service, region: scope.region.text, account: scope.account.text, resource: resource)
  }

  /// nil when the text is not an ARN.
  public init?(parsing text: String) {
    let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    guard parts.count == 6, parts[0] == "arn", parts[1].hasPrefix("aws") else { return nil }
    self.init(
      service: String(parts[2]), region: String(parts[3]), account: String(parts[4]),
      resource: String(parts[5]))
  }

  public var description: String { "arn:aws:\(service):\(region):\(account):\(resource)" }

  /// The part after the last `/` or `:`.
  public var leaf: String {
    String(resource.split(whereSeparator: { $0 == "/" || $0 == ":" }).last ?? "")
  }

  public var scope: Scope { Scope(account: AccountID(account), region: Region(region)) }
}
