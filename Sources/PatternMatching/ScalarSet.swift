/// A class of characters of a pattern: `[a-z_]`, `\d`, `\p{L}`, `.`.
struct ScalarSet: Hashable {
  /// General categories by the first letter of their names, or by both.
  private var categories: Set<String> = []
  private var ascii = (low: UInt64(0), high: UInt64(0))
  private var ranges: [ClosedRange<UInt32>] = []
  var isNegated = false

  static let lastScalar: UInt32 = 0x10FFFF

  static func == (a: ScalarSet, b: ScalarSet) -> Bool {
    a.ascii == b.ascii && a.ranges == b.ranges && a.categories == b.categories
      && a.isNegated == b.isNegated
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(ascii.low)
    hasher.combine(ascii.high)
    hasher.combine(ranges)
    hasher.combine(isNegated)
  }

  func contains(_ scalar: UInt32) -> Bool { holds(scalar) != isNegated }

  private func holds(_ scalar: UInt32) -> Bool {
    if scalar < 64 {
      if ascii.low >> scalar & 1 == 1 { return true }
    } else if scalar < 128 {
      if ascii.high >> (scalar - 64) & 1 == 1 { return true }
    } else if ranges.contains(where: { $0.contains(scalar) }) {
      return true
    }
    return !categories.isEmpty && hasCategory(scalar)
  }

  private func hasCategory(_ scalar: UInt32) -> Bool {
    guard let scalar = Unicode.Scalar(scalar) else { return false }
    let name = Self.categoryName(scalar.properties.generalCategory)
    return categories.contains(name) || categories.contains(String(name.prefix(1)))
  }

  // MARK: Making

  mutating func insert(_ range: ClosedRange<UInt32>) {
    for scalar in range.lowerBound...max(range.lowerBound, min(range.upperBound, 127))
    where scalar < 128 {
      if scalar < 64 { ascii.low |= 1 << scalar } else { ascii.high |= 1 << (scalar - 64) }
    }
    if range.upperBound > 127 { ranges.append(max(range.lowerBound, 128)...range.upperBound) }
  }

  mutating func insert(_ scalar: UInt32) { insert(scalar...scalar) }

  mutating func formUnion(_ other: ScalarSet) {
    ascii.low |= other.ascii.low
    ascii.high |= other.ascii.high
    ranges += other.ranges
    categories.formUnion(other.categories)
  }

  /// The letters of ASCII in the other case too.
  mutating func ignoreCase() {
    // `A`...`Z` are the bits 1 to 26 of the upper half, `a`...`z` the bits 33 to 58.
    let letters: UInt64 = 0x07FF_FFFE
    let both = (ascii.high | ascii.high >> 32) & letters
    ascii.high |= both | both << 32
  }

  static let digits: ScalarSet = {
    var set = ScalarSet()
    set.insert(0x30...0x39)
    return set
  }()

  static let wordCharacters: ScalarSet = {
    var set = digits
    set.insert(0x41...0x5A)
    set.insert(0x61...0x7A)
    set.insert(0x5F)
    return set
  }()

  static let spaces: ScalarSet = {
    var set = ScalarSet()
    set.insert(0x09...0x0D)
    set.insert(0x20)
    return set
  }()

  /// Everything but the ends of lines.
  static let dot: ScalarSet = {
    var set = ScalarSet()
    for scalar: UInt32 in [0x0A, 0x0D, 0x2028, 0x2029] { set.insert(scalar) }
    set.isNegated = true
    return set
  }()

  static let everything: ScalarSet = {
    var set = ScalarSet()
    set.isNegated = true
    return set
  }()

  /// The scalars that a set without categories leaves out, as a set that can be joined with others.
  var complement: ScalarSet {
    var set = ScalarSet()
    set.ascii = (~ascii.low, ~ascii.high)
    set.ranges = [128...Self.lastScalar]
    return set
  }

  /// `\p{…}` by a category's short name; nil for what is not one.
  init?(category: String) {
    guard Self.categoryNames.contains(category) else { return nil }
    categories = [category]
  }

  init() {}

  private static let categoryNames: Set<String> = [
    "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc",
    "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "C",
    "Cc", "Cf", "Cs", "Co", "Cn",
  ]

  private static func categoryName(_ category: Unicode.GeneralCategory) -> String {
    switch category {
    case .uppercaseLetter: "Lu"
    case .lowercaseLetter: "Ll"
    case .titlecaseLetter: "Lt"
    case .modifierLetter: "Lm"
    case .otherLetter: "Lo"
    case .nonspacingMark: "Mn"
    case .spacingMark: "Mc"
    case .enclosingMark: "Me"
    case .decimalNumber: "Nd"
    case .letterNumber: "Nl"
    case .otherNumber: "No"
    case .connectorPunctuation: "Pc"
    case .dashPunctuation: "Pd"
    case .openPunctuation: "Ps"
    case .closePunctuation: "Pe"
    case .initialPunctuation: "Pi"
    case .finalPunctuation: "Pf"
    case .otherPunctuation: "Po"
    case .mathSymbol: "Sm"
    case .currencySymbol: "Sc"
    case .modifierSymbol: "Sk"
    case .otherSymbol: "So"
    case .spaceSeparator: "Zs"
    case .lineSeparator: "Zl"
    case .paragraphSeparator: "Zp"
    case .control: "Cc"
    case .format: "Cf"
    case .surrogate: "Cs"
    case .privateUse: "Co"
    case .unassigned: "Cn"
    @unknown default: "Cn"
    }
  }
}
