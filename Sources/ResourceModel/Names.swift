/// A resource's name inside its template.
public struct LogicalID: Sendable, Hashable, Codable, Comparable, CustomStringConvertible,
  ExpressibleByStringLiteral
{
  public var text: String
  public init(_ text: String) { self.text = text }
  public init(stringLiteral value: String) { text = value }
  public init(from decoder: any Decoder) throws {
    text = try decoder.singleValueContainer().decode(String.self)
  }
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
  public static func < (a: LogicalID, b: LogicalID) -> Bool { a.text < b.text }
  public var description: String { text }
}

/// `AWS::Kinesis::Stream`.
public struct ResourceType: Sendable, Hashable, Codable, CustomStringConvertible,
  ExpressibleByStringLiteral
{
  public var text: String
  public init(_ text: String) { self.text = text }
  public init(stringLiteral value: String) { text = value }
  public init(from decoder: any Decoder) throws {
    text = try decoder.singleValueContainer().decode(String.self)
  }
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
  public var description: String { text }
}

extension ResourceType {
  /// The type of resources that a function of the user's makes.
  public static let custom: ResourceType = "AWS::CloudFormation::CustomResource"

  /// True for `Custom::…`.
  public var isCustom: Bool { text.hasPrefix("Custom::") }
}
