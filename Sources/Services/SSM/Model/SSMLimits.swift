import AWSModel
import PatternMatching
import ServiceKit

/// Bounds of parameters' names and values.
enum SSMLimits {
  static let levelsMax = 15
  static let versionsMax: Int64 = 100
  static let labelsMax = 10
  /// Bytes of a value.
  static let standardBytesMax = 4096
  static let advancedBytesMax = 8192
  static let nameMax = 1011
  static let defaultKey = "alias/aws/ssm"
  static let tiers = ["Standard", "Advanced", "Intelligent-Tiering"]

  private static let pathRule =
    "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can "
    + "consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of "
    + "letters, numbers and the following 3 symbols .-_"

  /// Throws where no parameter can be called so: an empty part, or parts without a slash before
  /// them.
  static func check(path name: String) throws(ServiceError) {
    guard !name.contains("//"), !name.contains("/") || name.hasPrefix("/") else {
      throw .validation(pathRule)
    }
  }

  /// Throws where a new parameter can't be called so.
  static func check(name: String) throws(ServiceError) {
    let bare = name.drop { $0 == "/" }.lowercased()
    let isPath = name.dropFirst().contains("/")
    if bare.hasPrefix("aws") || bare.hasPrefix("ssm") {
      if isPath, name.lowercased().hasPrefix("/aws") {
        throw ServiceError(
          "AccessDeniedException", "No access to reserved parameter name: \(name).")
      }
      throw .validation(
        isPath
          ? pathRule
          : "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).")
    }
    guard !name.contains("//") else { throw .validation(pathRule) }
    guard name.utf8.allSatisfy(isNameByte), !name.hasSuffix("/") else {
      throw .validation(
        "Parameter name: can only contain letters, numbers and the following symbols .-_ and, for "
          + "a path, / between its parts.")
    }
    guard !name.contains("/") || name.hasPrefix("/") else {
      throw .validation("Parameter name must be a fully qualified name.")
    }
    guard name.utf8.count <= nameMax else {
      throw .validation("Parameter name: can't be longer than \(nameMax) characters.")
    }
    guard name.split(separator: "/").count <= levelsMax else { throw SSMFault.tooManyLevels }
  }

  static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
      UInt8(ascii: "_"), UInt8(ascii: "/"):
      true
    default: false
    }
  }

  /// A label: letters, digits, `.`, `-`, `_`; no digit first, no `aws` or `ssm`.
  static func isLabel(_ text: String) -> Bool {
    let lower = text.lowercased()
    return !lower.hasPrefix("aws") && !lower.hasPrefix("ssm")
      && text.utf8.first.map { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } == true
      && text.utf8.allSatisfy { isNameByte($0) && $0 != UInt8(ascii: "/") }
  }

  /// Holds a value against the pattern that its parameter gives, which may match any part of it.
  static func check(_ value: String, against pattern: String) throws(ServiceError) {
    let compiled: Pattern
    do throws(Pattern.Failure) { compiled = try Pattern(pattern) } catch {
      switch error {
      case .malformed: throw SSMFault.invalidPattern
      case .unsupported(let what): throw .unsupported("\(what) in `AllowedPattern`")
      case .tooLarge: throw .unsupported("an `AllowedPattern` of that size")
      }
    }
    var steps = patternStepsMax
    guard let isMatch = compiled.matches(value, whole: false, steps: &steps) else {
      throw .unsupported("an `AllowedPattern` that takes so long to be matched")
    }
    if !isMatch { throw SSMFault.mismatch(pattern) }
  }

  /// A tenth of a second at most.
  private static let patternStepsMax = 10_000_000

  static func check(removedTags keys: [String]) throws(ServiceError) {
    try check(tags: keys.map { ValuedTag(Key: $0, Value: "") }.system.table)
  }

  static func check(tags: [String: String]) throws(ServiceError) {
    switch TagRules().violation(of: [ValuedTag](table: tags)) {
    case .key(let key), .value(let key):
      throw .validation(
        "A tag has a key of 1 to 128 characters and a value of at most 256: `\(key)`")
    case .reserved(let key): throw .validation("Tag keys can't begin with aws: `\(key)`")
    case .count(let max):
      throw ServiceError("TooManyTagsError", "A resource can have no more than \(max) tags.")
    case .duplicate, nil: return
    }
  }
}
