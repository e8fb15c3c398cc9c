import ServiceKit
import Testing

@Suite struct PercentEncodingTests {
  static let pairs = [
    ("", ""), ("aZ09-._~", "aZ09-._~"), ("a b/c", "a%20b%2Fc"), ("ü€", "%C3%BC%E2%82%AC"),
    ("{\"a\":1}", "%7B%22a%22%3A1%7D"), ("100%", "100%25"), ("\u{0}", "%00"),
  ]

  @Test(arguments: pairs) func bothWays(_ text: String, _ encoded: String) {
    #expect(PercentEncoding.encode(text) == encoded)
    #expect(PercentEncoding.decode(encoded) == text)
    #expect(PercentEncoding.decode(encoded.lowercased()) == text.lowercased())
  }

  @Test func whatIsKept() {
    #expect(PercentEncoding.encode("a/b c", keeping: "/") == "a/b%20c")
    #expect(PercentEncoding.decode("a+b", plusIsSpace: true) == "a b")
    #expect(PercentEncoding.decode("a+b") == "a+b")
  }

  @Test(arguments: ["%", "%4", "%G1", "a%+1", "%C3", "%FF"]) func brokenEscapes(_ text: String) {
    #expect(PercentEncoding.decode(text) == nil)
  }
}
