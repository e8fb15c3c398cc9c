import AWSModel
import ServiceKit

/// Bounds of IAM's names.
enum IAMLimits {
  /// Throws `ValidationError` unless the name is 1 to `max` of `A-Z a-z 0-9 _ + = , . @ -`.
  static func check(_ name: String, _ member: String, max: Int) throws(ServiceError) {
    guard (1...max).contains(name.utf8.count), name.utf8.allSatisfy(isNameByte) else {
      throw IAMFaults.validation(
        "The value at '\(member)' must have 1 to \(max) characters, each a letter, a digit or one "
          + "of _+=,.@-")
    }
  }

  /// Throws `ValidationError` unless the path is `/` or starts and ends with it.
  static func check(path: String) throws(ServiceError) {
    guard path.hasPrefix("/"), path.hasSuffix("/"), path.utf8.count <= 512,
      path.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else {
      throw IAMFaults.validation(
        "The path must begin and end with / and have at most 512 characters")
    }
  }

  static func check(sessionSeconds: Int) throws(ServiceError) {
    guard (3600...43_200).contains(sessionSeconds) else {
      throw IAMFaults.validation("MaxSessionDuration must be between 3600 and 43200 seconds")
    }
  }

  static func check(tags: [ValuedTag]) throws(ServiceError) {
    var rules = TagRules()
    rules.ignoresCase = true
    switch rules.violation(of: tags) {
    case nil: return
    case .key, .value:
      throw IAMFaults.validation("A tag has a key of 1 to 128 characters and a value up to 256.")
    case .reserved(let key):
      throw IAMFaults.invalidInput("The tag key \(key) begins with aws:, which is reserved.")
    case .duplicate(let key):
      throw IAMFaults.invalidInput("Duplicate tag keys found: \(key)")
    case .count(let max):
      throw IAMFaults.limit("The number of tags has reached the maximum limit. (It is \(max).)")
    }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: Array("_+=,.@-".utf8).contains(byte)
    }
  }
}
