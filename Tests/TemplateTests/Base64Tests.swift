import Foundation
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

  /// Long enough for each of the ways in which a length can be split into wide blocks and a rest.
  @Test func everyLengthIsWrittenAsFoundationWritesIt() {
    var value: UInt32 = 1
    for count in Array(0...400) + [1_000_003] {
      let bytes = (0..<count).map { _ in
        value = value &* 1_664_525 &+ 1_013_904_223
        return UInt8(value >> 24)
      }
      let text = Data(bytes).base64EncodedString()
      #expect(Base64.encode(bytes) == text, "\(count) bytes")
      #expect(Base64.decode(text) == bytes, "\(count) bytes")
    }
  }

  @Test func aCharacterOutsideTheAlphabetIsFoundWhereverItStands() {
    let alphabet = Set(
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    let good = [UInt8](repeating: UInt8(ascii: "A"), count: 176)
    func decodes(_ text: [UInt8]) -> Bool {
      var target = [UInt8](repeating: 0, count: Base64.decodedCountMax(text.count))
      return text.withUnsafeBufferPointer { text in
        target.withUnsafeMutableBytes { Base64.decode(text, into: $0) != nil }
      }
    }
    for byte in UInt8.min...UInt8.max {
      for position in [0, 1, 5, 15, 16, 30, 31, 32, 63, 100, 127, 140, 171] {
        var text = good
        text[position] = byte
        #expect(decodes(text) == alphabet.contains(byte), "\(byte) at \(position)")
      }
    }
  }
}
