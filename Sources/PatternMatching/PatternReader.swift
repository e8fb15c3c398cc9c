/// Reads a pattern in the common part of the dialects of Java and ECMAScript.
struct PatternReader {
  static let depthMax = 100
  static let countMax = 100_000

  /// Looks ahead and behind, inner ones first.
  private(set) var looks: [(syntax: PatternSyntax, isAhead: Bool)] = []
  let scalars: [Unicode.Scalar]
  var index = 0
  var ignoresCase = false
  private var dotTakesLineEnds = false
  private var depth = 0
  var isInBrackets = false

  init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

  mutating func read() throws(Pattern.Failure) -> PatternSyntax {
    let syntax = try choice()
    guard index == scalars.count else { throw .malformed("`)` without `(`") }
    return syntax
  }

  var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

  func isNext(_ text: StaticString) -> Bool {
    let length = text.utf8CodeUnitCount
    guard index + length <= scalars.count else { return false }
    return (0..<length).allSatisfy { scalars[index + $0] == Unicode.Scalar(text.utf8Start[$0]) }
  }

  mutating func skip(_ text: StaticString) -> Bool {
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

  func single(_ scalar: UInt32) -> ScalarSet {
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

  func shown(_ index: Int) -> String {
    index < scalars.count ? String(Character(scalars[index])) : ""
  }
}
