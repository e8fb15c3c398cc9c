import PropertyTree
import Testing

@Suite struct Base64Tests {
  @Test func base64() {
    for text in ["", "f", "fo", "foo", "foob", "fooba", "foobar"] {
      #expect(Base64.decode(Base64.encode(Array(text.utf8))) == Array(text.utf8))
    }
    #expect(Base64.encode(Array("fooba".utf8)) == "Zm9vYmE=")
    #expect(Base64.decode("Zm9vYmE") == nil)
    #expect(Base64.decode("Zm9v!mE=") == nil)
  }
}
