/// The signals that a resource's creation waits for, as its `CreationPolicy` says.
public struct CreationSignals: Sendable, Hashable, Codable {
  /// At least 1.
  public var count: Int
  /// Seconds, from 0 to 43,200.
  public var seconds: Int

  public init(count: Int = 1, seconds: Int = 300) {
    self.count = count
    self.seconds = seconds
  }

  /// The longest time that CloudFormation waits: 12 hours.
  public static let secondsMax = 43_200

  /// Seconds of an ISO 8601 duration of hours, minutes and seconds: `PT1H30M`; nil for another text.
  public static func seconds(of text: String) -> Int? {
    guard text.hasPrefix("PT"), text.count > 2 else { return nil }
    var (total, digits, units) = (0, "", Substring("HMS"))
    for character in text.dropFirst(2) {
      if character.isASCII, character.isNumber {
        digits.append(character)
        continue
      }
      guard let place = units.firstIndex(of: character), let number = Int(digits), number < 100_000
      else { return nil }
      total += number * (character == "H" ? 3600 : character == "M" ? 60 : 1)
      units = units[units.index(after: place)...]
      digits = ""
    }
    return digits.isEmpty ? total : nil
  }
}
