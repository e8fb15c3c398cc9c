import AWSModel
import Effects
import PropertyTree

/// A published version of a layer.
struct LayerVersionModel: Codable, Sendable, Hashable, PolicyHolder {
  var layer: String
  var version: Int
  var description = ""
  var license: String?
  var runtimes: [String] = []
  var architectures: [String] = []
  /// SHA-256 of the archive, hexadecimal.
  var codeHash: String
  /// Bytes of the archive, and of what lies in it.
  var codeSize: Int
  var unpackedSize: Int
  var created: Timestamp
  var permissions: [Permission] = []
  var policyRevisionID = ""
  /// The step of a stack that published this version, until it has told its number.
  var origin: String?

  static func layerARN(_ name: String, _ scope: Scope) -> String {
    ARN("lambda", scope, "layer:\(name)").description
  }

  func arn(in scope: Scope) -> String { "\(Self.layerARN(layer, scope)):\(version)" }

  func asFunctionLayer(in scope: Scope) -> FunctionLayer {
    FunctionLayer(
      arn: arn(in: scope), codeHash: codeHash, codeSize: codeSize, unpackedSize: unpackedSize)
  }

  /// As lists show it.
  func shown(in scope: Scope) -> PropertyObject {
    var shown: PropertyObject = [
      "LayerVersionArn": .string(arn(in: scope)), "Version": .int(Int64(version)),
      "Description": .string(description),
      "CreatedDate": .string(created.iso8601.dropLast() + "+0000"),
    ]
    if !runtimes.isEmpty { shown["CompatibleRuntimes"] = .list(runtimes.map { .string($0) }) }
    if !architectures.isEmpty {
      shown["CompatibleArchitectures"] = .list(architectures.map { .string($0) })
    }
    if let license { shown["LicenseInfo"] = .string(license) }
    return shown
  }

  /// With the way to its archive.
  func shownWhole(in scope: Scope, location: String) -> PropertyValue {
    var shown = shown(in: scope)
    shown["LayerArn"] = .string(Self.layerARN(layer, scope))
    shown["Content"] = [
      "Location": .string(location), "CodeSize": .int(Int64(codeSize)),
      "CodeSha256": .string(Base64.encode(Hex.decode(codeHash) ?? [])),
    ]
    return .object(shown)
  }
}

/// A layer: the number of its next version, which is kept when versions go.
struct LayerModel: Codable, Sendable, Hashable {
  var nextVersion = 1
}

/// A layer's version as callers name it.
struct LayerReference: Sendable, Hashable {
  var scope: Scope
  var name: String
  /// nil where the layer itself is meant.
  var version: Int?

  /// A name or an ARN, with or without a version. Throws `ValidationException`.
  init(_ text: String, version: Int? = nil, scope: Scope) throws {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    self.scope = scope
    self.version = version
    name = text
    if parts.count >= 7, parts[0] == "arn", parts[2] == "lambda", parts[5] == "layer" {
      self.scope = Scope(account: AccountID(parts[4]), region: Region(parts[3]))
      name = parts[6]
      if parts.count == 8, let number = Int(parts[7]) { self.version = number }
    }
    guard Self.isName(name), parts.count < 9, parts.count == 1 || name != text else {
      throw ServiceError.validation(
        "1 validation error detected: Value '\(text.prefix(200))' at 'layerName' failed to satisfy "
          + "constraint: Member must satisfy regular expression pattern: "
          + #"(arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+"#)
    }
  }

  /// A whole ARN with a version; nil for anything else.
  static func version(_ text: String) -> LayerReference? {
    // A text that is no reference at all is none of a version either.
    guard let reference = try? LayerReference(text, scope: .standard), text.hasPrefix("arn:"),
      reference.version != nil
    else { return nil }
    return reference
  }

  private static func isName(_ text: String) -> Bool {
    (1...140).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }

  static let versionMissing = ServiceError.missing("The resource you requested does not exist.")
}
