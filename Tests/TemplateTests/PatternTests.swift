import PatternMatching
import ResourceFacts
import Testing

@testable import StackResolution

@Suite struct PatternTests {
  /// Pattern, a text, whether it matches somewhere, whether it matches as a whole.
  static let cases: [(pattern: String, text: String, somewhere: Bool, whole: Bool)] = [
    ("a|bc", "xbc", true, false),
    ("", "", true, true),
    ("(ab)*", "abab", true, true),
    ("a{2,3}", "aaaa", true, false),
    ("^a{2}$", "aaa", false, false),
    ("a{,3}", "a{,3}", true, true),
    ("x{", "x{", true, true),
    ("a+?b", "aaab", true, true),
    ("(?i)AbC", "aBc", true, true),
    ("(?i:a)b", "AB", false, false),
    ("a(?i)b|c", "aB", true, true),
    ("(?s)a.b", "a\nb", true, true),
    ("(?is)A.b(?-s)", "a\nB", true, true),
    ("[\\uD800\\uDC00-\\uDBFF\\uDFFF]", "👍", true, true),
    ("[\\uD800\\uDC00-\\uDBFF\\uDFFF]", "a", false, false),
    ("[\\uD800\\uDBFF-\\uDC00\\uDFFF]", "a", false, false),
    ("[a-zA-Z0-9-_]+", "a-_Z", true, true),
    ("[\\w/-]+", "a/b-c_d", true, true),
    ("[^\\s]", " ", false, false),
    ("[]a]+", "]a", true, true),
    ("[^]]", "]", false, false),
    ("[+-=]", "9", true, true),
    ("[\\d-x]+", "1-x", true, true),
    ("\\x2e\\u002F\\.", "./.", true, true),
    ("[\\x00-\\x1f]", "\n", true, true),
    ("\\p{L}\\p{Nd}", "é7", true, true),
    ("\\P{L}", "é", false, false),
    (".", "\n", false, false),
    ("[\\s\\S]", "\n", true, true),
    ("\\bfoo\\b", "a foo b", true, false),
    ("oo\\B", "fool", true, false),
    ("a\\Z", "a\n", true, false),
    ("^(?!aws:).*$", "aws:x", false, false),
    ("^(?!aws:).*$", "AWS:x", true, true),
    ("^(?=.*[a-z])(?=.*\\d)[a-z\\d]+$", "abc", false, false),
    ("^(?=.*[a-z])(?=.*\\d)[a-z\\d]+$", "ab1", true, true),
    ("^[a-z.]*(?<!\\.)$", "a.b.", false, false),
    ("^[a-z.]*(?<!\\.)$", "a.b", true, true),
    ("(?<=a)b", "ab", true, false),
    ("(?<=a)b", "cb", false, false),
    ("(?<!a(?=b))b", "ab", false, false),
    ("^((?!a[bc])[a-c]){1,9}$", "acb", false, false),
    ("^((?!a[bc])[a-c]){1,9}$", "aab", false, false),
    ("^((?!a[bc])[a-c]){1,9}$", "aacb", false, false),
    ("^((?!a[bc])[a-c]){1,9}$", "cba", true, true),
    ("(?!(?!a)b)[ab]", "b", false, false),
    ("(?<name>x)y", "xy", true, true),
    ("(a*)*b", "aaab", true, true),
    ("(|a)+c", "aac", true, true),
    ("👍.", "👍é", true, true),
    ("a.b", "a\nb", false, false),
    ("(?s)a.b", "a\nb", true, true),
    ("((?s)a.b)(?-s).", "a\nb\n", false, false),
    ("^[\\uD800\\uDC00-\\uDBFF\\uDFFF]+$", "👍", true, true),
    ("^[\\uD800\\uDC00-\\uDBFF\\uDFFF]+$", "é", false, false),
    ("\\uD83D\\uDC4D", "👍", true, true),
  ]

  @Test(arguments: cases)
  func answers(_ c: (pattern: String, text: String, somewhere: Bool, whole: Bool)) throws {
    let pattern = try Pattern(c.pattern)
    var steps = 100_000
    #expect(pattern.matches(c.text, whole: false, steps: &steps) == c.somewhere, "\(c)")
    #expect(pattern.matches(c.text, whole: true, steps: &steps) == c.whole, "\(c)")
  }

  @Test(arguments: ["(", "a)", "[a", "a**", "*a", "a{3,2}", "\\", "[b-a]", "\\xg0", "(?<a"])
  func refusesWhatIsBroken(_ text: String) {
    #expect { try Pattern(text) } throws: { failure in
      if case .malformed? = failure as? Pattern.Failure { true } else { false }
    }
  }

  @Test(arguments: ["(a)\\1", "a++", "(?>a)", "[a&&b]", "\\q", "(?R)", "\\p{Greek}"])
  func namesWhatItDoesNotImplement(_ text: String) {
    #expect { try Pattern(text) } throws: { failure in
      if case .unsupported? = failure as? Pattern.Failure { true } else { false }
    }
  }

  /// With backtracking each of these would take longer than anybody waits.
  @Test(arguments: [
    "(a+)+b", "(a|a)*b", "(a*)*b", "(.*a){12}b", "^(?=(a+)+b)", "(?<!(a+)+c)b", "((a?){30}){30}b",
  ])
  func takesTimeInProportion(_ text: String) throws {
    var steps = 20_000_000
    let long = String(repeating: "a", count: 2000)
    #expect(try Pattern(text).matches(long, whole: false, steps: &steps) == false)
  }

  @Test func boundsPatternsAndMatches() {
    #expect(throws: Pattern.Failure.tooLarge) { try Pattern("((a{99}){99}){99}") }
    #expect(throws: Pattern.Failure.tooLarge) { try Pattern("a{1000000000000}") }
    #expect(throws: Pattern.Failure.tooLarge) {
      try Pattern(String(repeating: "(", count: 5000))
    }
    var steps = 100
    let pattern = try? Pattern("a*b")
    #expect(
      pattern?.matches(String(repeating: "a", count: 500), whole: false, steps: &steps) == nil)
  }
}

@Suite struct SchemaPatternTests {
  /// No pattern of the public facts goes unchecked.
  @Test func allAreUnderstood() throws {
    var seen: Set<String> = []
    for type in ResourceFacts.describedTypes {
      for shape in ResourceFacts.facts(of: type)?.shapes ?? [] {
        guard let pattern = shape.pattern, seen.insert(pattern).inserted else { continue }
        #expect(throws: Never.self, "\(type): \(pattern)") { try Pattern(pattern) }
      }
    }
    #expect(seen.count > 200)
  }
}
