/// A pattern as it is written. Which of several matches is taken does not show, so that greedy and
/// lazy repetition are the same.
indirect enum PatternSyntax {
  enum Assertion: Hashable {
    case start, end
    /// At the end, or before a line feed that ends the text.
    case lastLineEnd
    case wordBoundary, noWordBoundary
  }

  case set(ScalarSet)
  case sequence([PatternSyntax])
  case choice([PatternSyntax])
  /// - Parameter most: nil without bound.
  case repetition(PatternSyntax, least: Int, most: Int?)
  case assertion(Assertion)
  /// One of the reader's `looks`.
  case look(Int, isNegated: Bool)
}

/// Reads a pattern in the common part of the dialects of Java and ECMAScript.
struct PatternReader {
  static let depthMax = 100
  static let countMax = 100_000

  /// What stands in looks ahead and behind, inner ones first.
  private(set) var looks: [(syntax: PatternSyntax, isAhead: Bool)] = []
  private let scalars: [Unicode.Scalar]
  private var index = 0
  private var ignoresCase = false
  private var dotTakesLineEnds = false
  private var depth = 0

  init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

  mutating func read() throws(Pattern.Failure) -> PatternSyntax {
    let syntax = try choice()
    guard index == scalars.count else { throw .malformed("`)` without `(`") }
    return syntax
  }

  private var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

  private func isNext(_ text: StaticString) -> Bool {
    let length = text.utf8CodeUnitCount
    guard index + length <= scalars.count else { return false }
    return (0..<length).allSatisfy { scalars[index + $0] == Unicode.Scalar(text.utf8Start[$0]) }
  }

  private mutating func skip(_ text: StaticString) -> Bool {
    guard isNext(text) else { return false }
    index += text.utf8CodeUnitCount
    return true
  }

