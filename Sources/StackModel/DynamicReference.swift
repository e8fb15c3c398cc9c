import PropertyTree

/// The value that `{{resolve:…}}` names, which lies outside of the template.
public struct DynamicReference: Sendable, Hashable {
  public enum Service: String, Sendable, Hashable, CaseIterable {
    /// `{{resolve:ssm:name:version}}`
    case ssm
    /// `{{resolve:ssm-secure:name:version}}`
    case secureSSM = "ssm-secure"
    /// `{{resolve:secretsmanager:id:SecretString:key:stage:version}}`
    case secretsManager = "secretsmanager"
    /// `{{resolve:deferred:…}}`: a `DeferredValue`, which no template can write.
    case deferred
    /// `{{resolve:iam-access-key:AKIA…}}`: the secret of an access key, which an attribute gives and
    /// no template can write.
    case accessKey = "iam-access-key"

    static let written = allCases.filter { $0 != .deferred && $0 != .accessKey }
  }

  public var service: Service
  /// The parameter's name, or the secret's name or ARN; what `DeferredValue` reads.
  public var name: String
  /// A parameter's version; a secret's version id. nil for the newest.
  public var version: String?
  /// The key of a secret that is a JSON object; nil for the whole secret.
  public var jsonKey: String?
  /// A secret's version by its stage; nil for `AWSCURRENT`.
  public var versionStage: String?

  public init(
    service: Service, name: String, version: String? = nil, jsonKey: String? = nil,
    versionStage: String? = nil
  ) {
    self.service = service
    self.name = name
    self.version = version
    self.jsonKey = jsonKey
    self.versionStage = versionStage
  }

  /// True for what no message, plan or log may show.
  public var isSecret: Bool {
    service == .secureSSM || service == .secretsManager || service == .accessKey
  }

  /// True for what stands in values that resources give, and in no template.
  public var isGiven: Bool { service == .deferred || service == .accessKey }

  /// The reason why a text between `{{resolve:` and `}}` is not a reference.
  public struct Malformed: Error, Sendable, Hashable {
    public var reason: String
  }

  /// Reads what stands between `{{resolve:` and `}}`.
  public init(parsing text: Substring) throws(Malformed) {
    var parts = text.split(separator: ":", omittingEmptySubsequences: false).map { String($0) }
    let name = parts.removeFirst()
    guard let service = Service(rawValue: name) else {
      let known = Service.written.map { "`\($0.rawValue)`" }.joined(separator: ", ")
      throw Malformed(reason: "there is no service `\(name)`; it is one of \(known)")
    }
    self.service = service
    if service == .deferred || service == .accessKey {
      self.name = parts.joined(separator: ":")
      return
    }
    guard service == .secretsManager else {
      guard (1...2).contains(parts.count), !parts[0].isEmpty else {
        throw Malformed(reason: "write `{{resolve:\(name):parameter-name:version}}`")
      }
      self.name = parts[0]
      if parts.count == 2 {
        guard Int(parts[1]).map({ $0 > 0 }) == true else {
          throw Malformed(reason: "the version is a number, not `\(parts[1])`")
        }
        version = parts[1]
      }
      return
    }
    // An ARN brings six colons of its own.
    let width = parts.first == "arn" ? 7 : 1
    guard parts.count >= width, parts.count <= width + 4, !parts[0].isEmpty else {
      throw Malformed(
        reason: "write `{{resolve:secretsmanager:secret-id:SecretString:json-key}}`")
    }
    self.name = parts[..<width].joined(separator: ":")
    let rest = parts[width...].map { $0.isEmpty ? nil : $0 }
    if let kind = rest.first ?? nil, kind != "SecretString" {
      throw Malformed(reason: "only `SecretString` can be read, not `\(kind)`")
    }
    jsonKey = rest.count > 1 ? rest[1] : nil
    versionStage = rest.count > 2 ? rest[2] : nil
    version = rest.count > 3 ? rest[3] : nil
    if versionStage != nil, version != nil {
      throw Malformed(reason: "give a version's stage or its id, not both")
    }
  }
}

/// The answer to a dynamic reference.
public enum DynamicAnswer: Sendable, Hashable {
  case value(String)
  /// There is no such value, and why.
  case missing(reason: String, hint: String?)
  /// Not known before the deployment has made it, or not looked up at all.
  case unknown
}

/// A text cut at its dynamic references.
public enum DynamicPiece: Sendable, Hashable {
  case text(Substring)
  /// A reference, with how it is written, braces and all.
  case reference(DynamicReference, written: Substring)
  case malformed(reason: String, written: Substring)
  /// `{{resolve:` without an end.
  case unclosed(Substring)

  public static func pieces(of text: String) -> [DynamicPiece] {
    var pieces: [DynamicPiece] = []
    var rest = text[...]
    while let open = rest.firstRange(of: String.dynamicMark) {
      if open.lowerBound > rest.startIndex { pieces.append(.text(rest[..<open.lowerBound])) }
      guard let close = rest[open.upperBound...].firstRange(of: "}}") else {
        return pieces + [.unclosed(rest[open.lowerBound...])]
      }
      let written = rest[open.lowerBound..<close.upperBound]
      do throws(DynamicReference.Malformed) {
        let reference = try DynamicReference(parsing: rest[open.upperBound..<close.lowerBound])
        pieces.append(.reference(reference, written: written))
      } catch {
        pieces.append(.malformed(reason: error.reason, written: written))
      }
      rest = rest[close.upperBound...]
    }
    return rest.isEmpty ? pieces : pieces + [.text(rest)]
  }
}

extension String {
  public static let dynamicMark = "{{resolve:"

  /// True where `{{resolve:` stands in the text.
  public var containsDynamicReference: Bool {
    guard utf8.count > 12, utf8.contains(UInt8(ascii: "{")) else { return false }
    return contains(Self.dynamicMark)
  }
}

extension PropertyValue {
  /// True where a dynamic reference stands in a text anywhere inside.
  public var containsDynamicReference: Bool {
    switch self {
    case .string(let text): text.containsDynamicReference
    case .list(let list): list.contains { $0.containsDynamicReference }
    case .object(let object): object.values.contains { $0.containsDynamicReference }
    default: false
    }
  }
}
