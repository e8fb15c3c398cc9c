import Diagnostics
import Testing

@testable import TemplateParsing

@Suite struct SourceCursorTests {
  static let text = "äb👍c\nde\u{2028}fg\r\n\nü${x}–end"

  /// In whatever order places are asked for, the answers are those of the text itself.
  @Test(arguments: [1, 3, 5, 7, 11, 13])
  func agreesWithTheText(_ stride: Int) {
    let source = SourceText(Self.text)
    var cursor = SourceCursor(source)
    let starts = source.bytes.indices.filter { source.bytes[$0] & 0xC0 != 0x80 }
    for step in 0..<200 {
      let offset = starts[step * stride % starts.count]
      let position = source.position(ofOffset: offset)
      #expect(cursor.position(ofOffset: offset) == position)
      let other = starts[(step * stride + step) % starts.count]
      #expect(cursor.offset(of: source.position(ofOffset: other)) == other)
    }
  }
}