  private mutating func choice() throws(Pattern.Failure) -> PatternSyntax {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthMax else { throw .tooLarge }
    // A flag that is set inside of a group ends with it.
    let outer = (ignoresCase, dotTakesLineEnds)
    defer { (ignoresCase, dotTakesLineEnds) = outer }
    var branches = [try sequence()]
    while skip("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .choice(branches)
  }

  private mutating func sequence() throws(Pattern.Failure) -> PatternSyntax {
    var parts: [PatternSyntax] = []
    while let scalar = next, scalar != "|", scalar != ")" {
      if try readFlags() { continue }
      parts.append(try repeated(try atom()))
    }
    return parts.count == 1 ? parts[0] : .sequence(parts)
  }

  /// `(?i)`, `(?s)`, `(?-i)` and their like.
  private mutating func readFlags() throws(Pattern.Failure) -> Bool {
    guard isNext("(?") else { return false }
    var end = index + 2
    var isOn = true
    var flags = (ignoresCase, dotTakesLineEnds)
    while end < scalars.count {
      switch scalars[end] {
      case "i": flags.0 = isOn
      case "s": flags.1 = isOn
      case "-" where isOn: isOn = false
      case ")" where end > index + 2:
        (ignoresCase, dotTakesLineEnds) = flags
        index = end + 1
        return true
      default: return false
      }
      end += 1
    }
    return false
  }

  private mutating func repeated(_ atom: PatternSyntax) throws(Pattern.Failure) -> PatternSyntax {
    var atom = atom
    var isRepeated = false
    while let (least, most) = try count() {
      guard !isRepeated else { throw .malformed("two repetitions in a row") }
      isRepeated = true
      atom = .repetition(atom, least: least, most: most)
      if skip("?") { continue }
      if isNext("+") { throw .unsupported("possessive repetition") }
    }
    return atom
  }

  private mutating func count() throws(Pattern.Failure) -> (least: Int, most: Int?)? {
    if skip("*") { return (0, nil) }
    if skip("+") { return (1, nil) }
    if skip("?") { return (0, 1) }
    guard isNext("{") else { return nil }
    let start = index
    index += 1
    guard let least = try number() else {
      index = start
      return nil
    }
    var most: Int? = least
    if skip(",") { most = try number() }
    guard skip("}") else {
      index = start
      return nil
    }
    if let most, most < least { throw .malformed("a repetition from \(least) to \(most)") }
    return (least, most)
  }

  private mutating func number() throws(Pattern.Failure) -> Int? {
    var value: Int?
    while let digit = next, digit >= "0", digit <= "9" {
      value = (value ?? 0) * 10 + Int(digit.value - 0x30)
      guard value ?? 0 <= Self.countMax else { throw .tooLarge }
      index += 1
    }
    return value
  }

  private mutating func atom() throws(Pattern.Failure) -> PatternSyntax {
    guard let scalar = next else { return .sequence([]) }
    switch scalar {
    case "(": return try group()
    case "[": return .set(try setOfBrackets())
    case ".":
      index += 1
      return .set(dotTakesLineEnds ? .everything : .dot)
    case "^":
      index += 1
      return .assertion(.start)
    case "$":
      index += 1
      return .assertion(.end)
    case "\\": return try escape()
    case "*", "+", "?": throw .malformed("a repetition of nothing")
    default:
      index += 1
      return .set(single(scalar.value))
    }
  }

  private func single(_ scalar: UInt32) -> ScalarSet {
    var set = ScalarSet()
    set.insert(scalar)
    if ignoresCase { set.ignoreCase() }
    return set
  }

  private mutating func group() throws(Pattern.Failure) -> PatternSyntax {
    var look: (isAhead: Bool, isNegated: Bool)?
    if skip("(?:") {
    } else if skip("(?=") {
      look = (true, false)
    } else if skip("(?!") {
      look = (true, true)
    } else if skip("(?<=") {
      look = (false, false)
    } else if skip("(?<!") {
      look = (false, true)
    } else if skip("(?<") || skip("(?P<") {
      while let scalar = next, scalar != ">" { index += 1 }
      guard skip(">") else { throw .malformed("a group's name without `>`") }
    } else if isNext("(?>") {
      throw .unsupported("atomic groups")
    } else if skip("(?i:") {
      return try closed(ignoringCase: true, nil)
    } else if isNext("(?") {
      throw .unsupported("the group `(?\(shown(index + 2))`")
    } else {
      index += 1
    }
    return try closed(ignoringCase: ignoresCase, look)
  }

  private mutating func closed(
    ignoringCase: Bool, _ look: (isAhead: Bool, isNegated: Bool)?
  ) throws(Pattern.Failure) -> PatternSyntax {
    let outer = ignoresCase
    ignoresCase = ignoringCase
    let inside = try choice()
    ignoresCase = outer
    guard skip(")") else { throw .malformed("`(` without `)`") }
    guard let look else { return inside }
    looks.append((inside, look.isAhead))
    return .look(looks.count - 1, isNegated: look.isNegated)
  }

  private func shown(_ index: Int) -> String {
    index < scalars.count ? String(Character(scalars[index])) : ""
  }

  // MARK: Escapes and classes

  private mutating func escape() throws(Pattern.Failure) -> PatternSyntax {
    guard index + 1 < scalars.count else { throw .malformed("a backslash at the end") }
    let letter = scalars[index + 1]
    let assertion: PatternSyntax.Assertion? =
      switch letter {
      case "A": .start
      case "z": .end
      case "Z": .lastLineEnd
      case "b": .wordBoundary
      case "B": .noWordBoundary
      default: nil
      }
    if let assertion {
      index += 2
      return .assertion(assertion)
    }
    if letter >= "1", letter <= "9" { throw .unsupported("references back to a group") }
    return .set(try escaped().set)
  }

  /// A class, or a character and what stands for it, after a backslash; inside of brackets and
  /// outside.
  private mutating func escaped() throws(Pattern.Failure) -> (only: UInt32?, set: ScalarSet) {
    guard index + 1 < scalars.count else { throw .malformed("a backslash at the end") }
    let letter = scalars[index + 1]
    index += 2
    switch letter {
    case "d": return (nil, .digits)
    case "D": return (nil, ScalarSet.digits.complement)
    case "w": return (nil, .wordCharacters)
    case "W": return (nil, ScalarSet.wordCharacters.complement)
    case "s": return (nil, .spaces)
    case "S": return (nil, ScalarSet.spaces.complement)
    case "p", "P": return (nil, try category(isNegated: letter == "P"))
    default:
      let value = try escapedValue(letter)
      return (value, single(value))
    }
  }

  private mutating func escapedValue(_ letter: Unicode.Scalar) throws(Pattern.Failure) -> UInt32 {
    switch letter {
    case "n": return 0x0A
    case "r": return 0x0D
    case "t": return 0x09
    case "f": return 0x0C
    case "v": return 0x0B
    case "a": return 0x07
    case "e": return 0x1B
    case "0": return 0
    case "b" where isInBrackets: return 0x08
    case "x": return try hexadecimal(digits: 2)
    case "u": return try surrogatesJoined(try hexadecimal(digits: 4))
    case "a"..."z", "A"..."Z", "1"..."9":
      throw .unsupported("the escape `\\\(letter)`")
    default: return letter.value
    }
  }

  /// The character that a high surrogate makes with a low one after it.
  private mutating func surrogatesJoined(_ high: UInt32) throws(Pattern.Failure) -> UInt32 {
    guard (0xD800..<0xDC00).contains(high), isNext("\\u") else { return high }
    let start = index
    index += 2
    let low = try hexadecimal(digits: 4)
    guard (0xDC00..<0xE000).contains(low) else {
      index = start
      return high
    }
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
  }

  private mutating func hexadecimal(digits: Int) throws(Pattern.Failure) -> UInt32 {
    var value: UInt32 = 0
    guard index + digits <= scalars.count else { throw .malformed("an escape cut short") }
    for scalar in scalars[index..<index + digits] {
      let digit: UInt32? =
        switch scalar {
        case "0"..."9": scalar.value - 0x30
        case "a"..."f": scalar.value - 0x61 + 10
        case "A"..."F": scalar.value - 0x41 + 10
        default: nil
        }
      guard let digit else { throw .malformed("an escape that is not hexadecimal") }
      value = value << 4 | digit
    }
    index += digits
    return value
  }

  private mutating func category(isNegated: Bool) throws(Pattern.Failure) -> ScalarSet {
    var name = ""
    if skip("{") {
      while let scalar = next, scalar != "}", name.utf8.count < 32 {
        name += shown(index)
        index += 1
      }
      guard skip("}") else { throw .malformed("`\\p{` without `}`") }
    } else if next != nil {
      name = shown(index)
      index += 1
    }
    if name.hasPrefix("Is"), name.utf8.count <= 4 { name.removeFirst(2) }
    guard var set = ScalarSet(category: name), !isNegated || !isInBrackets else {
      throw .unsupported("the class `\\\(isNegated ? "P" : "p"){\(name)}`")
    }
    set.isNegated = isNegated
    return set
  }

  private var isInBrackets = false

  private mutating func setOfBrackets() throws(Pattern.Failure) -> ScalarSet {
    index += 1
    isInBrackets = true
    defer { isInBrackets = false }
    var set = ScalarSet()
    let isNegated = skip("^")
    var isFirst = true
    while let scalar = next {
      // Where Java and ECMAScript differ on a bracket that comes first, it is taken as a member.
      if scalar == "]", !isFirst || isNegated {
        index += 1
        set.isNegated = isNegated
        return set
      }
      isFirst = false
      guard !isNext("&&"), scalar != "[" || !isNext("[:") else {
        throw .unsupported("`\(isNext("&&") ? "&&" : "[:")` inside of brackets")
      }
      let (low, member) = try memberOfBrackets()
      guard let low, isNext("-"), index + 1 < scalars.count, scalars[index + 1] != "]" else {
        set.formUnion(member)
        continue
      }
      index += 1
      let (high, end) = try memberOfBrackets()
      guard let high else {
        // `a-\w`: the dash stands for itself.
        set.formUnion(member)
        set.insert(UInt32(0x2D))
        set.formUnion(end)
        continue
      }
      guard low <= high else { throw .malformed("a range that ends before it starts") }
      set.insert(low...high)
      if ignoresCase { set.ignoreCase() }
    }
    throw .malformed("`[` without `]`")
  }

  /// A member with its only character, where it has but one.
  private mutating func memberOfBrackets() throws(Pattern.Failure)
    -> (only: UInt32?, set: ScalarSet)
  {
    guard let scalar = next else { throw .malformed("`[` without `]`") }
    if scalar == "\\" { return try escaped() }
    index += 1
    return (scalar.value, single(scalar.value))
  }
}
