import Diagnostics

/// libyaml's words in the reader's own, with what to do.
struct SyntaxProblem {
  var message: String
  var hint: String?
  /// True where the place to show is the one that libyaml calls the context.
  var isAtContext = false

  init(_ message: String, _ hint: String? = nil, isAtContext: Bool = false) {
    self.message = message
    self.hint = hint
    self.isAtContext = isAtContext
  }

  /// - Parameters:
  ///   - line: the line of the problem.
  ///   - column: where in it, in bytes.
  static func explain(_ problem: String, line: ArraySlice<UInt8>, column: Int) -> SyntaxProblem {
    let before = line.prefix(column)
    let character = line.dropFirst(column).first
    switch problem {
    case "mapping values are not allowed in this context":
      return SyntaxProblem(
        "a `key: value` pair can't stand here",
        "put text that contains `: ` in quotes, or check the indentation")
    case "found character that cannot start any token",
      "found a tab character that violates indentation",
      "found a tab character where an indentation space is expected":
      return start(of: character)
    case "did not find expected key": return noKey(before, character)
    case "did not find expected '-' indicator":
      return SyntaxProblem("expected `-` here", "the entries of one list start in one column")
    case "could not find expected ':'":
      return SyntaxProblem(
        "expected `:` after the key", "write `key: value`, with a blank after the colon")
    case "block sequence entries are not allowed in this context":
      return SyntaxProblem(
        "an entry of a list can't start here", "start the list on the line after its key")
    case "did not find expected alphabetic or numeric character":
      let mark = before.last.map { String(Character(Unicode.Scalar($0))) } ?? "*"
      let what = mark == "&" ? "an anchor" : "an alias"
      return SyntaxProblem(
        "`\(mark)` starts \(what) here, which needs a name",
        "put text that starts with `\(mark)` in quotes: `\"\(mark)\"`", isAtContext: true)
    case "did not find expected node content":
      return SyntaxProblem(
        "a value is missing here", "take a comma away, or put text with brackets in quotes")
    case "did not find expected comment or line break":
      return SyntaxProblem(
        "text can't follow `|` or `>` on the same line", "start it on the next line, indented")
    case "did not find expected <document start>":
      return SyntaxProblem("text after the template's end", "remove it, or check the indentation")
    case "found undefined tag handle", "did not find expected tag URI",
      "did not find expected whitespace or line break":
      return SyntaxProblem(
        "this is not a tag",
        "functions are written `!Name`; put text that starts with `!` in quotes")
    default: return quoted(problem)
    }
  }

  private static func quoted(_ problem: String) -> SyntaxProblem {
    switch problem {
    case "found unexpected end of stream", "found unexpected document indicator":
      return SyntaxProblem(
        "the quoted text that starts here does not end", "close the quote", isAtContext: true)
    case "did not find expected ',' or '}'":
      return SyntaxProblem(
        "expected `,` or `}`", "put a `,` between the pairs, and a `}` after the last")
    case "did not find expected ',' or ']'":
      return SyntaxProblem(
        "expected `,` or `]`", "put a `,` between the entries, and a `]` after the last")
    case "found unknown escape character":
      return SyntaxProblem(
        "unknown escape in a double-quoted text",
        "write a backslash as `\\\\`, or use single quotes, where it has no meaning")
    case "did not find expected hexdecimal number", "found invalid Unicode character escape code":
      return SyntaxProblem(
        "`\\x`, `\\u` and `\\U` need hexadecimal digits in a double-quoted text",
        "write a backslash as `\\\\`, or use single quotes, where it has no meaning")
    default: return SyntaxProblem(problem)
    }
  }

  private static func start(of character: UInt8?) -> SyntaxProblem {
    guard let character, character != 0x09, character > 0x20, character < 0x7F else {
      return SyntaxProblem("a tab can't stand here", "indent with spaces, never tabs")
    }
    let shown = Character(Unicode.Scalar(character))
    return SyntaxProblem("text can't start with `\(shown)`", "put it in quotes")
  }

  private static func noKey(_ before: ArraySlice<UInt8>, _ character: UInt8?) -> SyntaxProblem {
    let previous = before.last { $0 != 0x20 && $0 != 0x09 }
    switch (previous, character) {
    case (.some, UInt8(ascii: "!")):
      return SyntaxProblem(
        "a short form can't take another short form as its argument",
        "write the outer one long: `Fn::Base64: !Sub …` in place of `!Base64 !Sub …`")
    case (_, UInt8(ascii: "}")), (_, UInt8(ascii: "]")):
      let bracket = character.map { String(Character(Unicode.Scalar($0))) } ?? ""
      return SyntaxProblem(
        "a `\(bracket)` without its opening bracket", "remove it, or put the text in quotes")
    case (UInt8(ascii: "\""), _), (UInt8(ascii: "'"), _):
      return SyntaxProblem("text after a closing quote", "put all of the text inside the quotes")
    default:
      return SyntaxProblem(
        "expected a key here", "check the indentation: keys of one object start in one column")
    }
  }

  /// libyaml's words for the place where the trouble began.
  static func label(_ context: String) -> String {
    switch context {
    case "while parsing a block mapping": "in the object that starts here"
    case "while parsing a block collection": "in the list that starts here"
    case "while parsing a flow mapping", "while parsing a flow sequence": "opened here"
    case "while scanning a quoted scalar": "the quote opens here"
    case "while scanning a simple key": "the key starts here"
    case "while scanning a block scalar": "the text starts here"
    default: context
    }
  }

  // MARK: Texts that are no templates at all

  /// The fault of a text as a whole; nil where there is none.
  static func ofWhole(_ bytes: UnsafeBufferPointer<UInt8>) -> SyntaxProblem? {
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      return SyntaxProblem("the text is UTF-16", "save the file as UTF-8")
    }
    let isBinary = bytes.prefix(512).count { $0 < 0x09 || $0 > 0x0D && $0 < 0x20 } > 3
    return isBinary
      ? SyntaxProblem("this is not a text file", "name a template in YAML or JSON, saved as UTF-8")
      : nil
  }

  /// The line of a merge's mark that was left in the text, from 1.
  static func conflictLine(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    let mark = Array("<<<<<<< ".utf8)
    var line = 1
    var isLineStart = true
    for (index, byte) in bytes.enumerated() {
      if isLineStart, byte == mark[0],
        UnsafeBufferPointer(rebasing: bytes[index...]).starts(with: mark)
      {
        return line
      }
      isLineStart = byte == 0x0A
      if isLineStart { line += 1 }
    }
    return nil
  }
}
