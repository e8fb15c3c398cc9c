/// Escapes and classes.
extension PatternReader {
  mutating func escape() throws(Pattern.Failure) -> PatternSyntax {
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

  mutating func setOfBrackets() throws(Pattern.Failure) -> ScalarSet {
    index += 1
    isInBrackets = true
    defer { isInBrackets = false }
    var set = ScalarSet()
    let isNegated = skip("^")
    var isFirst = true
    while let scalar = next {
      // A bracket that comes first, on which Java and ECMAScript differ, is taken as a member.
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
