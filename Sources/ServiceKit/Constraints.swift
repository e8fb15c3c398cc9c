import AWSModel

/// Gathers what is wrong with a request's members and words it as AWS's validators do:
/// `1 validation error detected: Value '' at 'streamName' failed to satisfy constraint: …`.
public struct Constraints: Sendable {
  private var violations: [String] = []

  public init() {}

  public mutating func violate(_ value: String, at member: String, _ rule: String) {
    violations.append(
      "Value '\(value)' at '\(member)' failed to satisfy constraint: Member must \(rule)")
  }

  /// The length in UTF-16 units, as the Java services count.
  public mutating func length(_ value: String?, in range: ClosedRange<Int>, at member: String) {
    guard let value else { return }
    let count = value.utf16.count
    if count > range.upperBound {
      violate(value, at: member, "have length less than or equal to \(range.upperBound)")
    } else if count < range.lowerBound {
      violate(value, at: member, "have length greater than or equal to \(range.lowerBound)")
    }
  }

  public mutating func range(_ value: Int?, in range: ClosedRange<Int>, at member: String) {
    guard let value else { return }
    if value > range.upperBound {
      violate(String(value), at: member, "have value less than or equal to \(range.upperBound)")
    } else if value < range.lowerBound {
      violate(String(value), at: member, "have value greater than or equal to \(range.lowerBound)")
    }
  }

  public mutating func choice(_ value: String?, of choices: [String], at member: String) {
    guard let value, !choices.contains(value) else { return }
    violate(
      value, at: member, "satisfy enum value set: [\(choices.joined(separator: ", "))]")
  }

  /// Every character must satisfy `isAllowed`; `pattern` is how the rule is written in the message.
  public mutating func characters(
    _ value: String?, pattern: String, at member: String, _ isAllowed: (UInt8) -> Bool
  ) {
    guard let value, !value.utf8.allSatisfy(isAllowed) else { return }
    violate(value, at: member, "satisfy regular expression pattern: \(pattern)")
  }

  /// Names of streams and delivery streams.
  public mutating func name(_ value: String?, lengthMax: Int, at member: String) {
    characters(value, pattern: "[a-zA-Z0-9_.-]+", at: member) {
      switch $0 {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
        UInt8(ascii: "-"):
        true
      default: false
      }
    }
    length(value, in: 1...lengthMax, at: member)
  }

  /// Throws a ValidationException that lists every violation.
  public func check() throws(ServiceError) {
    guard !violations.isEmpty else { return }
    let noun = violations.count == 1 ? "error" : "errors"
    throw .validation(
      "\(violations.count) validation \(noun) detected: \(violations.joined(separator: "; "))")
  }
}
