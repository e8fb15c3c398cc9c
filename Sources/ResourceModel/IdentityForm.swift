import AWSModel
import PropertyTree

/// The parts of which a name, an ARN or an attribute of a resource is put together:
/// `arn:aws:kinesis:{region}:{account}:stream/{name}`.
///
/// Between braces stand:
/// - `{name}`: the resource's name, given or generated; `{id}`: its physical id.
/// - `{region}`, `{account}`, `{stack}` (the stack's name), `{endpoint}` (where the environment is
///   served, `http://127.0.0.1:4566`, without a final slash).
/// - `{Some.Property}`: the text of a property; `{Some.Property|text}` where it may be missing. A
///   form that needs a property which is not there gives nothing.
public struct IdentityForm: Sendable, Hashable, ExpressibleByStringLiteral {
  private enum Piece: Sendable, Hashable {
    case text(String)
    case name, id, region, account, stack, endpoint
    case property([String], fallback: String?)
  }

  private let pieces: [Piece]

  /// Values that a form is filled with.
  public struct Values: Sendable {
    public var name: String
    public var physicalID: String
    public var properties: PropertyValue
    public var environment: StackEnvironment

    public init(
      name: String, physicalID: String, properties: PropertyValue, environment: StackEnvironment
    ) {
      self.name = name
      self.physicalID = physicalID
      self.properties = properties
      self.environment = environment
    }
  }

  public init(stringLiteral text: String) {
    var pieces: [Piece] = []
    var rest = text[...]
    while let open = rest.firstIndex(of: "{") {
      if open > rest.startIndex { pieces.append(.text(String(rest[..<open]))) }
      let close = rest[open...].firstIndex(of: "}")
      precondition(close != nil, "a form with a brace that does not close: \(text)")
      pieces.append(Self.piece(rest[rest.index(after: open)..<(close ?? open)]))
      rest = rest[rest.index(after: close ?? open)...]
    }
    if !rest.isEmpty { pieces.append(.text(String(rest))) }
    self.pieces = pieces
  }

  private static func piece(_ word: Substring) -> Piece {
    switch word {
    case "name": return .name
    case "id": return .id
    case "region": return .region
    case "account": return .account
    case "stack": return .stack
    case "endpoint": return .endpoint
    default:
      let parts = word.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
      return .property(
        parts[0].split(separator: ".").map(String.init),
        fallback: parts.count > 1 ? String(parts[1]) : nil)
    }
  }

  /// A property as it is, with its type; an unknown one stays unknown. nil where it is missing.
  public func value(_ values: Values) -> PropertyValue? {
    if pieces.count == 1, case .property(let keys, let fallback) = pieces[0] {
      return values.properties.at(keys) ?? fallback.map(PropertyValue.string)
    }
    for case .property(let keys, _) in pieces {
      if let unknown = values.properties.at(keys), unknown.containsUnknown { return unknown }
    }
    return text(values).map(PropertyValue.string)
  }

  /// The form, filled in; nil where a property is missing.
  public func text(_ values: Values) -> String? {
    var text = ""
    for piece in pieces {
      switch piece {
      case .text(let part): text += part
      case .name: text += values.name
      case .id: text += values.physicalID
      case .region: text += values.environment.scope.region.text
      case .account: text += values.environment.scope.account.text
      case .stack: text += values.environment.stackName
      case .endpoint: text += values.environment.endpoint
      case .property(let keys, let fallback):
        guard let part = values.properties.at(keys)?.scalarText ?? fallback else { return nil }
        text += part
      }
    }
    return text
  }

  /// The name in a text of this form; nil where the text is not of it. What stands for the endpoint
  /// may be another one: an environment can move to another port.
  public func name(in text: String, _ values: Values) -> String? {
    guard let index = pieces.firstIndex(of: .name) else { return nil }
    var values = values
    var text = text[...]
    if pieces.first == .endpoint {
      values.environment.endpoint = ""
      guard let scheme = text.firstRange(of: "://"),
        let slash = text[scheme.upperBound...].firstIndex(of: "/")
      else { return nil }
      text = text[slash...]
    }
    guard let before = Self(pieces: Array(pieces[..<index])).text(values),
      let after = Self(pieces: Array(pieces[(index + 1)...])).text(values),
      text.hasPrefix(before), text.hasSuffix(after), text.count > before.count + after.count
    else { return nil }
    return String(text.dropFirst(before.count).dropLast(after.count))
  }

  private init(pieces: [Piece]) { self.pieces = pieces }
}

extension PropertyValue {
  /// The value below these keys.
  fileprivate func at(_ keys: [String]) -> PropertyValue? {
    keys.reduce(Optional(self)) { $0?[$1] }
  }
}
