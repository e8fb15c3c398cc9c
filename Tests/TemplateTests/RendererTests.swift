import Diagnostics
import Testing

@Suite struct RendererTests {
  private func span(_ line: Int, _ from: Int, _ to: Int, file: String = "t") -> SourceSpan {
    SourceSpan(
      file: file, start: SourcePosition(line: line, column: from),
      end: SourcePosition(line: line, column: to))
  }

  @Test func everyCodeIsExplained() {
    for code in DiagnosticCode.allCases {
      #expect(code.explanation.count > 30, "\(code) has no explanation")
      #expect(code.summary.hasSuffix("."), "\(code) has no first sentence")
    }
  }

  @Test func coloursSurroundWordsAndCaret() {
    let diagnostic = Diagnostic(.syntax, "wrong", at: span(1, 1, 2))
    let text = DiagnosticRenderer(sources: ["t": "x"], isColoured: true).render(diagnostic)
    #expect(text.contains("\u{1B}[31;1merror[LT1001]\u{1B}[0m"))
    #expect(text.contains("\u{1B}[31;1m^\u{1B}[0m"))
  }

  @Test func controlCharactersNeverReachTheTerminal() {
    let diagnostic = Diagnostic(.syntax, "wrong", at: span(1, 3, 4))
    let text = DiagnosticRenderer(sources: ["t": "a\u{1B}[31mb\tc"]).render(diagnostic)
    #expect(!text.contains("\u{1B}"))
    #expect(!text.contains("\t"))
  }

  @Test func placesBeyondTheTextAreShownWithoutExcerpt() {
    let renderer = DiagnosticRenderer(sources: ["t": "one\n"])
    let beyond = renderer.render(Diagnostic(.syntax, "wrong", at: span(99, 1, 2)))
    #expect(beyond.contains("--> t:99:1"))
    let other = renderer.render(Diagnostic(.syntax, "wrong", at: span(1, 1, 2, file: "u")))
    #expect(other.contains("--> u:1:1"))
    let right = renderer.render(Diagnostic(.syntax, "wrong", at: span(1, 900, 901)))
    #expect(right.contains("1 | one\n"))
  }

  @Test func sourceLinesEndWhereYAMLEndsThem() {
    let source = SourceText("\u{FEFF}a\r\nb\rc\n\u{E9}d\u{2028}e")
    #expect(source.lineCount == 5)
    #expect((1...5).map { source.line($0) } == ["a", "b", "c", "\u{E9}d", "e"])
    #expect(source.line(0) == nil)
    #expect(source.line(6) == nil)
    for line in 1...5 {
      let position = SourcePosition(line: line, column: 1)
      #expect(source.position(ofOffset: source.offset(of: position)) == position)
    }
  }

  @Test func nothingIsRenderedForNothing() {
    #expect(DiagnosticRenderer(sources: [:]).render([]).isEmpty)
  }
}
